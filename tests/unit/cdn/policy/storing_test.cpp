#include "cdn/policy/storing.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

using Why = StoreReason;

struct Row {
    std::string_view rule;
    int status;
    Fields response;
    Why wanted;
    Fields request{};
    FreshnessRules rules{};
};

void check(const std::vector<Row>& table) {
    for (const Row& row : table) {
        CAPTURE(row.rule);
        const StoreDecision decision =
            may_store(get(row.request), response(row.status, row.response), row.rules);
        CHECK(to_text(decision.reason) == to_text(row.wanted));
        CHECK(decision.store == (row.wanted <= Why::heuristic));
    }
}

const http::Field date{"Date", then_text};
const http::Field tag{"ETag", "\"a\""};
const http::Field minute{"Cache-Control", "max-age=60"};
const http::Field cookie{"Set-Cookie", "a=b"};
const http::Field range{"Content-Range", "bytes 0-9/100"};

}  // namespace

TEST_CASE("what gives a response its right to be stored") {
    check({
        {"max-age", 200, {date, minute}, Why::explicit_freshness},
        {"s-maxage", 200, {date, {"Cache-Control", "s-maxage=60"}}, Why::explicit_freshness},
        {"Expires", 200, {date, {"Expires", "Sun, 06 Nov 1994 08:50:37 GMT"}}, Why::explicit_freshness},
        {"CDN-Cache-Control", 200, {date, {"CDN-Cache-Control", "max-age=60"}}, Why::explicit_freshness},
        {"the operator's override", 200, {date}, Why::explicit_freshness, {}, {.ttl_override = 60s}},
        {"the operator's time for missing",
         404,
         {date},
         Why::explicit_freshness,
         {},
         {.negative_missing = 6s}},
        {"the operator's time for failures",
         503,
         {date},
         Why::explicit_freshness,
         {},
         {.negative_failed = 2s}},
        {"a status that is cacheable by itself", 200, {date, tag}, Why::heuristic},
        {"a missing thing with a validator", 404, {date, tag}, Why::heuristic},
        {"public", 302, {date, tag, {"Cache-Control", "public"}}, Why::made_public},
        {"explicit freshness suffices for other statuses", 302, {date, minute}, Why::explicit_freshness},
        {"explicit freshness suffices for failures", 503, {date, minute}, Why::explicit_freshness},
        {"a 302 that says nothing has none", 302, {date, tag}, Why::no_freshness},
        {"a 500 that says nothing has none", 500, {date, tag}, Why::no_freshness},
    });
}

TEST_CASE("what forbids to store") {
    check({
        {"no-store", 200, {date, {"Cache-Control", "no-store, max-age=60"}}, Why::no_store},
        {"no-store lifted by must-understand of a status that we understand",
         200,
         {date, {"Cache-Control", "no-store, must-understand, max-age=60"}},
         Why::explicit_freshness},
        {"must-understand of a status that we do not",
         299,
         {date, {"Cache-Control", "must-understand, max-age=60"}},
         Why::status},
        {"the request's no-store",
         200,
         {date, minute},
         Why::request_no_store,
         {{"Cache-Control", "no-store"}}},
        {"the request's no-store where clients have no say",
         200,
         {date, minute},
         Why::explicit_freshness,
         {{"Cache-Control", "no-store"}},
         {.obey_client = false}},
        {"private", 200, {date, {"Cache-Control", "private, max-age=60"}}, Why::is_private},
        {"private, even with public",
         200,
         {date, {"Cache-Control", "public, private, max-age=60"}},
         Why::is_private},
        {"private fields leave the rest",
         200,
         {date, {"Cache-Control", "private=\"x-a\", max-age=60"}},
         Why::explicit_freshness},
        {"private is not for a CDN that has its own field",
         200,
         {date, {"Cache-Control", "private"}, {"CDN-Cache-Control", "max-age=60"}},
         Why::explicit_freshness},
        {"an override lifts no no-store",
         200,
         {date, {"Cache-Control", "no-store"}},
         Why::no_store,
         {},
         {.ttl_override = 60s}},
        {"an override lifts no private",
         200,
         {date, {"Cache-Control", "private"}},
         Why::is_private,
         {},
         {.ttl_override = 60s}},
        {"Vary: *", 200, {date, minute, {"Vary", "*"}}, Why::vary_any},
        {"Vary: * among others", 200, {date, minute, {"Vary", "a"}, {"Vary", "b, *"}}, Why::vary_any},
        {"Vary with names does not",
         200,
         {date, minute, {"Vary", "Accept-Encoding"}},
         Why::explicit_freshness},
    });
}

