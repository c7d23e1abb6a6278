// The only place that asks what time it is. Everything else takes time as an argument.
// Wall time may step; steady time never goes back. They are different types and do not mix.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace outpost {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

WallTime wall_now();
SteadyTime steady_now();
// The same as of the kernel's last tick, up to 10 ms ago, at a quarter of the cost: for deadlines, which are
// looked at a few times a second, and for what is told in seconds.
WallTime wall_tick();
SteadyTime steady_tick();

// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7).
std::string http_date(WallTime time);
// "2026-11-23T15:21:00.123Z" (RFC 3339); without fraction when it is zero.
std::string iso_time(WallTime time);
// The same back: in UTC (Z), the fraction of three digits or absent; a day that is in the calendar.
std::optional<WallTime> parse_iso_time(std::string_view text);

// A stretch of wall time; its end is not in it.
struct TimeWindow {
    WallTime from, until;
    bool operator==(const TimeWindow&) const = default;
};
// Two times with '/' between (ISO 8601), the first before the second.
std::optional<TimeWindow> parse_time_window(std::string_view text);

}  // namespace outpost
