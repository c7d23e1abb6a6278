#include "bench/commands/progress.hpp"

#include <doctest/doctest.h>

#include "bench/commands/share.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

LoadProgress example() {
    LoadProgress progress;
    progress.at = 12s;
    progress.of = 180s;
    progress.clients = 205;
    progress.playing = 203;
    progress.stalled = 2;
    progress.stalls = 3;
    progress.requests = 1234;
    progress.failures = 1;
    progress.megabits = 5120;
    progress.p99 = 12300us;
    return progress;
}

}  // namespace

TEST_SUITE_BEGIN("bench commands");

TEST_CASE("the line says where it is, who is there and how they fare") {
    CHECK(progress_line("county", example()) ==
          "county  0:12/3:00  205 clients, 203 playing, 2 stalled  5.12 Gb/s  p99 12.3 ms  3 stalls  "
          "1,234 requests, 1 failed");
    CHECK(progress_line("sizes", {}) == "sizes  0:00/0:00  0 clients  0 b/s  0 requests, 0 failed");
}

TEST_CASE("several processes are counted together, by the worst p99 of them") {
    LoadProgress other = example();
    other.at = 13s;
    other.p99 = 1ms;
    const LoadProgress both = together(example(), other);
    CHECK(both.at == Milliseconds{13'000});
    CHECK(both.clients == 410);
    CHECK(both.megabits == 10240);
    CHECK(both.p99 == Nanoseconds{12'300'000});
}

TEST_CASE("what a process tells of its progress is understood, and nothing else is") {
    const auto again = understood(told(example()));
    REQUIRE(again);
    CHECK(told(*again) == told(example()));
    for (const char* line : {"", "1 2 3", "1 2 3 4 5 6 7 8 9 ten", "1 2 3 4 5 6 7 8 9 10 11",
                             "1 2 3 4 5 6 7 8 9 18446744073709551615", "-1 2 3 4 5 6 7 8 9 10"})
        CHECK_FALSE(understood(line));
}

TEST_SUITE_END();
