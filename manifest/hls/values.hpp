// The values of HLS tags, strictly: whole text or nothing. Thread rule: pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace outpost::manifest::hls {

// "4.004" with `digits` digits after the point kept, as an integer of that unit; the rest is cut off. Below
// 10^6 before the point.
std::optional<std::uint64_t> parse_decimal(std::string_view text, int digits);

// "1920x1080".
std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_resolution(std::string_view text);

// "length" or "length@offset" of EXT-X-BYTERANGE.
struct RangeText {
    std::uint64_t length = 0;
    std::optional<std::uint64_t> offset;
};
std::optional<RangeText> parse_byte_range(std::string_view text);

}  // namespace outpost::manifest::hls
