#include "cdn/policy/balance.hpp"

#include <cmath>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

constexpr std::uint64_t keys = 20'000;
constexpr unsigned no_bound = 1'000'000;

Candidate candidate(std::uint64_t id, double weight = 1) {
    Candidate c;
    c.id = id;
    c.weight = weight;
    return c;
}

std::vector<std::size_t> places(const std::vector<Candidate>& candidates) {
    std::vector<std::size_t> chosen;
    for (std::uint64_t key = 0; key < keys; ++key)
        chosen.push_back(*choose_by_hash(candidates, key, no_bound));
    return chosen;
}

double share_of(const std::vector<std::size_t>& chosen, std::size_t index) {
    return static_cast<double>(std::count(chosen.begin(), chosen.end(), index)) / static_cast<double>(keys);
}

}  // namespace

TEST_CASE("keys are spread in proportion to the weights") {
    const auto chosen = places({candidate(1, 1), candidate(2, 2), candidate(3, 5)});
    CHECK(share_of(chosen, 0) == doctest::Approx(0.125).epsilon(0.1));
    CHECK(share_of(chosen, 1) == doctest::Approx(0.25).epsilon(0.1));
    CHECK(share_of(chosen, 2) == doctest::Approx(0.625).epsilon(0.1));
}

TEST_CASE("an origin that leaves gives its keys away and moves no other; one that weighs more only takes") {
    std::vector<Candidate> four{candidate(1), candidate(2), candidate(3), candidate(4)};
    const auto before = places(four);
    four[2].usable = false;
    const auto without = places(four);
    for (std::size_t i = 0; i < keys; ++i) {
        if (before[i] != 2) CHECK(without[i] == before[i]);
        CHECK(without[i] != 2);
    }
    for (const std::size_t other : {0U, 1U, 3U})
        CHECK(share_of(without, other) == doctest::Approx(1.0 / 3).epsilon(0.1));
    four[2].usable = true;
    four[2].weight = 2;
    const auto heavier = places(four);
    for (std::size_t i = 0; i < keys; ++i) CHECK((heavier[i] == before[i] || heavier[i] == 2));
}

TEST_CASE("the order of the configuration does not matter") {
    const std::vector<Candidate> one{candidate(1), candidate(2), candidate(3)};
    const std::vector<Candidate> other{candidate(3), candidate(1), candidate(2)};
    for (std::uint64_t key = 0; key < 100; ++key)
        CHECK(one[*choose_by_hash(one, key, no_bound)].id == other[*choose_by_hash(other, key, no_bound)].id);
}

TEST_CASE("a hot key goes to others once its origin has more than its share of the load") {
    std::vector<Candidate> three{candidate(1), candidate(2), candidate(3)};
    constexpr std::uint64_t hot = 7;
    for (int call = 0; call < 300; ++call) ++three[*choose_by_hash(three, hot, 125)].load;
    for (const Candidate& c : three) CHECK(c.load <= std::ceil(100 * 1.25));
    CHECK(three[*choose_by_hash(three, hot, no_bound)].load == 125);
    // The second in order takes what the first may not, before the third.
    std::vector<unsigned> loads;
    for (const Candidate& c : three) loads.push_back(c.load);
    std::sort(loads.begin(), loads.end());
    CHECK(loads == std::vector<unsigned>{50, 125, 125});
}

TEST_CASE("without load every key is at its first origin, however tight the bound") {
    const std::vector<Candidate> three{candidate(1), candidate(2, 0.01), candidate(3)};
    for (std::uint64_t key = 0; key < 1000; ++key)
        CHECK(choose_by_hash(three, key, 100) == choose_by_hash(three, key, no_bound));
}

TEST_CASE("usable before all, then untried, then primary") {
    struct Case {
        std::vector<Candidate> candidates;
        std::optional<std::size_t> wanted;
    };
    const auto with = [](bool usable, bool tried, bool backup, double weight = 1) {
        Candidate c = candidate(1, weight);
        c.usable = usable;
        c.tried = tried;
        c.backup = backup;
        return c;
    };
    const std::vector<Case> table{
        {{}, std::nullopt},
        {{with(false, false, false)}, std::nullopt},
        {{with(true, false, false, 0)}, std::nullopt},
        {{with(true, true, true)}, 0},
        {{with(true, false, true), with(true, false, false)}, 1},
        {{with(true, false, true), with(false, false, false)}, 0},
        {{with(true, false, true), with(true, true, false)}, 0},
        {{with(true, true, true), with(true, true, false)}, 1},
        {{with(false, false, false), with(true, true, true)}, 1},
    };
    for (const Case& c : table) {
        CHECK(choose_by_hash(c.candidates, 1, 125) == c.wanted);
        for (const double uniform : {0.0, 0.5, 0.999})
            CHECK(choose_by_weight(c.candidates, uniform) == c.wanted);
    }
}

TEST_CASE("by weight the chance is the weight's share") {
    std::vector<Candidate> three{candidate(1, 1), candidate(2, 2), candidate(3, 1)};
    CHECK(choose_by_weight(three, 0.0) == 0);
    CHECK(choose_by_weight(three, 0.249) == 0);
    CHECK(choose_by_weight(three, 0.25) == 1);
    CHECK(choose_by_weight(three, 0.749) == 1);
    CHECK(choose_by_weight(three, 0.75) == 2);
    CHECK(choose_by_weight(three, 0.9999999) == 2);
    three[1].usable = false;
    CHECK(choose_by_weight(three, 0.49) == 0);
    CHECK(choose_by_weight(three, 0.51) == 2);
}

TEST_CASE("whoever returns grows to its weight in a straight line") {
    const SteadyTime returned{Seconds{1000}};
    constexpr Milliseconds span{10'000};
    CHECK(slow_start_share(returned, returned, span) == doctest::Approx(0.05));
    CHECK(slow_start_share(returned, returned + Milliseconds{2'500}, span) == doctest::Approx(0.25));
    CHECK(slow_start_share(returned, returned + Milliseconds{9'900}, span) == doctest::Approx(0.99));
    CHECK(slow_start_share(returned, returned + span, span) == 1);
    CHECK(slow_start_share(returned, returned, Milliseconds{0}) == 1);
}
