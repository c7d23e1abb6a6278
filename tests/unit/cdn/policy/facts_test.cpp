#include "cdn/policy/facts.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

constexpr std::string_view second_later = "Sun, 06 Nov 1994 08:49:38 GMT",
                           second_before = "Sun, 06 Nov 1994 08:49:36 GMT";

Seconds age(std::string_view value) { return ok({{"Age", value}}).age_value; }
std::string etag(std::string_view value) { return ok({{"ETag", value}}).etag; }

}  // namespace

TEST_CASE("Pragma: no-cache counts only without Cache-Control") {
    CHECK(get({{"Pragma", "no-cache"}}).cache_control.no_cache);
    CHECK(get({{"Pragma", "x, No-Cache"}}).cache_control.no_cache);
    CHECK_FALSE(get({{"Pragma", "no-caches"}}).cache_control.no_cache);
    CHECK_FALSE(get({{"Pragma", "no-cache"}, {"Cache-Control", "max-age=5"}}).cache_control.no_cache);
    CHECK_FALSE(get({{"Cache-Control", ""}, {"Pragma", "no-cache"}}).cache_control.no_cache);
    CHECK_FALSE(ok({{"Pragma", "no-cache"}}).cache_control.no_cache);
}

TEST_CASE("a request's no-cache takes no field names") {
    CHECK(get_with("no-cache=\"x\"").cache_control.no_cache);
    CHECK_FALSE(ok_with("no-cache=\"x\"").cache_control.no_cache);
}

