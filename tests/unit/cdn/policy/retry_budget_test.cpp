#include "cdn/policy/retry_budget.hpp"

#include <doctest/doctest.h>

#include "base/units.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

const SteadyTime start{Seconds{1000}};

unsigned taken(RetryBudget& budget, SteadyTime now) {
    unsigned count = 0;
    while (count < 10'000 && budget.take(now)) ++count;
    return count;
}

}  // namespace

TEST_CASE("ten retries in ten seconds are always allowed") {
    RetryBudget budget{20};
    CHECK(taken(budget, start) == 10);
    CHECK(taken(budget, start + Seconds{9}) == 0);
    CHECK(taken(budget, start + Seconds{10}) == 10);
}

TEST_CASE("retries are a share of the requests of the last ten seconds") {
    RetryBudget budget{20};
    for (int second = 0; second < 10; ++second) {
        for (int i = 0; i < 100; ++i) budget.note_request(start + Seconds{second});
    }
    CHECK(taken(budget, start + Seconds{9}) == 200);
    // A second later the first hundred requests no longer count, the retries still do.
    CHECK(taken(budget, start + Seconds{10}) == 0);
    // When the retries have aged too, so have all requests.
    CHECK(taken(budget, start + Seconds{19}) == 10);
}

TEST_CASE("a budget of nothing is still the least") {
    RetryBudget budget{0};
    for (int i = 0; i < 1000; ++i) budget.note_request(start);
    CHECK(taken(budget, start) == 10);
}
