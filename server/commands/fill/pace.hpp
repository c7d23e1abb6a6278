// When outpost fill may go on: at most so many bits a second, and only between two times of the day.
// Thread rule: Pace from any thread; the rest pure functions.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace outpost::server {

// One rate for all who take.
class Pace {
  public:
    // 0: no limit.
    explicit Pace(BitRate most) : most_{most} {}
    // `bytes` have been taken: whoever took them takes more at that time at the earliest.
    SteadyTime took(std::uint64_t bytes, SteadyTime now);

  private:
    const BitRate most_;
    std::mutex mutex_;
    SteadyTime paid_until_{};
};

// Local times of the day; from later than until: over midnight.
struct Between {
    Seconds from{0}, until{0};
    bool operator==(const Between&) const = default;
};

// "01:00-06:00". Nothing when it is anything else, or both are the same.
std::optional<Between> parse_between(std::string_view text);
// How long until it is open; 0 when it is.
Seconds until_open(const Between& between, Seconds of_day);
Seconds local_time_of_day(WallTime now);
std::string clock_of_day(Seconds of_day);  // "01:00"

}  // namespace outpost::server
