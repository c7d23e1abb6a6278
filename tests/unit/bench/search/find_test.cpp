#include "bench/search/find.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

// A server that holds up to `limit`, and no more.
std::function<std::optional<Judgement>(double)> sharp(double limit) {
    return [limit](double load) { return Judgement{load <= limit, ""}; };
}

std::vector<double> loads_of(const Found& found) {
    std::vector<double> loads;
    for (const Trial& trial : found.trials) loads.push_back(trial.load);
    return loads;
}

FindOptions once() {
    FindOptions options;
    options.repeats = 1;
    return options;
}

constexpr SteadyTime zero{std::chrono::hours{1}};

// A segment of 4 s that took `took`, half of it until its first byte.
Exchange segment(Nanoseconds took, Failure failure = Failure::none) {
    return {RequestKind::segment, zero, zero + took / 2, zero + took, 1, 4s, failure, 200, false};
}

Recording recording_of(std::size_t count, Nanoseconds took) {
    Recording recording{zero, 0ms};
    for (std::size_t i = 0; i < count; ++i) recording.ended(segment(took));
    return recording;
}

}  // namespace

TEST_CASE("loads double until one does not hold, and the gap is halved after") {
    FindOptions options = once();
    options.precision = 0.05;
    const auto found = find_limit(options, sharp(100));
    REQUIRE(found.has_value());
    // 128 fails; (64 + 128) / 2 = 96 holds, 112, 104 fail, 100 holds: 104 - 100 is less than 5 % of 104.
    CHECK(loads_of(*found) == std::vector<double>{16, 32, 64, 128, 96, 112, 104, 100});
    CHECK(found->sustained == 100);
    CHECK(found->refused == 104);
    CHECK(found->low == 100);
    CHECK(found->high == 104);
}

TEST_CASE("loads are whole clients, and without a gap between them the search ends whatever the precision") {
    FindOptions options = once();
    options.precision = 0;
    for (const double limit : {1.0, 2.0, 3.0, 15.0, 16.0, 17.0, 63.0, 64.0, 65.0, 777.0, 99999.0}) {
        CAPTURE(limit);
        const auto found = find_limit(options, sharp(limit));
        REQUIRE(found.has_value());
        CHECK(found->sustained == limit);
        CHECK(found->refused == limit + 1);
        for (const double load : loads_of(*found)) CHECK(load == std::floor(load));
    }
}

TEST_CASE("where not even one client is served, nothing is sustained") {
    const auto found = find_limit(once(), sharp(0));
    REQUIRE(found.has_value());
    CHECK(found->sustained == 0);
    CHECK(found->refused == 1);
    CHECK(found->low == 0);
    CHECK(found->high == 1);
}

TEST_CASE("what holds up to the most that is asked for has no refused load") {
    FindOptions options = once();
    options.most = 100;
    const auto found = find_limit(options, sharp(1e9));
    REQUIRE(found.has_value());
    CHECK(loads_of(*found) == std::vector<double>{16, 32, 64, 100});
    CHECK(found->sustained == 100);
    CHECK(found->refused == 0);
    CHECK(found->low == 100);
    CHECK(found->high == 0);
    options.first = 500;  // more than the most
    CHECK(find_limit(options, sharp(1e9))->sustained == 100);
}

TEST_CASE("the majority decides, and nothing more is tried when it stands") {
    FindOptions options;
    options.first = options.most = 16;
    unsigned asked = 0;
    const auto says = [&asked](std::vector<bool> answers) {
        asked = 0;
        return [&asked, answers = std::move(answers)](double) {
            return std::optional{Judgement{answers.at(asked++), ""}};
        };
    };
    CHECK(find_limit(options, says({false, true, true}))->sustained == 16);
    CHECK(asked == 3);
    options.repeats = 5;
    CHECK(find_limit(options, says({true, false, false, true, true}))->sustained == 16);
    const auto torn = find_limit(options, says({true, false, true, true}));
    CHECK(torn->sustained == 16);
    CHECK(asked == 4);
    // One failed trial is no reason to refuse 16, but the limit may lie below it.
    CHECK(torn->low == 0);
    options.first = options.most = 1;
    CHECK(find_limit(options, says({false, true, false, false}))->sustained == 0);
    CHECK(asked == 4);
    options.repeats = 2;
    CHECK(find_limit(options, says({true, false}))->sustained == 0);  // a tie is no
}

TEST_CASE(
    "the ends of the interval are tried until all their trials agree, and move outwards when one does not") {
    FindOptions options;
    options.first = 16;
    options.precision = 0.1;
    // Held: 16, 24, 28 (16 and 32 are 16 apart, 24 and 32 eight, 28 and 32 four, 28 and 30 two: less than a
    // tenth of 30). Refused: 32 and 30. Of the trials that follow on 28 the third fails, so 24 is tried to
    // the end; on 30 the third holds, so 32 is.
    std::map<double, unsigned> asked;
    const auto found = find_limit(options, [&asked](double load) {
        const unsigned count = ++asked[load];
        const bool holds = load < 29 ? !(load == 28 && count == 3) : (load == 30 && count == 3);
        return std::optional{Judgement{holds, ""}};
    });
    REQUIRE(found.has_value());
    CHECK(found->sustained == 28);
    CHECK(found->refused == 30);
    CHECK(found->low == 24);
    CHECK(found->high == 32);
    CHECK(asked == std::map<double, unsigned>{{16, 2}, {24, 3}, {28, 3}, {30, 3}, {32, 3}});
}

