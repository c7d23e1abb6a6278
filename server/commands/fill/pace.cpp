#include "server/commands/fill/pace.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::server {
namespace {

constexpr Seconds day{86'400};
// What late wake-ups have left unused may be made up for, up to this.
constexpr Milliseconds slack{100};

std::optional<Seconds> parse_time(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hours = parse_unsigned(text.substr(0, 2)), minutes = parse_unsigned(text.substr(3));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return Seconds{*hours * 3600 + *minutes * 60};
}

}  // namespace

SteadyTime Pace::took(std::uint64_t bytes, SteadyTime now) {
    if (most_.bits_per_second() == 0) return now;
    const std::chrono::duration<double> costs{static_cast<double>(bytes) * 8 /
                                              static_cast<double>(most_.bits_per_second())};
    const std::lock_guard lock{mutex_};
    paid_until_ =
        std::max(paid_until_, now - slack) + std::chrono::duration_cast<SteadyTime::duration>(costs);
    return paid_until_;
}

std::optional<Between> parse_between(std::string_view text) {
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    const auto from = parse_time(text.substr(0, 5)), until = parse_time(text.substr(6));
    if (!from || !until || *from == *until) return std::nullopt;
    return Between{*from, *until};
}

Seconds until_open(const Between& between, Seconds of_day) {
    const bool over_midnight = between.from > between.until;
    const bool open = over_midnight ? of_day >= between.from || of_day < between.until
                                    : of_day >= between.from && of_day < between.until;
    return open ? Seconds{0} : (between.from - of_day + day) % day;
}

Seconds local_time_of_day(WallTime now) {
    const std::time_t seconds = std::chrono::floor<Seconds>(now).time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return Seconds{local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec};
}

std::string clock_of_day(Seconds of_day) {
    return fmt::format("{:02}:{:02}", of_day.count() / 3600 % 24, of_day.count() / 60 % 60);
}

}  // namespace outpost::server
