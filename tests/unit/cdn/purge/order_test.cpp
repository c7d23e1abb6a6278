#include "cdn/purge/order.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/units.hpp"

using namespace outpost;
using namespace outpost::cdn;

namespace {

std::string wrong_in(std::string_view json) {
    const auto order = parse_purge_request(json);
    return order ? "" : order.error().what;
}

PurgeOrder sample() {
    return {PurgeKind::url, "https://cdn.example/a?b=c", true,
            "edge-7",       "0123456789abcdef",          WallTime{Milliseconds{1'700'000'000'123}}};
}

std::string with(std::string text, std::string_view old, std::string_view now) {
    const auto at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), now);
}

}  // namespace

TEST_CASE("a request says exactly one of url, prefix, tag and all, and may be soft") {
    const PurgeOrder url = parse_purge_request(R"({"url": "https://cdn.example/a?b=c"})").value();
    CHECK(url.kind == PurgeKind::url);
    CHECK(url.value == "https://cdn.example/a?b=c");
    CHECK_FALSE(url.soft);
    const PurgeOrder prefix =
        parse_purge_request(R"({"soft": true, "prefix": "HTTP://cdn.example/vod/"})").value();
    CHECK(prefix.kind == PurgeKind::prefix);
    CHECK(prefix.value == "HTTP://cdn.example/vod/");
    CHECK(prefix.soft);
    CHECK(parse_purge_request(R"({"tag": "film-1"})").value().kind == PurgeKind::tag);
    const PurgeOrder all = parse_purge_request(R"({"all": true, "soft": false})").value();
    CHECK(all.kind == PurgeKind::all);
    CHECK(all.value == "");
}

TEST_CASE("what a request does not say clearly is refused with the member that is wrong") {
    struct Case {
        std::string json, what;
    };
    const std::vector<Case> table{
        {R"({})", "it does not say what to purge"},
        {R"({"soft": true})", "it does not say what to purge"},
        {R"({"url": "http://a/", "tag": "x"})", R"("url" and "tag" exclude each other)"},
        {R"({"all": true, "tag": "x"})", R"("all" and "tag" exclude each other)"},
        {R"({"all": false})", R"("all" is not true)"},
        {R"({"all": 1})", R"("all" is not true)"},
        {R"({"url": ["http://a/"]})", R"("url" is not a text)"},
        {R"({"soft": "yes", "all": true})", R"("soft" is neither true nor false)"},
        {R"({"urls": "http://a/"})", R"(the member "urls" is unknown)"},
        {R"({"URL": "http://a/"})", R"(the member "URL" is unknown)"},
        {R"({"url": ""})", R"("url": it is empty)"},
        {R"({"url": "cdn.example/a"})", R"("url": it does not begin with http:// or https://)"},
        {R"({"url": "ftp://cdn.example/a"})", R"("url": it does not begin with http:// or https://)"},
        {R"({"url": "https:///a"})", R"("url": it has no host)"},
        {R"({"url": "https://a/b#c"})", R"("url": it has a fragment (#), which is never part of a request)"},
        {R"({"url": "https://a/b c"})", R"("url": it has a character that must be percent-encoded)"},
        {R"({"url": "https://a/ä"})", R"("url": it has a character that must be percent-encoded)"},
        {R"({"prefix": "https://a"})", R"("prefix": it has no path: end the host with /)"},
        {R"({"prefix": "https://a?b"})", R"("prefix": it has no path: end the host with /)"},
        {R"({"tag": "a b"})", R"("tag": a tag has visible ASCII characters, and no comma)"},
        {R"({"tag": "a,b"})", R"("tag": a tag has visible ASCII characters, and no comma)"},
        {R"([])", "this is no JSON object"},
        {R"("all")", "this is no JSON object"},
    };
    for (const Case& c : table) {
        CAPTURE(c.json);
        CHECK(wrong_in(c.json) == c.what);
    }
    for (const std::string_view json : {"", "{", R"({"all": true} x)", R"({"all": [[[true]]]})", "url=x"})
        CHECK(wrong_in(json).starts_with("this is not JSON: "));
}

TEST_CASE("values have their longest") {
    const auto with_size = [](std::string_view kind, std::string_view begin, std::size_t size) {
        return fmt::format(R"({{"{}": "{}{}"}})", kind, begin, std::string(size - begin.size(), 'x'));
    };
    CHECK(wrong_in(with_size("tag", "", most_purge_tag)) == "");
    CHECK(wrong_in(with_size("tag", "", most_purge_tag + 1)) == R"("tag": it is longer than 256 bytes)");
    CHECK(wrong_in(with_size("url", "http://a/", most_purge_url)) == "");
    CHECK(wrong_in(with_size("url", "http://a/", most_purge_url + 1)) ==
          R"("url": it is longer than 8192 bytes)");
    CHECK(wrong_in(with_size("url", "http://a/", most_purge_request)) ==
          "the JSON is longer than 16384 bytes");
}

TEST_CASE("an order comes out of its payload as it went in") {
    for (const PurgeKind kind : {PurgeKind::url, PurgeKind::prefix, PurgeKind::tag, PurgeKind::all}) {
        PurgeOrder order = sample();
        order.kind = kind;
        if (kind == PurgeKind::all) order.value.clear();
        CHECK(parse_payload(to_payload(order)).value() == order);
    }
    // What is written today, nodes of tomorrow read.
    CHECK(to_payload(sample()) ==
          R"({"version":1,"id":"0123456789abcdef","node":"edge-7","at":1700000000123,"kind":"url",)"
          R"("value":"https://cdn.example/a?b=c","soft":true})");
}

TEST_CASE("a payload that is not wholly understood is refused") {
    const std::string good = to_payload(sample());
    const std::vector<std::pair<std::string_view, std::string_view>> changes{
        {R"("version":1)", R"("version":2)"},
        {R"("version":1)", R"("version":"1")"},
        {R"("version":1,)", ""},
        {R"("id":"0123456789abcdef")", R"("id":"")"},
        {R"("id":"0123456789abcdef",)", ""},
        {R"("node":"edge-7")", R"("node":7)"},
        {"1700000000123", "-1"},
        {"1700000000123", "1.5"},
        {"1700000000123", "9007199254740993"},
        {R"("kind":"url")", R"("kind":"page")"},
        {R"("kind":"url")", R"("kind":"all")"},
        {"https://cdn.example/a?b=c", ""},
        {"https://cdn.example/a?b=c", "cdn.example"},
        {R"("soft":true)", R"("soft":1)"},
        {R"("soft":true)", R"("soft":true,"more":1)"},
        {R"(,"soft":true)", ""}};
    for (const auto& [old, now] : changes) {
        CAPTURE(now);
        CHECK(parse_payload(with(good, old, now)).has_error());
    }
    CHECK(parse_payload(with(good, R"("version":1)", R"("version":2)")).error().line() ==
          "purge order: version 2 is not known here; update this node");
}

TEST_CASE("ids of orders are 32 hexadecimal digits and differ") {
    const std::string a = new_purge_id(), b = new_purge_id();
    CHECK(a.size() == 32);
    CHECK(a.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(a != b);
}