TEST_CASE("where even the largest load held once, larger ones are tried until one never does") {
    FindOptions options;
    options.first = 100;
    options.precision = 0.5;
    std::map<double, unsigned> asked;
    // 100 holds, 200 holds once of three times, half-way is near enough: then 200 times 1.5, which is 300.
    const auto found = find_limit(options, [&asked](double load) {
        const unsigned count = ++asked[load];
        return std::optional{Judgement{load == 100 || (load == 200 && count == 1), ""}};
    });
    REQUIRE(found.has_value());
    CHECK(found->sustained == 100);
    CHECK(found->refused == 200);
    CHECK(found->low == 100);
    CHECK(found->high == 300);
    CHECK(asked == std::map<double, unsigned>{{100, 3}, {200, 3}, {300, 3}});
}

TEST_CASE("a search that is called off has no result") {
    int left = 3;
    const auto found = find_limit({}, [&left](double) -> std::optional<Judgement> {
        if (left-- == 0) return std::nullopt;
        return Judgement{true, ""};
    });
    CHECK_FALSE(found.has_value());
    CHECK_FALSE(find_limit({}, [](double load) -> std::optional<Judgement> {
                    if (load == 24) return std::nullopt;  // the first between 16 and 32
                    return Judgement{load < 32, ""};
                }).has_value());
}

TEST_CASE("a limit is found through noise: near it a trial is a coin") {
    // A trial holds with probability 1 / (1 + e^((load - 1000) / 20)): even at 1000, at 941 still 1 of 20
    // fails.
    int near = 0, between = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        std::mt19937_64 random{seed};
        const auto noisy = [&random](double load) {
            const double chance = 1 / (1 + std::exp((load - 1000) / 20));
            const double drawn = static_cast<double>(random() >> 11) / static_cast<double>(1ULL << 53);
            return std::optional{Judgement{drawn < chance, ""}};
        };
        const auto found = find_limit({}, noisy);
        REQUIRE(found.has_value());
        CHECK(found->low <= found->sustained);
        CHECK(found->sustained < found->refused);
        CHECK(found->refused <= found->high);
        CHECK(found->trials.size() <= 45);  // 7 doublings, 6 halvings, 3 each
        near += std::abs(found->sustained - 1000) <= 50 ? 1 : 0;
        between += found->low <= 1000 && 1000 <= found->high ? 1 : 0;
    }
    CAPTURE(near);
    CAPTURE(between);
    CHECK(near >= 195);
    CHECK(between >= 180);
}

TEST_CASE("a load holds when nothing of the objective is broken, and says how well") {
    const Judgement judgement = judge(recording_of(1000, 80ms), {});
    CHECK(judgement.holds);
    // 80 ms of 4 s; the bucket of 40 ms ends at max() for all are alike.
    CHECK(judgement.why == "p99 of a segment's time is 0.02 of its duration, of the first byte 40.0 ms");
}

TEST_CASE("what breaks the objective is told in words") {
    const Objective objective;
    Recording late = recording_of(1000, 2480ms);  // 0.62 of 4 s
    Objective patient = objective;
    patient.first_byte_p99 = 2s;
    CHECK(judge(late, patient).why == "p99 of a segment's time is 0.62 of its duration, more than 0.50");
    CHECK_FALSE(judge(late, patient).holds);
    patient.segment_time = 0;  // not looked at
    CHECK(judge(late, patient).holds);

    Recording slow = recording_of(1000, 120ms);
    CHECK(judge(slow, objective).why == "p99 of the first byte is 60.0 ms, more than 50 ms");
    Objective calm = objective;
    calm.first_byte_p99 = 0ms;
    CHECK(judge(slow, calm).holds);

    Recording failing = recording_of(9998, 10ms);
    failing.ended(segment(1ms, Failure::status));
    CHECK(judge(failing, objective).why == "1 of 9999 requests failed, more than 0.0001 of all");
    failing.ended(segment(10ms));  // one in ten thousand is allowed
    CHECK(judge(failing, objective).holds);

    Recording stalling = recording_of(1000, 10ms);
    stalling.stalled(zero + 1s, 1500ms);
    CHECK(judge(stalling, objective).why == "1 stall, 1.5 s in all, more than 0");
    Objective lenient = objective;
    lenient.stalls = 1;
    CHECK(judge(stalling, lenient).holds);
}

TEST_CASE("a run in which nothing was asked holds nothing") {
    CHECK_FALSE(judge(Recording{zero, 0ms}, {}).holds);
}
