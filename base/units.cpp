#include "base/units.hpp"

#include <array>
#include <limits>

#include <fmt/format.h>

namespace outpost {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<Unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 9> byte_units{{{"TiB", 1ULL << 40},
                                          {"GiB", 1ULL << 30},
                                          {"MiB", 1ULL << 20},
                                          {"KiB", 1ULL << 10},
                                          {"TB", 1'000'000'000'000},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"KB", 1000},
                                          {"B", 1}}};
constexpr std::array<Unit, 4> rate_units{
    {{"Gbps", 1'000'000'000}, {"Mbps", 1'000'000}, {"kbps", 1000}, {"bps", 1}}};

// A decimal number times its unit, exact in integers; nothing when the text is no such thing, is not whole in
// the smallest unit, or does not fit.
template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    const auto split = text.find_first_not_of("0123456789.");
    if (split == 0 || split == std::string_view::npos) return std::nullopt;
    const std::string_view number = text.substr(0, split);
    for (const Unit& unit : units) {
        if (text.substr(split) != unit.name) continue;
        unsigned __int128 value = 0;
        std::uint64_t scale = 1;
        bool dot = false;
        for (std::size_t i = 0; i < number.size(); ++i) {
            if (number[i] == '.') {
                if (dot || i == 0 || i + 1 == number.size()) return std::nullopt;
                dot = true;
                continue;
            }
            value = value * 10 + static_cast<unsigned>(number[i] - '0');
            if (dot) scale *= 10;
            if (value > most || scale > 1'000'000'000) return std::nullopt;
        }
        value *= unit.factor;
        if (value % scale != 0 || value / scale > most) return std::nullopt;
        return static_cast<std::uint64_t>(value / scale);
    }
    return std::nullopt;
}

template <std::size_t N>
std::string quantity_text(std::uint64_t value, const std::array<Unit, N>& units) {
    for (const Unit& unit : units) {
        if (value != 0 && value % unit.factor == 0)
            return fmt::format("{}{}", value / unit.factor, unit.name);
    }
    return fmt::format("{}{}", value, units.back().name);
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
    const auto n = parse_quantity(text, duration_units);
    if (!n) return std::nullopt;
    return Milliseconds{static_cast<std::int64_t>(*n)};
}

std::optional<Bytes> parse_bytes(std::string_view text) {
    const auto n = parse_quantity(text, byte_units);
    if (!n) return std::nullopt;
    return Bytes{*n};
}

std::optional<BitRate> parse_bit_rate(std::string_view text) {
    const auto n = parse_quantity(text, rate_units);
    if (!n) return std::nullopt;
    return BitRate{*n};
}

std::string to_text(Milliseconds duration) {
    const std::int64_t n = duration.count();
    if (n == 0) return "0s";
    return n < 0 ? "-" + to_text(-duration) : quantity_text(static_cast<std::uint64_t>(n), duration_units);
}
std::string to_text(Bytes size) { return quantity_text(size.count(), byte_units); }
std::string to_text(BitRate rate) { return quantity_text(rate.bits_per_second(), rate_units); }

Ticks Ticks::in(std::uint32_t other) const {
    const __int128 scaled = static_cast<__int128>(count) * other;
    const __int128 half = timescale / 2;
    const __int128 rounded = (scaled >= 0 ? scaled + half : scaled - half) / timescale;
    return {static_cast<std::int64_t>(rounded), other};
}

Milliseconds Ticks::to_milliseconds() const { return Milliseconds{in(1000).count}; }

std::strong_ordering operator<=>(const Ticks& a, const Ticks& b) {
    const __int128 left = static_cast<__int128>(a.count) * b.timescale;
    const __int128 right = static_cast<__int128>(b.count) * a.timescale;
    if (left < right) return std::strong_ordering::less;
    return left > right ? std::strong_ordering::greater : std::strong_ordering::equal;
}

}  // namespace outpost
