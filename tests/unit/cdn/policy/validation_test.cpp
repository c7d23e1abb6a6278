#include "cdn/policy/validation.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

constexpr std::string_view before = "Sun, 06 Nov 1994 08:00:00 GMT";
const http::Field date{"Date", then_text}, tag{"ETag", "\"a\""}, other_tag{"ETag", "\"b\""},
    weak{"ETag", "W/\"a\""}, old{"Last-Modified", before}, just_now{"Last-Modified", then_text};

struct Row {
    std::string_view rule;
    Fields stored, not_modified;
    bool wanted;
};

}  // namespace

TEST_CASE("a validation sends all the validators that are stored") {
    CHECK(validator_of(ok({tag, old})).if_none_match == "\"a\"");
    CHECK(validator_of(ok({tag, old})).if_modified_since == before);
    CHECK(validator_of(ok({weak})).if_none_match == "W/\"a\"");
    CHECK(validator_of(ok({weak})).if_modified_since.empty());
    CHECK(validator_of(ok({date})).empty());
}

TEST_CASE("a validation's conditions take the place of the client's") {
    http::FieldList request{Fields{{"Host", "a"},
                                   {"If-None-Match", "\"client\""},
                                   {"if-range", "\"client\""},
                                   {"If-Match", "\"client\""},
                                   {"If-Unmodified-Since", then_text},
                                   {"If-Modified-Since", then_text}}};
    validator_of(ok({tag})).apply(request);
    CHECK(request.text() == "Host: a\r\nIf-None-Match: \"a\"\r\n");
    validator_of(ok({old})).apply(request);
    CHECK(request.text() == "Host: a\r\nIf-Modified-Since: " + std::string{before} + "\r\n");
}

TEST_CASE("If-Range takes what is strong only") {
    CHECK(if_range_of(ok({date, tag, old})) == "\"a\"");
    CHECK(if_range_of(ok({date, old})) == before);
    CHECK(if_range_of(ok({date, just_now})).empty());
    CHECK(if_range_of(ok({date, weak})).empty());
    CHECK(if_range_of(ok({date, weak, old})).empty());
    CHECK(if_range_of(ok({old})).empty());
    CHECK(if_range_of(ok({})).empty());
}

TEST_CASE("a 304 is about the stored response when its validators are") {
    const std::vector<Row> table{
        {"same strong tag", {date, tag, old}, {date, tag}, true},
        {"same strong tag, other date", {date, tag, old}, {date, tag, just_now}, true},
        {"other strong tag", {date, tag}, {date, other_tag}, false},
        {"other strong tag, same date", {date, tag, old}, {date, other_tag, old}, false},
        {"the strong form of a weak tag, as nginx has it", {date, weak}, {date, tag}, true},
        {"another strong tag for a weak one", {date, weak}, {date, other_tag}, false},
        {"strong tag for none", {date, old}, {date, tag}, false},
        {"same weak tag", {date, weak}, {date, weak}, true},
        {"weak tag for the strong one", {date, tag}, {date, weak}, true},
        {"other weak tag", {date, weak}, {date, {"ETag", "W/\"b\""}}, false},
        {"same date", {date, old}, {date, old}, true},
        {"other date", {date, old}, {date, just_now}, false},
        {"no validator", {date, tag, old}, {date}, true},
    };
    for (const Row& row : table) {
        CAPTURE(row.rule);
        CHECK(may_freshen(ok(row.stored), response(304, row.not_modified)) == row.wanted);
    }
}
