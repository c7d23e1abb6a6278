#include "base/clock.hpp"

#include <array>

#include <fmt/format.h>

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

}  // namespace

WallTime wall_now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

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

}  // namespace outpost
