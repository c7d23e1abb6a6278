#include "cdn/policy/conditional.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::policy;
using namespace std::chrono_literals;

namespace {

constexpr WallTime at_784111777{784'111'777s};  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr WallTime now{1'700'000'000s};         // 2023
constexpr Validators ours{"\"a\"", at_784111777 + 500ms};

Precondition of(Conditions conditions) { return evaluate(conditions, ours); }

}  // namespace

TEST_CASE("a date is read in all three formats of RFC 9110") {
    for (const std::string_view text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        CAPTURE(text);
        CHECK(parse_http_date(text, now) == at_784111777);
    }
}

TEST_CASE("what is none of the formats is no date") {
    for (const std::string_view text :
         {"", ",", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Now 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, 06 Nov -994 08:49:37 GMT", "Sun Nov  6 08:49:37 199x", "Sun Nov  6 08:49:37", "784111777",
          "Sun, 4294967302 Nov 1994 08 GMT"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_http_date(text, now));
    }
}

TEST_CASE("a year of two digits that seems more than 50 years ahead was meant in the past") {
    CHECK(http_date(*parse_http_date("Monday, 06-Nov-73 08:49:37 GMT", now)).substr(12, 4) == "2073");
    CHECK(http_date(*parse_http_date("Tuesday, 06-Nov-74 08:49:37 GMT", now)).substr(12, 4) == "1974");
}

TEST_CASE("If-None-Match compares weakly and If-Match strongly") {
    CHECK(of({.if_none_match = "\"a\""}) == Precondition::not_modified);
    CHECK(of({.if_none_match = "W/\"a\""}) == Precondition::not_modified);
    CHECK(of({.if_none_match = "\"b\" , \"a\""}) == Precondition::not_modified);
    CHECK(of({.if_none_match = " * "}) == Precondition::not_modified);
    CHECK(of({.if_none_match = "\"b\""}) == Precondition::proceed);
    CHECK(of({.if_none_match = "\"a"}) == Precondition::proceed);
    CHECK(of({.if_none_match = "a"}) == Precondition::proceed);
    CHECK(of({.if_match = "\"a\""}) == Precondition::proceed);
    CHECK(of({.if_match = "*"}) == Precondition::proceed);
    CHECK(of({.if_match = "W/\"a\""}) == Precondition::failed);
    CHECK(of({.if_match = "\"b\", \"c\""}) == Precondition::failed);
}

TEST_CASE("a tag may hold a comma") {
    const Validators odd{"\"a,b\"", std::nullopt};
    CHECK(evaluate({.if_none_match = "\"x\",\"a,b\""}, odd) == Precondition::not_modified);
    CHECK(evaluate({.if_none_match = "\"a\",\"b\""}, odd) == Precondition::proceed);
}

TEST_CASE("dates count in whole seconds, only without tags, and only when they are dates") {
    constexpr std::string_view same = "Sun, 06 Nov 1994 08:49:37 GMT",
                               before = "Sun, 06 Nov 1994 08:49:36 GMT";
    CHECK(of({.if_modified_since = same}) == Precondition::not_modified);
    CHECK(of({.if_modified_since = before}) == Precondition::proceed);
    CHECK(of({.if_modified_since = "soon"}) == Precondition::proceed);
    CHECK(of({.if_none_match = "\"b\"", .if_modified_since = same}) == Precondition::proceed);
    CHECK(of({.if_unmodified_since = same}) == Precondition::proceed);
    CHECK(of({.if_unmodified_since = before}) == Precondition::failed);
    CHECK(of({.if_match = "\"a\"", .if_unmodified_since = before}) == Precondition::proceed);
    CHECK(evaluate({.if_modified_since = same}, {"\"a\"", std::nullopt}) == Precondition::proceed);
}

TEST_CASE("If-Range needs a strong match or the exact date") {
    const auto applies = [](std::string_view value) { return range_applies({.if_range = value}, ours); };
    CHECK(applies(""));
    CHECK(applies("\"a\""));
    CHECK_FALSE(applies("W/\"a\""));
    CHECK_FALSE(applies("\"b\""));
    CHECK(applies("Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK_FALSE(applies("Sun, 06 Nov 1994 08:49:38 GMT"));
    CHECK_FALSE(applies("x"));
    CHECK_FALSE(range_applies({.if_range = "W/\"w\""}, {"W/\"w\"", std::nullopt}));
}
