#include "cdn/policy/freshness.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

constexpr std::string_view minute_later = "Sun, 06 Nov 1994 08:50:37 GMT",
                           thousand_seconds_before = "Sun, 06 Nov 1994 08:32:57 GMT",
                           year_before = "Sat, 06 Nov 1993 08:49:37 GMT";

struct Row {
    std::string_view rule;
    int status;
    Fields fields;
    Seconds wanted;
    FreshnessRules rules{};
};

void check(const std::vector<Row>& table) {
    for (const Row& row : table) {
        CAPTURE(row.rule);
        CHECK(freshness_lifetime(response(row.status, row.fields), row.rules) == row.wanted);
    }
}

const http::Field date{"Date", then_text};
const http::Field modified{"Last-Modified", thousand_seconds_before};

}  // namespace

TEST_CASE("a lifetime comes from s-maxage, max-age, Expires, or a guess, in this order") {
    check({
        {"s-maxage outranks max-age in a shared cache",
         200,
         {date, {"Cache-Control", "max-age=5, s-maxage=7"}},
         7s},
        {"s-maxage outranks max-age also when it is smaller",
         200,
         {date, {"Cache-Control", "max-age=5, s-maxage=0"}},
         0s},
        {"s-maxage that can't be read is no reason to take max-age",
         200,
         {date, {"Cache-Control", "max-age=5, s-maxage=x"}},
         0s},
        {"max-age outranks Expires",
         200,
         {date, {"Cache-Control", "max-age=5"}, {"Expires", minute_later}},
         5s},
        {"max-age outranks Expires also when it is stale",
         200,
         {date, {"Cache-Control", "max-age=0"}, {"Expires", minute_later}},
         0s},
        {"Expires counts from Date", 200, {date, {"Expires", minute_later}}, 60s},
        {"Expires counts from arrival without Date", 200, {{"Expires", minute_later}}, 60s},
        {"Expires before Date is stale", 200, {{"Date", minute_later}, {"Expires", then_text}}, 0s},
        {"Expires equal to Date is stale", 200, {date, {"Expires", then_text}}, 0s},
        {"Expires: 0 is stale, and no room for a guess", 200, {date, modified, {"Expires", "0"}}, 0s},
        {"CDN-Cache-Control outranks s-maxage",
         200,
         {date, {"Cache-Control", "s-maxage=5"}, {"CDN-Cache-Control", "max-age=9"}},
         9s},
        {"Expires does not count beside CDN-Cache-Control",
         200,
         {date, {"Expires", minute_later}, {"CDN-Cache-Control", "public"}},
         0s},
        {"nothing said, nothing fresh", 200, {date}, 0s},
    });
}

TEST_CASE("a guess is a tenth of the time since Last-Modified, at most a day") {
    check({
        {"a tenth", 200, {date, modified}, 100s},
        {"from arrival without Date", 200, {modified}, 100s},
        {"at most the cap", 200, {date, {"Last-Modified", year_before}}, 24h},
        {"not without Last-Modified", 200, {date, {"ETag", "\"a\""}}, 0s},
        {"not with a Last-Modified in the future", 200, {date, {"Last-Modified", minute_later}}, 0s},
        {"not with an explicit time", 200, {date, modified, {"Cache-Control", "max-age=1"}}, 1s},
        {"the operator may turn it off", 200, {date, modified}, 0s, {.heuristic_fraction = 0}},
        {"the operator may cap it", 200, {date, modified}, 50s, {.heuristic_cap = 50s}},
        {"also when public is all that is said", 200, {date, modified, {"Cache-Control", "public"}}, 100s},
        {"public allows it for other statuses", 302, {date, modified, {"Cache-Control", "public"}}, 100s},
    });
}

TEST_CASE("only statuses that are cacheable by themselves are guessed for") {
    for (const int status : {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}) {
        CAPTURE(status);
        CHECK(freshness_lifetime(response(status, {date, modified}), {}) == 100s);
    }
    for (const int status : {201, 202, 302, 303, 304, 307, 400, 401, 403, 416, 451, 500, 502, 503, 504}) {
        CAPTURE(status);
        CHECK(freshness_lifetime(response(status, {date, modified}), {}) == 0s);
    }
}