TEST_CASE("an answer to a request with Authorization needs to be called shared") {
    const Fields authorized{{"Authorization", "Bearer x"}};
    const auto with = [](std::string_view control) { return Fields{date, {"Cache-Control", control}}; };
    check({
        {"max-age does not", 200, with("max-age=60"), Why::authorization, authorized},
        {"public does", 200, with("public, max-age=60"), Why::explicit_freshness, authorized},
        {"s-maxage does", 200, with("s-maxage=60"), Why::explicit_freshness, authorized},
        {"must-revalidate does", 200, with("must-revalidate, max-age=60"), Why::explicit_freshness,
         authorized},
        {"proxy-revalidate does not", 200, with("proxy-revalidate, max-age=60"), Why::authorization,
         authorized},
        {"immutable does not", 200, with("immutable, max-age=60"), Why::authorization, authorized},
        {"an override does not", 200, {date}, Why::authorization, authorized, {.ttl_override = 60s}},
        {"a targeted max-age does not",
         200,
         {date, {"CDN-Cache-Control", "max-age=60"}},
         Why::authorization,
         authorized},
        {"a targeted public does",
         200,
         {date, {"CDN-Cache-Control", "public, max-age=60"}},
         Why::explicit_freshness,
         authorized},
    });
}

TEST_CASE("a response with a cookie is stored only when it says that it is for all") {
    check({
        {"max-age does not say so", 200, {date, cookie, minute}, Why::set_cookie},
        {"public does",
         200,
         {date, cookie, {"Cache-Control", "public, max-age=60"}},
         Why::explicit_freshness},
        {"s-maxage does", 200, {date, cookie, {"Cache-Control", "s-maxage=60"}}, Why::explicit_freshness},
        {"a targeted lifetime does",
         200,
         {date, cookie, {"CDN-Cache-Control", "max-age=60"}},
         Why::explicit_freshness},
        {"a targeted field without one does not",
         200,
         {date, tag, cookie, {"CDN-Cache-Control", "immutable"}},
         Why::set_cookie},
        {"the route may",
         200,
         {date, cookie, minute},
         Why::explicit_freshness,
         {},
         {.drop_set_cookie = true}},
        {"an override does not", 200, {date, cookie}, Why::set_cookie, {}, {.ttl_override = 60s}},
    });
}

TEST_CASE("only final statuses that this cache understands are stored") {
    for (const int status :
         {200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 451, 500, 501, 502, 503, 504}) {
        CAPTURE(status);
        CHECK(may_store(get(), response(status, {date, minute}), {}).store);
    }
    for (const int status : {100, 101, 103, 201, 202, 205, 226, 299, 304, 305, 399, 400, 401,
                             403, 407, 409, 412, 416, 418, 421, 429, 499, 505, 511, 599}) {
        CAPTURE(status);
        const auto decision = may_store(get(), response(status, {date, minute}), {});
        CHECK_FALSE(decision.store);
        CHECK(decision.reason == Why::status);
    }
}

TEST_CASE("only answers to GET are stored") {
    for (const std::string_view method : {"HEAD", "POST", "PUT", "OPTIONS", "get"}) {
        CAPTURE(method);
        const auto decision = may_store(request_facts(method, {}), ok_with("public, max-age=60"), {});
        CHECK_FALSE(decision.store);
        CHECK(decision.reason == Why::method);
    }
}