TEST_CASE("a request's method, credentials, range and conditions are seen") {
    CHECK(get().is_get);
    CHECK_FALSE(request_facts("get", {}).is_get);
    CHECK(request_facts("HEAD", {}).is_head);
    CHECK_FALSE(request_facts("POST", {}).is_get);
    CHECK(get({{"authorization", "Basic x"}}).authorization);
    CHECK(get({{"range", "bytes=0-"}}).has_range);
    for (const std::string_view name :
         {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"}) {
        CAPTURE(name);
        CHECK(get({{name, "x"}}).has_conditions);
    }
    CHECK_FALSE(get({{"Ifs", "x"}, {"Proxy-Authorization", "x"}}).has_conditions);
    CHECK_FALSE(get({{"Proxy-Authorization", "x"}}).authorization);
}

TEST_CASE("Date counts when all its lines say the same date") {
    CHECK(ok({{"Date", then_text}}).date == then);
    CHECK(ok({{"Date", then_text}, {"date", then_text}}).date == then);
    CHECK_FALSE(ok({{"Date", then_text}, {"Date", second_later}}).date);
    CHECK_FALSE(ok({{"Date", "yesterday"}}).date);
    CHECK_FALSE(ok({}).date);
    CHECK(response_facts(200, {}, then, then + 3s).date_value() == then + 3s);
    CHECK(response_facts(200, Fields{{"Date", then_text}}, then, then + 3s).date_value() == then);
}

TEST_CASE("an Expires that can't be read has long passed, and of several the earliest counts") {
    CHECK(ok({{"Expires", then_text}}).expires == then);
    CHECK(ok({{"Expires", "0"}}).expires == long_expired);
    CHECK(ok({{"Expires", ""}}).expires == long_expired);
    CHECK(ok({{"Expires", "-1"}}).expires == long_expired);
    CHECK(ok({{"Expires", second_later}, {"Expires", then_text}}).expires == then);
    CHECK(ok({{"Expires", then_text}, {"Expires", second_later}}).expires == then);
    CHECK(ok({{"Expires", then_text}, {"Expires", "never"}}).expires == long_expired);
    CHECK_FALSE(ok({}).expires);
}

TEST_CASE("Age is its first member, and nothing when that is no number") {
    CHECK(age("5") == 5s);
    CHECK(age("5, 10") == 5s);
    CHECK(age("0005") == 5s);
    CHECK(age("") == 0s);
    CHECK(age("-5") == 0s);
    CHECK(age("5.5") == 0s);
    CHECK(age("5 6") == 0s);
    CHECK(age("x, 5") == 0s);
    CHECK(age("\"5\"") == 0s);
    CHECK(age("2147483648") == longest_delta);
    CHECK(age("99999999999999999999") == longest_delta);
    CHECK(ok({{"Age", "7"}, {"Age", "9"}}).age_value == 7s);
}

TEST_CASE("an entity-tag that is malformed or contradicted is none") {
    CHECK(etag("\"a\"") == "\"a\"");
    CHECK(etag("W/\"a\"") == "W/\"a\"");
    CHECK(etag("\"\"") == "\"\"");
    CHECK(etag("a").empty());
    CHECK(etag("\"a").empty());
    CHECK(etag("\"a\"b\"").empty());
    CHECK(etag("\"a b\"").empty());
    CHECK(etag("w/\"a\"").empty());
    CHECK(etag("\"").empty());
    CHECK(ok({{"ETag", "\"a\""}, {"ETag", "\"a\""}}).etag == "\"a\"");
    CHECK(ok({{"ETag", "\"a\""}, {"ETag", "\"b\""}}).etag.empty());
}

TEST_CASE("a validator is strong when it is a tag without W/ or a date a second older than Date") {
    CHECK(ok({{"ETag", "\"a\""}}).has_strong_validator());
    CHECK_FALSE(ok({{"ETag", "W/\"a\""}}).has_strong_validator());
    CHECK(ok({{"ETag", "W/\"a\""}}).has_validator());
    CHECK(ok({{"Date", then_text}, {"Last-Modified", second_before}}).has_strong_validator());
    CHECK_FALSE(ok({{"Date", then_text}, {"Last-Modified", then_text}}).has_strong_validator());
    CHECK_FALSE(ok({{"Date", then_text}, {"Last-Modified", second_later}}).has_strong_validator());
    CHECK_FALSE(ok({{"Last-Modified", second_before}}).has_strong_validator());
    CHECK_FALSE(ok({{"Last-Modified", second_before}, {"Last-Modified", then_text}}).has_validator());
    CHECK_FALSE(ok({{"Last-Modified", "long ago"}}).has_validator());
}

TEST_CASE("a targeted field takes the place of Cache-Control and Expires") {
    const auto both =
        ok({{"Cache-Control", "no-store"}, {"Expires", "0"}, {"CDN-Cache-Control", "max-age=9"}});
    CHECK(both.targeted);
    CHECK(both.cache_control.max_age == 9s);
    CHECK_FALSE(both.cache_control.no_store);
    CHECK_FALSE(both.expires);
    const auto broken =
        ok({{"Cache-Control", "no-store"}, {"Expires", "0"}, {"CDN-Cache-Control", "max-age=9;"}});
    CHECK_FALSE(broken.targeted);
    CHECK(broken.cache_control.no_store);
    CHECK(broken.expires);
}

TEST_CASE("lengths, ranges, cookies and Vary are seen") {
    CHECK(ok({{"Content-Length", "12"}}).content_length == 12);
    CHECK_FALSE(ok({{"Content-Length", "12"}, {"Content-Length", "13"}}).content_length);
    CHECK_FALSE(ok({{"Content-Length", "+12"}}).content_length);
    CHECK(ok({{"Content-Range", "bytes 0-1/2"}}).content_range == ContentRange{{0, 2}, 2});
    const auto two = ok({{"Content-Range", "bytes 0-1/2"}, {"Content-Range", "bytes 0-0/2"}});
    CHECK(two.has_content_range);
    CHECK_FALSE(two.content_range);
    CHECK(ok({{"set-cookie", "a=b"}}).has_set_cookie);
    CHECK(ok({{"Set-Cookie2", "a=b"}}).has_set_cookie);
    CHECK(ok({{"Vary", "a, *"}}).vary_any);
    CHECK(ok({{"Vary", "a b"}}).vary_any);
    CHECK_FALSE(ok({{"Vary", "a, b"}}).vary_any);
}
