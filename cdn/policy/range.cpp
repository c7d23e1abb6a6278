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

// What one byte range says: from `first` to `last`, or the last `suffix` bytes.
struct RangeSpec {
    std::uint64_t first = 0, last = UINT64_MAX;
    std::optional<std::uint64_t> suffix;
};

std::optional<RangeSpec> parse_range(std::string_view header) {
    constexpr std::string_view unit = "bytes=";
    if (header.size() <= unit.size() || !iequals(header.substr(0, unit.size()), unit)) return std::nullopt;
    const std::string_view text = trim_blanks(header.substr(unit.size()));
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = parse_position(text.substr(0, dash));
    const auto last = parse_position(text.substr(dash + 1));
    RangeSpec spec;
    if (dash == 0) {
        if (!last) return std::nullopt;
        spec.suffix = *last;
        return spec;
    }
    if (!first || (!last && dash + 1 != text.size())) return std::nullopt;
    spec.first = *first;
    spec.last = last.value_or(UINT64_MAX);
    if (spec.last < spec.first) return std::nullopt;
    return spec;
}

}  // namespace

RangeDecision decide_range(std::string_view header, std::uint64_t size) {
    const RangeDecision unsatisfiable{RangeVerdict::unsatisfiable, {}};
    const auto spec = parse_range(header);
    if (!spec) return {};
    if (spec->suffix) {
        if (*spec->suffix == 0 || size == 0) return unsatisfiable;
        const std::uint64_t taken = std::min(*spec->suffix, size);
        return {RangeVerdict::part, {size - taken, taken}};
    }
    if (spec->first >= size) return unsatisfiable;
    return {RangeVerdict::part, {spec->first, std::min(spec->last, size - 1) - spec->first + 1}};
}

std::string range_to_fill(std::string_view header, Bytes block) {
    const auto spec = parse_range(header);
    if (!spec) return {};
    const std::uint64_t unit = block.count();
    const auto up = [unit](std::uint64_t n) {
        return n > UINT64_MAX - unit ? n : (n + unit - 1) / unit * unit;
    };
    // One block more: where the last bytes begin inside of a block nobody knows yet.
    if (spec->suffix) return fmt::format("bytes=-{}", up(*spec->suffix) + unit);
    const std::uint64_t first = spec->first / unit * unit;
    if (spec->last == UINT64_MAX) return fmt::format("bytes={}-", first);
    return fmt::format("bytes={}-{}", first, up(spec->last + 1) - 1);
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
    return fmt::format("bytes {}-{}/{}", range.offset, range.end() - 1, size);
}

std::string content_range_unsatisfied(std::uint64_t size) { return fmt::format("bytes */{}", size); }

}  // namespace outpost::cdn::policy
