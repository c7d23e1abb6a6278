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

TEST_CASE("RFC 3339 times are read as they are written, and nothing else is") {
    for (const WallTime time : {WallTime{784'111'777'000ms}, WallTime{784'111'777'007ms}, WallTime{-1ms},
                                WallTime{1'709'164'800s}, WallTime{253'402'300'799'999ms}})
        CHECK(parse_iso_time(iso_time(time)) == time);
    CHECK(parse_iso_time("1994-11-06T08:49:37.000Z") == WallTime{784'111'777s});
    for (const char* text :
         {"", "1994-11-06", "1994-11-06T08:49:37", "1994-11-06T08:49:37z", "1994-11-06t08:49:37Z",
          "1994-11-06T08:49:37+00:00", "1994-11-06T08:49:37.1Z", "1994-11-06T08:49:37.Z",
          "1994-11-06T08:49:37Z ", " 1994-11-06T08:49:37Z", "1994-02-29T00:00:00Z", "1994-13-01T00:00:00Z",
          "1994-00-01T00:00:00Z", "1994-11-31T00:00:00Z", "1994-11-06T24:00:00Z", "1994-11-06T08:60:00Z",
          "1994-11-06T08:49:60Z", "-994-11-06T08:49:37Z", "1994-11-06T08:49:+7Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_iso_time(text));
    }
}
