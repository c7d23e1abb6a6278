#include "cdn/policy/cache_control.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

using Names = std::vector<std::string>;

struct MaxAge {
    std::string_view field;
    std::optional<Seconds> wanted;
};

}  // namespace

TEST_CASE("max-age is read from a token or a quoted string, and what can't be read is stale") {
    const std::vector<MaxAge> table{
        {"", std::nullopt},
        {"max-age=60", 60s},
        {"MAX-AGE=60", 60s},
        {"max-age=\"60\"", 60s},
        {"max-age=0", 0s},
        {"max-age=007", 7s},
        {" , ,max-age=60 , ", 60s},
        {"public,max-age=60", 60s},
        {"ext=\"a, max-age=1\", max-age=60", 60s},
        {"ext=\"a\\\", max-age=1\", max-age=60", 60s},
        {"max-age", 0s},
        {"max-age=", 0s},
        {"max-age=\"\"", 0s},
        {"max-age=-1", 0s},
        {"max-age=+1", 0s},
        {"max-age=1.5", 0s},
        {"max-age=60s", 0s},
        {"max-age= 60", 0s},
        {"max-age =60", 0s},
        {"max-age 60", 0s},
        {"max-age=60;x=1", 0s},
        {"max-age=\"60", 0s},
        {"max-age='60'", 0s},
        {"max-age=2147483647", 2147483647s},
        {"max-age=2147483648", longest_delta},
        {"max-age=2147483649", longest_delta},
        {"max-age=99999999999999999999999", longest_delta},
        {"x-max-age=60", std::nullopt},
        {"max-ages=60", std::nullopt},
        {"=60", std::nullopt},
    };
    for (const MaxAge& row : table) {
        CAPTURE(row.field);
        CHECK(control(row.field).max_age == row.wanted);
    }
}

TEST_CASE("of a lifetime that comes twice the smallest counts") {
    CHECK(control("max-age=10, max-age=5").max_age == 5s);
    CHECK(control("max-age=5, max-age=10").max_age == 5s);
    CHECK(control("max-age=5, max-age=x").max_age == 0s);
    CHECK(control("s-maxage=10, s-maxage=5").s_maxage == 5s);
    CHECK(control("stale-while-revalidate=9, stale-while-revalidate=8").stale_while_revalidate == 8s);
    CHECK(control("max-stale, max-stale=5").max_stale == 5s);
    CHECK_FALSE(control("max-stale, max-stale=5").max_stale_any);
    CHECK_FALSE(control("max-stale=5, max-stale").max_stale_any);
}

TEST_CASE("of min-fresh that comes twice the largest counts") {
    CHECK(control("min-fresh=1, min-fresh=3, min-fresh=2").min_fresh == 3s);
}

TEST_CASE("several lines are one list") {
    const Fields fields{
        {"Cache-Control", "max-age=10"}, {"Expires", "0"}, {"cache-control", "no-store, max-age=5"}};
    const CacheControl both = parse_cache_control(fields);
    CHECK(both.max_age == 5s);
    CHECK(both.no_store);
}

TEST_CASE("each directive without a value sets its own flag and no other") {
    const auto only = [](auto set) {
        CacheControl wanted;
        set(wanted);
        return wanted;
    };
    CHECK(control("no-cache") == only([](CacheControl& c) { c.no_cache = true; }));
    CHECK(control("no-store") == only([](CacheControl& c) { c.no_store = true; }));
    CHECK(control("private") == only([](CacheControl& c) { c.is_private = true; }));
    CHECK(control("public") == only([](CacheControl& c) { c.is_public = true; }));
    CHECK(control("must-revalidate") == only([](CacheControl& c) { c.must_revalidate = true; }));
    CHECK(control("proxy-revalidate") == only([](CacheControl& c) { c.proxy_revalidate = true; }));
    CHECK(control("must-understand") == only([](CacheControl& c) { c.must_understand = true; }));
    CHECK(control("no-transform") == only([](CacheControl& c) { c.no_transform = true; }));
    CHECK(control("only-if-cached") == only([](CacheControl& c) { c.only_if_cached = true; }));
    CHECK(control("immutable") == only([](CacheControl& c) { c.immutable = true; }));
    CHECK(control("max-stale") == only([](CacheControl& c) { c.max_stale_any = true; }));
    CHECK(control("s-maxage=1") == only([](CacheControl& c) { c.s_maxage = 1s; }));
    CHECK(control("min-fresh=2") == only([](CacheControl& c) { c.min_fresh = 2s; }));
    CHECK(control("max-stale=3") == only([](CacheControl& c) { c.max_stale = 3s; }));
    CHECK(control("stale-if-error=4") == only([](CacheControl& c) { c.stale_if_error = 4s; }));
    CHECK(control("unknown, unknown=1, unknown=\"a,b\"") == CacheControl{});
}

