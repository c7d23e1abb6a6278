#include "cdn/policy/range.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::cdn::policy {
namespace {

// Digits only. A number beyond 64 bits is as good as the largest one: it lies beyond any end
// (RFC 9110 section 14.1.1).
std::optional<std::uint64_t> parse_position(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return parse_unsigned(text).value_or(UINT64_MAX);
}

}  // namespace

RangeDecision decide_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    const RangeDecision whole{};
    const RangeDecision unsatisfiable{RangeVerdict::unsatisfiable, {}};
    if (header.size() <= unit.size() || !iequals(header.substr(0, unit.size()), unit)) return whole;
    const std::string_view spec = trim_blanks(header.substr(unit.size()));
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos) return whole;
    const std::string_view first_text = spec.substr(0, dash);
    const std::string_view last_text = spec.substr(dash + 1);

    if (first_text.empty()) {  // the last N bytes
        const auto length = parse_position(last_text);
        if (!length) return whole;
        if (*length == 0 || size == 0) return unsatisfiable;
        const std::uint64_t taken = std::min(*length, size);
        return {RangeVerdict::part, {size - taken, taken}};
    }
    const auto first = parse_position(first_text);
    const auto last = last_text.empty() ? std::optional{UINT64_MAX} : parse_position(last_text);
    if (!first || !last || *last < *first) return whole;
    if (*first >= size) return unsatisfiable;
    return {RangeVerdict::part, {*first, std::min(*last, size - 1) - *first + 1}};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
    return fmt::format("bytes {}-{}/{}", range.offset, range.end() - 1, size);
}

std::string content_range_unsatisfied(std::uint64_t size) { return fmt::format("bytes */{}", size); }

}  // namespace outpost::cdn::policy
