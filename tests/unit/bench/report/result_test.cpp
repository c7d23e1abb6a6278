#include "bench/report/result.hpp"

#include <doctest/doctest.h>

#include "tests/unit/bench/report/example.hpp"

namespace outpost::bench {

TEST_SUITE_BEGIN("bench report");

TEST_CASE("the median of an even number is the middle of the two in the middle") {
    CHECK(median({}) == 0);
    CHECK(median({3, 1, 2}) == 2);
    CHECK(median({4, 1, 3, 2}) == 2.5);
    const Spread spread = spread_of({3, 1, 2});
    CHECK(spread.low == 1);
    CHECK(spread.high == 3);
}

TEST_CASE("a request's cost is the processor time of the run by the requests of the run") {
    const Result result = example_result();
    const RunResult& run = result.runs[0];
    CHECK(run.cpu_seconds() == doctest::Approx(0.2));          // 1.2 - 1.0
    CHECK(run.cpu_per_request() == doctest::Approx(0.2 / 3));  // of three requests
    CHECK(run.cpu_per_gigabyte() == doctest::Approx(8));       // 0.2 s for 0.025 GB
}

TEST_CASE("without samples or requests nothing is known of the cost") {
    RunResult run{"a", "", "", "", Recording{SteadyTime{}, Milliseconds{0}}, {}, 0};
    CHECK(run.cpu_seconds() == 0);
    run.cost.resize(2);
    run.cost[1].cost.cpu_seconds = 1;
    CHECK(run.cpu_per_request() == 0);
    CHECK(run.cpu_per_gigabyte() == 0);
    run.cost[1].cost.cpu_seconds = 0;  // its process has gone
    run.cost[0].cost.cpu_seconds = 5;
    CHECK(run.cpu_seconds() == 0);
}

TEST_CASE("a server's distance from the floor is taken round by round") {
    const Result result = example_comparison();
    const auto above = result.comparisons[0].above_floor(result.comparisons[0].rows[1]);
    REQUIRE(above.size() == 3);
    CHECK(above[0] == 3);  // 30 by 10
    CHECK(above[2] == doctest::Approx(32.0 / 11));
}

TEST_SUITE_END();

}  // namespace outpost::bench