TEST_CASE("what restricts counts even with an argument, what permits does not") {
    CHECK(control("no-store=1").no_store);
    CHECK(control("no-store=\"x").no_store);
    CHECK(control("no-store;x").no_store);
    CHECK(control("must-revalidate=1").must_revalidate);
    CHECK(control("only-if-cached=yes").only_if_cached);
    CHECK_FALSE(control("public=1").is_public);
    CHECK_FALSE(control("immutable=\"a\"").immutable);
    CHECK_FALSE(control("must-understand=1").must_understand);
}

TEST_CASE("a grace that can't be read is none, a min-fresh that can't be read is not there") {
    CHECK(control("stale-while-revalidate=soon").stale_while_revalidate == 0s);
    CHECK(control("stale-if-error").stale_if_error == 0s);
    CHECK(control("max-stale=soon").max_stale == 0s);
    CHECK_FALSE(control("min-fresh=soon").min_fresh);
    CHECK_FALSE(control("min-fresh").min_fresh);
}

TEST_CASE("no-cache and private with field names restrict those fields only") {
    const CacheControl both = control("no-cache=\"Set-Cookie, X-A\", private=\"X-B\"");
    CHECK_FALSE(both.no_cache);
    CHECK_FALSE(both.is_private);
    CHECK(both.no_cache_fields == Names{"set-cookie", "x-a"});
    CHECK(both.private_fields == Names{"x-b"});
    CHECK(control("private=X-B").private_fields == Names{"x-b"});
    CHECK(control("private=\"a, A\", private=\"b,,\"").private_fields == Names{"a", "b"});
    CHECK(control("no-cache, no-cache=\"x\"").no_cache);
}

TEST_CASE("field names that can't be read make the directive unqualified") {
    CHECK(control("no-cache=\"\"").no_cache);
    CHECK(control("no-cache=").no_cache);
    CHECK(control("private=\"a b\"").is_private);
    CHECK(control("private=\"x").is_private);
    CHECK(control("private=\" , \"").is_private);
    CHECK(control("private=(x)").is_private);
    std::string many = "private=\"";
    for (int i = 0; i < 65; ++i) many += "x" + std::to_string(i) + ",";
    CHECK(control(many + "\"").is_private);
}

TEST_CASE("a quote that never closes hides no directive behind it") {
    CHECK(control("ext=\"a, no-store").no_store);
    CHECK(control("ext=\"a, private, max-age=5").is_private);
}

namespace {

std::optional<CacheControl> targeted(std::string_view value) {
    const Fields fields{{"CDN-Cache-Control", value}, {"Cache-Control", "max-age=1"}};
    return parse_targeted(fields);
}

}  // namespace

TEST_CASE("a targeted field counts when it is a dictionary with members") {
    CHECK_FALSE(parse_targeted(Fields{{"Cache-Control", "max-age=1"}}));
    CHECK_FALSE(targeted(""));
    CHECK_FALSE(targeted("max-age=60,"));
    CHECK_FALSE(targeted("Max-Age=60"));
    CHECK_FALSE(targeted("max-age=60; "));
    CHECK_FALSE(
        targeted("max-age"
                 "=,"));
    CHECK_FALSE(targeted("no-store, &"));
    CHECK_FALSE(targeted("private=\"x"));
    CHECK(targeted("max-age=60"));
    CHECK(targeted("unknown"));
    const Fields lines{{"CDN-Cache-Control", "max-age=60"}, {"CDN-Cache-Control", "no-store"}};
    CHECK(parse_targeted(lines)->no_store);
    CHECK(parse_targeted(lines)->max_age == 60s);
}

TEST_CASE("members of a targeted field count when they have their type") {
    CHECK(targeted("max-age=60;ignored=1")->max_age == 60s);
    CHECK(targeted("s-maxage=7, stale-while-revalidate=8, stale-if-error=9")->stale_if_error == 9s);
    CHECK_FALSE(targeted("max-age=60.0")->max_age);
    CHECK_FALSE(targeted("max-age=\"60\"")->max_age);
    CHECK_FALSE(targeted("max-age")->max_age);
    CHECK_FALSE(targeted("max-age=(60)")->max_age);
    CHECK(targeted("max-age=-1")->max_age == 0s);
    CHECK(targeted("max-age=999999999999999")->max_age == longest_delta);
    CHECK(targeted("max-age=60, max-age=5")->max_age == 5s);
    CHECK(targeted("no-store")->no_store);
    CHECK_FALSE(targeted("no-store=?0")->no_store);
    CHECK_FALSE(targeted("no-store=1")->no_store);
    CHECK(targeted("private")->is_private);
    CHECK(targeted("private=\"x-a, X-B\"")->private_fields == Names{"x-a", "x-b"});
    CHECK_FALSE(targeted("private=\"x-a\"")->is_private);
    CHECK(targeted("no-cache=x-a")->no_cache_fields == Names{"x-a"});
    CHECK(targeted("no-cache=\"\"")->no_cache);
    CHECK_FALSE(targeted("no-cache=5")->no_cache);
}