TEST_CASE("a part is stored when it can be combined") {
    check({
        {"with a strong tag and a range", 206, {date, tag, minute, range}, Why::explicit_freshness},
        {"with a strong date and a range",
         206,
         {date, {"Last-Modified", "Sun, 06 Nov 1994 08:00:00 GMT"}, minute, range},
         Why::explicit_freshness},
        {"with an unknown complete length",
         206,
         {date, tag, minute, {"Content-Range", "bytes 0-9/*"}},
         Why::explicit_freshness},
        {"not with a weak tag",
         206,
         {date, {"ETag", "W/\"a\""}, minute, range},
         Why::partial_without_validator},
        {"not with a weak date",
         206,
         {date, {"Last-Modified", then_text}, minute, range},
         Why::partial_without_validator},
        {"not without any validator", 206, {date, minute, range}, Why::partial_without_validator},
        {"not without a range (multipart)",
         206,
         {date, tag, minute, {"Content-Type", "multipart/byteranges"}},
         Why::partial_without_range},
        {"not with two ranges",
         206,
         {date, tag, minute, range, {"Content-Range", "bytes 0-8/100"}},
         Why::partial_without_range},
        {"not with a malformed range",
         206,
         {date, tag, minute, {"Content-Range", "bytes 9-0/100"}},
         Why::partial_without_range},
        {"not with an unsatisfied range",
         206,
         {date, tag, minute, {"Content-Range", "bytes */100"}},
         Why::partial_without_range},
    });
}

TEST_CASE("what no request could be answered with is not kept") {
    check({
        {"stale at once and nothing to validate with",
         200,
         {date, {"Cache-Control", "max-age=0"}},
         Why::never_reusable},
        {"older than its lifetime when it arrives", 200, {date, {"Age", "60"}, minute}, Why::never_reusable},
        {"nothing said at all", 200, {date}, Why::never_reusable},
        {"no-cache and nothing to validate with",
         200,
         {date, {"Cache-Control", "no-cache, max-age=60"}},
         Why::never_reusable},
        {"a tag is something", 200, {date, tag, {"Cache-Control", "no-cache"}}, Why::heuristic},
        {"a date is something",
         200,
         {date, {"Last-Modified", then_text}, {"Cache-Control", "max-age=0"}},
         Why::explicit_freshness},
        {"a grace is something",
         200,
         {date, {"Cache-Control", "max-age=0, stale-if-error=60"}},
         Why::explicit_freshness},
        {"the route's grace is something",
         200,
         {date, {"Cache-Control", "max-age=0"}},
         Why::explicit_freshness,
         {},
         {.stale_while_revalidate = 5s}},
        {"a grace that must-revalidate forbids is nothing",
         200,
         {date, {"Cache-Control", "max-age=0, must-revalidate, stale-if-error=60"}},
         Why::never_reusable},
        {"a response's own refusal outranks the route's grace",
         200,
         {date, {"Cache-Control", "max-age=0, stale-while-revalidate=0"}},
         Why::never_reusable,
         {},
         {.stale_while_revalidate = 5s}},
    });
}

TEST_CASE("fields of one connection, of proxies, of one user and Age are not stored") {
    const Fields fields{{"Date", then_text},
                        {"Connection", "keep-alive, X-Hop"},
                        {"connection", "x-other"},
                        {"Keep-Alive", "timeout=5"},
                        {"Proxy-Connection", "x"},
                        {"TE", "trailers"},
                        {"Trailer", "x"},
                        {"Transfer-Encoding", "chunked"},
                        {"Upgrade", "x"},
                        {"Proxy-Authenticate", "x"},
                        {"Proxy-Authentication-Info", "x"},
                        {"Proxy-Authorization", "x"},
                        {"Set-Cookie", "a=b"},
                        {"Set-Cookie2", "a=b"},
                        {"AGE", "5"},
                        {"X-Hop", "x"},
                        {"X-Other", "x"},
                        {"X-Private", "x"},
                        {"X-No-Cache", "x"},
                        {"Via", "1.1 origin"},
                        {"Cache-Status", "origin; hit"},
                        {"Proxy-Status", "origin"},
                        {"Content-Type", "video/mp4"}};
    const auto stored = fields_to_store(fields, control("private=\"x-private\", no-cache=\"X-No-Cache\""));
    CHECK(stored.text() == "Date: " + std::string{then_text} +
                               "\r\nVia: 1.1 origin\r\nCache-Status: origin; hit\r\nProxy-Status: origin\r\n"
                               "Content-Type: video/mp4\r\n");
}

