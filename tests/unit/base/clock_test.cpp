#include "base/clock.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace std::chrono_literals;

TEST_CASE("time is written as IMF-fixdate and RFC 3339, also before 1970") {
    CHECK(http_date(WallTime{784'111'777'999ms}) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(iso_time(WallTime{784'111'777'000ms}) == "1994-11-06T08:49:37Z");
    CHECK(iso_time(WallTime{784'111'777'007ms}) == "1994-11-06T08:49:37.007Z");
    CHECK(iso_time(WallTime{-1ms}) == "1969-12-31T23:59:59.999Z");
    CHECK(http_date(WallTime{1'709'164'800s}) == "Thu, 29 Feb 2024 00:00:00 GMT");
}
