#include "base/clock.hpp"

#include <array>
#include <ctime>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost {
namespace {

struct Parts {
    std::chrono::year_month_day date;
    std::chrono::weekday weekday;
    std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

Parts parts_of(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    return {std::chrono::year_month_day{day}, std::chrono::weekday{day}, std::chrono::hh_mm_ss{time - day}};
}

std::chrono::nanoseconds time_of(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);  // of these clocks it can't fail
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

// Digits where the shape has 0, and its own characters elsewhere.
bool has_shape(std::string_view text, std::string_view shape) {
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != shape[i]) return false;
    }
    return true;
}

}  // namespace

WallTime wall_now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

WallTime wall_tick() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        WallTime::clock::time_point{time_of(CLOCK_REALTIME_COARSE)});
}

SteadyTime steady_tick() { return SteadyTime{time_of(CLOCK_MONOTONIC_COARSE)}; }

std::string http_date(WallTime time) {
    static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Parts p = parts_of(time);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[p.weekday.c_encoding()],
                       static_cast<unsigned>(p.date.day()), months[static_cast<unsigned>(p.date.month()) - 1],
                       static_cast<int>(p.date.year()), p.time.hours().count(), p.time.minutes().count(),
                       p.time.seconds().count());
}

std::string iso_time(WallTime time) {
    const Parts p = parts_of(time);
    const auto fraction = p.time.subseconds().count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(p.date.year()),
                       static_cast<unsigned>(p.date.month()), static_cast<unsigned>(p.date.day()),
                       p.time.hours().count(), p.time.minutes().count(), p.time.seconds().count(),
                       fraction == 0 ? std::string{} : fmt::format(".{:03}", fraction));
}

std::optional<WallTime> parse_iso_time(std::string_view text) {
    const bool has_fraction = has_shape(text, "0000-00-00T00:00:00.000Z");
    if (!has_fraction && !has_shape(text, "0000-00-00T00:00:00Z")) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t digits) {
        return static_cast<unsigned>(*parse_unsigned(text.substr(at, digits)));
    };
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(number(0, 4))},
                                           std::chrono::month{number(5, 2)}, std::chrono::day{number(8, 2)}};
    const unsigned hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second} + std::chrono::milliseconds{has_fraction ? number(20, 3) : 0};
}

std::optional<TimeWindow> parse_time_window(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto from = parse_iso_time(text.substr(0, slash)), until = parse_iso_time(text.substr(slash + 1));
    if (!from || !until || *until <= *from) return std::nullopt;
    return TimeWindow{*from, *until};
}

}  // namespace outpost