TEST_CASE("a 304 renews the stored fields but for those that describe the stored bytes") {
    const Fields before{{"Date", then_text},
                        {"ETag", "\"a\""},
                        {"Content-Length", "100"},
                        {"Content-Encoding", "br"},
                        {"Content-Range", "bytes 0-9/100"},
                        {"Content-Type", "a/b"},
                        {"X-Twice", "1"},
                        {"X-Twice", "2"},
                        {"X-Kept", "kept"},
                        {"Cache-Control", "max-age=5"}};
    const Fields update{{"date", "Sun, 06 Nov 1994 09:00:00 GMT"},
                        {"ETag", "\"a\""},
                        {"Content-Length", "0"},
                        {"Content-Encoding", "gzip"},
                        {"Content-Range", "bytes 5-9/100"},
                        {"Content-Type", "c/d"},
                        {"X-Twice", "3"},
                        {"Cache-Control", "max-age=7"},
                        {"Connection", "x-hop"},
                        {"X-Hop", "x"},
                        {"Set-Cookie", "a=b"},
                        {"Age", "3"},
                        {"X-New", "new"}};
    const auto merged = merge_not_modified(http::FieldList{before}, update);
    CHECK(merged.find("Date") == "Sun, 06 Nov 1994 09:00:00 GMT");
    CHECK(merged.find("Content-Length") == "100");
    CHECK(merged.find("Content-Encoding") == "br");
    CHECK(merged.find("Content-Range") == "bytes 0-9/100");
    CHECK(merged.find("Content-Type") == "c/d");
    CHECK(merged.find("X-Twice") == "3");
    CHECK(merged.find("X-Kept") == "kept");
    CHECK(merged.find("X-New") == "new");
    CHECK(merged.find("Cache-Control") == "max-age=7");
    CHECK(merged.size() == before.size());  // one X-Twice less, X-New more
    for (const std::string_view name : {"Connection", "X-Hop", "Set-Cookie", "Age"}) {
        CAPTURE(name);
        CHECK_FALSE(merged.has(name));
    }
}

TEST_CASE("a 304 does not describe bytes that it did not bring") {
    const auto merged = merge_not_modified(http::FieldList{Fields{{"ETag", "\"a\""}}},
                                           Fields{{"Content-Length", "0"}, {"Content-Encoding", "gzip"}});
    CHECK(merged.text() == "ETag: \"a\"\r\n");
}

TEST_CASE("a weak form of a strong tag does not weaken the stored one") {
    const auto tag_after = [](std::string_view stored, std::string_view update) {
        const http::FieldList list{Fields{{"ETag", stored}}};
        return std::string{merge_not_modified(list, Fields{{"ETag", update}}).find("ETag")};
    };
    CHECK(tag_after("\"a\"", "W/\"a\"") == "\"a\"");
    CHECK(tag_after("W/\"a\"", "W/\"a\"") == "W/\"a\"");
    CHECK(tag_after("W/\"a\"", "W/\"b\"") == "W/\"b\"");
}

TEST_CASE("what a 304 makes private leaves the stored fields") {
    const auto merged = merge_not_modified(http::FieldList{Fields{{"X-A", "1"}, {"X-B", "2"}}},
                                           Fields{{"Cache-Control", "private=\"x-a\""}});
    CHECK_FALSE(merged.has("X-A"));
    CHECK(merged.has("X-B"));
}