TEST_CASE("the operator's times count from arrival") {
    const http::Field old{"Age", "100"}, hour{"Cache-Control", "max-age=3600"};
    check({
        {"an override outranks all",
         200,
         {date, {"Cache-Control", "s-maxage=5"}},
         30s,
         {.ttl_override = 30s}},
        {"an override starts when it arrives", 200, {date, old, hour}, 130s, {.ttl_override = 30s}},
        {"an override is not for errors", 404, {date, hour}, 3600s, {.ttl_override = 30s}},
        {"a cap shortens", 200, {date, hour}, 60s, {.ttl_cap = 60s}},
        {"a cap starts when it arrives", 200, {date, old, hour}, 160s, {.ttl_cap = 60s}},
        {"a cap does not lengthen", 200, {date, {"Cache-Control", "max-age=5"}}, 5s, {.ttl_cap = 60s}},
        {"a cap is for overrides too", 200, {date}, 20s, {.ttl_override = 30s, .ttl_cap = 20s}},
    });
}

TEST_CASE("errors have times of their own") {
    const http::Field hour{"Cache-Control", "max-age=3600"}, second{"Cache-Control", "max-age=1"};
    const FreshnessRules rules{.negative_missing = 6s, .negative_failed = 2s};
    check({
        {"a 404 that names none", 404, {date}, 6s, rules},
        {"a 410 that names none", 410, {date}, 6s, rules},
        {"a 404 is not guessed for", 404, {date, modified}, 6s, rules},
        {"a 404 that names a longer one", 404, {date, hour}, 6s, rules},
        {"a 404 that names a shorter one", 404, {date, second}, 1s, rules},
        {"a 503 that names none", 503, {date}, 2s, rules},
        {"a 500 that names a longer one", 500, {date, hour}, 2s, rules},
        {"they count from arrival", 404, {date, {"Age", "10"}}, 16s, rules},
        {"without rules as any other", 404, {date, hour}, 3600s},
        {"a 200 is none", 200, {date, hour}, 3600s, rules},
        {"a 403 is none of them", 403, {date}, 0s, rules},
    });
}

TEST_CASE("the source of a lifetime is told") {
    const auto source = [](int status, const Fields& fields, const FreshnessRules& rules = {}) {
        return lifetime_of(response(status, fields), rules).source;
    };
    CHECK(source(200, {{"Cache-Control", "s-maxage=1"}}) == LifetimeSource::s_maxage);
    CHECK(source(200, {{"Cache-Control", "max-age=1"}}) == LifetimeSource::max_age);
    CHECK(source(200, {{"Expires", "0"}}) == LifetimeSource::expires);
    CHECK(source(200, {modified}) == LifetimeSource::heuristic);
    CHECK(source(200, {}) == LifetimeSource::none);
    CHECK(source(200, {}, {.ttl_override = 1s}) == LifetimeSource::rule);
    CHECK(source(404, {}, {.negative_missing = 1s}) == LifetimeSource::negative_rule);
}

namespace {

struct AgeRow {
    std::string_view rule;
    Fields fields;
    Milliseconds asked, arrived, now;  // relative to `then`
    Milliseconds wanted;
};

}  // namespace

TEST_CASE("age is what RFC 9111 section 4.2.3 says") {
    const std::vector<AgeRow> table{
        {"new at arrival", {date}, 0ms, 0ms, 0ms, 0ms},
        {"time spent here", {date}, 0ms, 0ms, 10s, 10s},
        {"an Age of caches before us", {date, {"Age", "5"}}, 0ms, 0ms, 10s, 15s},
        {"the time to fetch counts", {{"Age", "5"}}, -2s, 0ms, 10s, 17s},
        {"the time to fetch counts without Age", {}, -2s, 0ms, 10s, 12s},
        {"an old Date shows what Age does not", {date}, 60s, 60s, 60s, 60s},
        {"the larger of Date and Age counts", {date, {"Age", "90"}}, 60s, 60s, 60s, 90s},
        {"the larger of Date and Age counts, the other way", {date, {"Age", "9"}}, 60s, 60s, 60s, 60s},
        {"an origin's clock ahead of ours is no age", {date}, -60s, -60s, -50s, 10s},
        {"a Date cut to the second is no age", {date}, 900ms, 900ms, 900ms, 0ms},
        {"no Date: made at arrival", {}, 7s, 7s, 9s, 2s},
        {"our clock stepped back after arrival", {date, {"Age", "5"}}, 0ms, 0ms, -3600s, 5s},
        {"our clock stepped back while fetching", {{"Age", "5"}}, 3600s, 0ms, 1s, 6s},
        {"the largest Age does not overflow",
         {date, {"Age", "99999999999"}},
         0ms,
         0ms,
         1s,
         longest_delta + 1s},
    };
    for (const AgeRow& row : table) {
        CAPTURE(row.rule);
        const auto facts = response_facts(200, row.fields, then + row.asked, then + row.arrived);
        CHECK(current_age(facts, then + row.now) == row.wanted);
    }
}
