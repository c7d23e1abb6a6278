#include "manifest/hls/values.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace outpost::manifest::hls {
namespace {

constexpr std::uint64_t most_whole = 999'999;

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text, int digits) {
    const auto point = text.find('.');
    const auto whole = parse_unsigned(text.substr(0, point));
    if (!whole || *whole > most_whole) return std::nullopt;
    const std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
    if (!all_digits(fraction)) return std::nullopt;
    std::uint64_t value = *whole;
    for (int i = 0; i < digits; ++i) {
        const auto place = static_cast<std::size_t>(i);
        value = value * 10 + (place < fraction.size() ? static_cast<unsigned>(fraction[place] - '0') : 0U);
    }
    return value;
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_resolution(std::string_view text) {
    const auto by = text.find('x');
    if (by == std::string_view::npos) return std::nullopt;
    const auto width = parse_unsigned(text.substr(0, by));
    const auto height = parse_unsigned(text.substr(by + 1));
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    if (!width || !height || *width > most || *height > most) return std::nullopt;
    return std::pair{static_cast<std::uint32_t>(*width), static_cast<std::uint32_t>(*height)};
}

std::optional<RangeText> parse_byte_range(std::string_view text) {
    const auto at = text.find('@');
    const auto length = parse_unsigned(text.substr(0, at));
    if (!length) return std::nullopt;
    RangeText range{*length, std::nullopt};
    if (at != std::string_view::npos) {
        range.offset = parse_unsigned(text.substr(at + 1));
        if (!range.offset) return std::nullopt;
        if (range.length > std::numeric_limits<std::uint64_t>::max() - *range.offset) return std::nullopt;
    }
    return range;
}

}  // namespace outpost::manifest::hls
