#include "auth/leases.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;
using namespace std::chrono_literals;

namespace {

const WallTime start{std::chrono::hours{500'000}};
constexpr std::uint64_t subject = 7;

// Two or more edges that have not heard of each other until exchange().
struct Edges {
    explicit Edges(std::size_t count) : each(count) {}
    std::vector<Leases> each;

    bool hold(std::size_t edge, std::uint64_t stream, WallTime now, std::uint32_t most = 2) {
        return each[edge].hold(subject, stream, most, 30s, now);
    }
    void exchange(WallTime now) {
        std::vector<std::vector<Lease>> told;
        for (Leases& leases : each) told.push_back(leases.changes(1000));
        for (std::size_t from = 0; from < each.size(); ++from)
            for (std::size_t to = 0; to < each.size(); ++to)
                for (const Lease& lease : told[from])
                    if (to != from) each[to].merge(lease, now);
    }
};

}  // namespace

TEST_CASE("as many streams go on as the limit allows, and each with all of its requests") {
    Leases leases;
    CHECK(leases.hold(subject, 1, 2, 30s, start));
    CHECK(leases.hold(subject, 2, 2, 30s, start + 1s));
    CHECK_FALSE(leases.hold(subject, 3, 2, 30s, start + 2s));
    for (int i = 0; i < 100; ++i) CHECK(leases.hold(subject, 1 + i % 2, 2, 30s, start + i * 10s));
    CHECK_FALSE(leases.hold(subject, 3, 2, 30s, start + 1000s));
    CHECK(leases.hold(8, 3, 2, 30s, start + 1000s));  // another holder's limit is his own
    CHECK_FALSE(leases.hold(9, 1, 0, 30s, start));
}

TEST_CASE("a box that crashed gives its place back when its lease time is over, to the millisecond") {
    Leases leases;
    REQUIRE(leases.hold(subject, 1, 1, 30s, start));
    REQUIRE(leases.hold(subject, 1, 1, 30s, start + 10s));
    CHECK_FALSE(leases.hold(subject, 2, 1, 30s, start + 40s - 1ms));
    CHECK(leases.hold(subject, 2, 1, 30s, start + 40s));
    CHECK_FALSE(leases.hold(subject, 1, 1, 30s, start + 41s));
}

TEST_CASE("a clock that is set back makes no lease last longer than its time from then") {
    Leases leases;
    REQUIRE(leases.hold(subject, 1, 1, 30s, start));
    CHECK_FALSE(leases.hold(subject, 2, 1, 30s, start - 1h));
    CHECK(leases.hold(subject, 2, 1, 30s, start - 1h + 30s));
}

TEST_CASE("two edges that let in one too many agree on the younger, which is refused while the others hold") {
    Edges edges{2};
    REQUIRE(edges.hold(0, 1, start));
    REQUIRE(edges.hold(0, 2, start + 100ms));
    REQUIRE(edges.hold(1, 3, start + 50ms));  // has not heard of the others
    edges.exchange(start + 500ms);
    CHECK(edges.hold(0, 1, start + 1s));
    CHECK_FALSE(edges.hold(0, 2, start + 1s));
    CHECK(edges.hold(1, 3, start + 1s));
    CHECK_FALSE(edges.hold(1, 2, start + 1s));  // nor at the other edge
    CHECK_FALSE(edges.hold(1, 4, start + 1s));
    for (int i = 2; i <= 30; ++i) {
        edges.hold(0, 1, start + i * 1s);
        CHECK_FALSE(edges.hold(0, 2, start + i * 1s));
        edges.exchange(start + i * 1s);
    }
    CHECK(edges.hold(0, 2, start + 31s));  // 3 has ended
}

TEST_CASE("of two that began in the same millisecond, the smaller hash stays, at both edges") {
    Edges edges{2};
    REQUIRE(edges.hold(0, 20, start, 1));
    REQUIRE(edges.hold(1, 10, start, 1));
    edges.exchange(start + 500ms);
    CHECK_FALSE(edges.hold(0, 20, start + 1s, 1));
    CHECK(edges.hold(1, 10, start + 1s, 1));
    CHECK(edges.hold(0, 10, start + 1s, 1));
}

TEST_CASE("a stream that goes on at another edge keeps its place and the time at which it began") {
    Edges edges{2};
    REQUIRE(edges.hold(0, 1, start, 1));
    edges.exchange(start);
    CHECK(edges.hold(1, 1, start + 20s, 1));
    const auto told = edges.each[1].changes(10);
    REQUIRE(told.size() == 1);
    CHECK(told[0] == Lease{subject, 1, start, start + 20s, 30s});
    edges.each[0].merge(told[0], start + 20s);
    CHECK_FALSE(edges.hold(0, 2, start + 45s, 1));
}

TEST_CASE("a lease is told when it begins, and then once in a third of its time") {
    Leases leases;
    REQUIRE(leases.changes(10).empty());
    for (int ms = 0; ms < 30'000; ms += 100) leases.hold(subject, 1, 1, 30s, start + ms * 1ms);
    const auto changes = leases.changes(10);
    REQUIRE(changes.size() == 3);
    CHECK(changes[0].seen == start);
    CHECK(changes[1].seen == start + 10s);
    CHECK(changes[2].seen == start + 20s);
    CHECK(leases.changes(10).empty());
    leases.hold(subject, 2, 1, 30s, start + 30s);  // refused: nothing to tell
    CHECK(leases.changes(10).empty());
}

TEST_CASE("what does not fit into one telling comes with the next, and what is merged is not told on") {
    Leases leases;
    for (std::uint64_t stream = 0; stream < 5; ++stream) leases.hold(subject, stream, 5, 30s, start);
    leases.merge({subject, 9, start, start, 30s}, start);
    CHECK(leases.changes(3).size() == 3);
    CHECK(leases.changes(3).size() == 2);
    CHECK(leases.changes(3).empty());
}

TEST_CASE(
    "a lease that has ended before it is heard of changes nothing, and one from the future lasts from now") {
    Leases leases;
    leases.merge({subject, 1, start, start, 30s}, start + 30s);
    CHECK(leases.size() == 0);
    leases.merge({subject, 1, start, start + 1h, 30s}, start);
    CHECK_FALSE(leases.hold(subject, 2, 1, 30s, start + 29s));
    CHECK(leases.hold(subject, 2, 1, 30s, start + 30s));
}

TEST_CASE("all orders of hearing lead to the same streams") {
    std::mt19937 random{20261125};
    for (int round = 0; round < 200; ++round) {
        std::vector<Lease> told;
        for (std::uint64_t stream = 0; stream < 6; ++stream)
            for (int i = 0; i < 2; ++i)
                told.push_back({subject, stream, start + Milliseconds{random() % 4},
                                start + Milliseconds{random() % 1000}, 30s});
        std::vector<bool> first;
        for (int edge = 0; edge < 4; ++edge) {
            std::shuffle(told.begin(), told.end(), random);
            Leases leases;
            for (const Lease& lease : told) leases.merge(lease, start + 1s);
            std::vector<bool> held;
            for (std::uint64_t stream = 0; stream < 6; ++stream)
                held.push_back(leases.hold(subject, stream, 3, 30s, start + 1s));
            if (edge == 0) first = held;
            CHECK(std::count(held.begin(), held.end(), true) == 3);
            CHECK(held == first);
        }
    }
}

TEST_CASE("one holder takes only so much room, and all together no more than the bound") {
    Leases one;
    for (std::uint64_t stream = 0; stream < 1000; ++stream)
        one.merge({subject, stream, start + stream * 1ms, start + 2s, 30s}, start + 2s);
    CHECK(one.size() <= 2 * Leases::most_streams);
    CHECK(one.hold(subject, 0, 1, 30s, start + 2s));  // the first stay known
    CHECK_FALSE(one.hold(subject, 64, 1000, 30s, start + 2s));

    Leases few{3};
    for (const std::uint64_t holder : {1, 2, 3}) REQUIRE(few.hold(holder, 1, 1, 30s, start));
    few.hold(1, 1, 1, 30s, start + 1s);
    CHECK(few.hold(4, 1, 1, 30s, start + 1s));
    CHECK(few.size() == 3);
    CHECK_FALSE(few.hold(1, 2, 1, 30s, start + 1s));
    CHECK(few.hold(2, 2, 1, 30s, start + 1s));  // had left, and begins anew

    Leases many{1000};
    for (std::uint64_t i = 0; i < 20'000; ++i)
        many.hold(i * 0x9E3779B97F4A7C15U, i, 1, 30s, start + i * 1s);  // most of them ended long ago
    CHECK(many.size() <= 1000);
    CHECK(many.changes(100'000).size() <= 1000);
}
