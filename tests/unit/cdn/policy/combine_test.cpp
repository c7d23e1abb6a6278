#include "cdn/policy/combine.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

constexpr std::string_view before = "Sun, 06 Nov 1994 08:00:00 GMT";
const http::Field date{"Date", then_text}, tag{"ETag", "\"a\""}, other_tag{"ETag", "\"b\""},
    weak{"ETag", "W/\"a\""}, old{"Last-Modified", before}, just_now{"Last-Modified", then_text},
    range{"Content-Range", "bytes 0-9/100"}, length{"Content-Length", "100"};

struct RangeRow {
    std::string_view text;
    std::optional<ContentRange> wanted;
};

struct PairRow {
    std::string_view rule;
    Fields stored, other;
    bool wanted;
    int stored_status = 200;
    int other_status = 206;
};

}  // namespace

TEST_CASE("Content-Range is read strictly") {
    constexpr auto most = UINT64_MAX;
    const std::vector<RangeRow> table{
        {"bytes 0-9/100", ContentRange{{0, 10}, 100}},
        {"bytes 99-99/100", ContentRange{{99, 1}, 100}},
        {"Bytes 0-0/1", ContentRange{{0, 1}, 1}},
        {"bytes 0-9/*", ContentRange{{0, 10}, std::nullopt}},
        {"bytes */100", ContentRange{{}, 100, true}},
        {"bytes */0", ContentRange{{}, 0, true}},
        {"bytes 18446744073709551613-18446744073709551614/18446744073709551615",
         ContentRange{{most - 2, 2}, most}},
        {"bytes */*", std::nullopt},
        {"bytes 0-100/100", std::nullopt},
        {"bytes 9-0/100", std::nullopt},
        {"bytes 0-0/0", std::nullopt},
        {"bytes 0-18446744073709551615/*", std::nullopt},
        {"bytes 0-18446744073709551616/*", std::nullopt},
        {"bytes=0-9/100", std::nullopt},
        {"bytes  0-9/100", std::nullopt},
        {"bytes 0 - 9/100", std::nullopt},
        {"bytes 0-9 /100", std::nullopt},
        {"bytes 0-9/100 ", std::nullopt},
        {"bytes 0-9", std::nullopt},
        {"bytes 0-9/", std::nullopt},
        {"bytes -9/100", std::nullopt},
        {"bytes 0-/100", std::nullopt},
        {"bytes 0-9/100/100", std::nullopt},
        {"bytes 0-9-9/100", std::nullopt},
        {"bytes 0-9/+100", std::nullopt},
        {"items 0-9/100", std::nullopt},
        {"0-9/100", std::nullopt},
        {"bytes", std::nullopt},
        {"", std::nullopt},
    };
    for (const RangeRow& row : table) {
        CAPTURE(row.text);
        CHECK(parse_content_range(row.text) == row.wanted);
    }
}

TEST_CASE("parts combine when they share a strong validator and agree on the length") {
    const http::Field longer{"Content-Range", "bytes 10-19/101"}, open{"Content-Range", "bytes 10-19/*"},
        beyond{"Content-Range", "bytes 100-109/*"}, later_part{"Content-Range", "bytes 10-19/100"};
    const std::vector<PairRow> table{
        {"same strong tag", {date, tag, length}, {date, tag, range}, true},
        {"same strong tag of two parts", {date, tag, range}, {date, tag, later_part}, true, 206},
        {"another tag", {date, tag}, {date, other_tag, range}, false},
        {"a weak tag", {date, weak}, {date, weak, range}, false},
        {"strong here, weak there", {date, tag}, {date, weak, range}, false},
        {"a tag here only", {date, tag, old}, {date, old, range}, false},
        {"a tag there only", {date, old}, {date, tag, old, range}, false},
        {"same strong tag, other date", {date, tag, old}, {date, tag, just_now, range}, true},
        {"other tag, same strong date", {date, tag, old}, {date, other_tag, old, range}, false},
        {"same strong date", {date, old}, {date, old, range}, true},
        {"a date of the same second", {date, just_now}, {date, just_now, range}, false},
        {"a date without Date", {old}, {old, range}, false},
        {"another date",
         {date, old},
         {date, {"Last-Modified", "Sun, 06 Nov 1994 08:00:01 GMT"}, range},
         false},
        {"nothing to compare", {date}, {date, range}, false},
        {"another complete length", {date, tag, length}, {date, tag, longer}, false},
        {"another complete length of two parts", {date, tag, range}, {date, tag, longer}, false, 206},
        {"an unknown complete length", {date, tag, length}, {date, tag, open}, true},
        {"beyond the known length", {date, tag, length}, {date, tag, beyond}, false},
        {"not a part", {date, tag}, {date, tag, range}, false, 200, 200},
        {"no valid range", {date, tag}, {date, tag}, false},
        {"an unsatisfied range", {date, tag}, {date, tag, {"Content-Range", "bytes */100"}}, false},
        {"a stored 404", {date, tag}, {date, tag, range}, false, 404},
    };
    for (const PairRow& row : table) {
        CAPTURE(row.rule);
        CHECK(may_combine(response(row.stored_status, row.stored), response(row.other_status, row.other)) ==
              row.wanted);
    }
}

TEST_CASE("a HEAD freshens what it agrees with and makes the rest stale") {
    const Fields stored{date, tag, old, length};
    const auto effect = [&](const Fields& head, int status = 200) {
        return head_effect(ok(stored), response(status, head));
    };
    const http::Field shorter{"Content-Length", "99"};
    CHECK(effect({date, tag, old, length}) == HeadEffect::freshen);
    CHECK(effect({date, tag}) == HeadEffect::freshen);
    CHECK(effect({date, old, length}) == HeadEffect::freshen);
    CHECK(effect({date, other_tag, length}) == HeadEffect::invalidate);
    CHECK(effect({date, weak}) == HeadEffect::invalidate);
    CHECK(effect({date, tag, just_now}) == HeadEffect::invalidate);
    CHECK(effect({date, tag, shorter}) == HeadEffect::invalidate);
    CHECK(effect({date, shorter}) == HeadEffect::invalidate);
    CHECK(effect({date, length}) == HeadEffect::nothing);
    CHECK(effect({date}) == HeadEffect::nothing);
    CHECK(effect({date, other_tag}, 404) == HeadEffect::nothing);
    CHECK(effect({date, tag}, 304) == HeadEffect::nothing);
    // Of a stored part the complete length counts, not that of the part.
    const auto part = response(206, {date, tag, range, {"Content-Length", "10"}});
    CHECK(head_effect(part, ok({date, tag, length})) == HeadEffect::freshen);
    CHECK(head_effect(part, ok({date, tag, {"Content-Length", "10"}})) == HeadEffect::invalidate);
}
