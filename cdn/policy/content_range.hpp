// The Content-Range field, RFC 9110 section 14.4, read strictly. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/units.hpp"

namespace outpost::cdn::policy {

struct ContentRange {
    ByteRange range;                    // empty when unsatisfied
    std::optional<std::uint64_t> size;  // of the whole representation; nothing for '*'
    bool unsatisfied = false;           // "bytes */1234", as a 416 says it

    bool operator==(const ContentRange&) const = default;
};

// Nothing for other units, anything beside the grammar, a range that is backwards or beyond the size.
std::optional<ContentRange> parse_content_range(std::string_view value);

}  // namespace outpost::cdn::policy
