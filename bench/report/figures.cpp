#include "bench/report/figures.hpp"

#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace outpost::bench {
namespace {

// "80", "80.1", "8.01" and "0.801": three digits, and no zeros that say nothing.
std::string three_digits(double value) {
    if (value == 0) return "0";
    const int before = static_cast<int>(std::floor(std::log10(std::fabs(value)))) + 1;
    std::string text = fmt::format("{:.{}f}", value, std::min(std::max(3 - before, 0), 9));
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    }
    return text;
}

std::string scaled(double value, double step, std::span<const std::string_view> units) {
    std::size_t unit = 0;
    while (unit + 1 < units.size() && std::fabs(value) >= step * 0.9995) {
        value /= step;
        ++unit;
    }
    return fmt::format("{} {}", three_digits(value), units[unit]);
}

}  // namespace

std::string shown_count(std::uint64_t count) {
    const std::string digits = fmt::to_string(count);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string shown_number(double value) {
    return value >= 999.5 && value < 1e18 ? shown_count(static_cast<std::uint64_t>(std::llround(value)))
                                          : three_digits(value);
}

std::string shown_seconds(double seconds) {
    constexpr std::array<std::string_view, 4> units{"ns", "µs", "ms", "s"};
    return seconds == 0 ? "0" : scaled(seconds * 1e9, 1000, units);
}

std::string shown_time(Nanoseconds time) { return shown_seconds(static_cast<double>(time.count()) / 1e9); }

std::string shown_bytes(double bytes) {
    constexpr std::array<std::string_view, 6> units{"B", "KB", "MB", "GB", "TB", "PB"};
    return scaled(bytes, 1000, units);
}

std::string shown_memory(double bytes) {
    constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    return scaled(bytes, 1024, units);
}

std::string shown_rate(double bits_per_second) {
    constexpr std::array<std::string_view, 5> units{"b/s", "kb/s", "Mb/s", "Gb/s", "Tb/s"};
    return scaled(bits_per_second, 1000, units);
}

std::string shown_part(double part) { return three_digits(part * 100) + " %"; }

std::string shown_clock(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::max(0.0, std::round(seconds)));
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view several) {
    return fmt::format("{} {}", shown_count(count), count == 1 ? one : several);
}

}  // namespace outpost::bench
