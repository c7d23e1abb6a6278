#include "cdn/policy/range.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

struct Case {
    std::string_view header;
    std::uint64_t size;
    RangeVerdict verdict;
    ByteRange range;
};

constexpr auto whole = RangeVerdict::whole, part = RangeVerdict::part,
               unsatisfiable = RangeVerdict::unsatisfiable;

}  // namespace

TEST_CASE("a range is taken, refused or ignored as RFC 9110 section 14 says") {
    constexpr std::uint64_t most = UINT64_MAX;
    const std::vector<Case> table{
        {"", 100, whole, {}},
        {"bytes=0-9", 100, part, {0, 10}},
        {"bytes=99-99", 100, part, {99, 1}},
        {"bytes=90-", 100, part, {90, 10}},
        {"bytes=90-200", 100, part, {90, 10}},
        {"bytes=-10", 100, part, {90, 10}},
        {"bytes=-200", 100, part, {0, 100}},
        {"Bytes= 0-0", 100, part, {0, 1}},
        {"bytes=100-", 100, unsatisfiable, {}},
        {"bytes=-0", 100, unsatisfiable, {}},
        {"bytes=0-", 0, unsatisfiable, {}},
        {"bytes=-1", 0, unsatisfiable, {}},
        {"bytes=0-18446744073709551616", 100, part, {0, 100}},
        {"bytes=-18446744073709551616", 100, part, {0, 100}},
        {"bytes=18446744073709551616-", 100, unsatisfiable, {}},
        {"bytes=18446744073709551614-", most, part, {most - 1, 1}},
        {"bytes=0-18446744073709551615", most, part, {0, most}},
        {"bytes=9-8", 100, whole, {}},
        {"bytes=0-1,2-3", 100, whole, {}},
        {"bytes=+0-1", 100, whole, {}},
        {"bytes=0--1", 100, whole, {}},
        {"bytes=-", 100, whole, {}},
        {"bytes=", 100, whole, {}},
        {"bytes", 100, whole, {}},
        {"seconds=0-1", 100, whole, {}},
    };
    for (const Case& c : table) {
        CAPTURE(c.header);
        const RangeDecision decision = decide_range(c.header, c.size);
        CHECK(decision.verdict == c.verdict);
        CHECK(decision.range == c.range);
    }
}

TEST_CASE("Content-Range counts from 0 and names the last byte") {
    CHECK(content_range({0, 100}, 1234) == "bytes 0-99/1234");
    CHECK(content_range_unsatisfied(1234) == "bytes */1234");
}
