#include "auth/numeric_date.hpp"

#include "base/units.hpp"

namespace outpost::auth {
namespace {
constexpr std::int64_t last_second = 253'402'300'799;  // 9999-12-31T23:59:59Z
}

std::optional<WallTime> from_numeric_date(std::int64_t seconds) {
    if (seconds < 0 || seconds > last_second) return std::nullopt;
    return WallTime{Seconds{seconds}};
}

std::optional<WallTime> from_numeric_date(double seconds) {
    // Written so that what is not a number fails it too.
    if (!(seconds >= 0 && seconds <= static_cast<double>(last_second))) return std::nullopt;
    return WallTime{Milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
}

std::optional<WallTime> from_numeric_date(const boost::json::value& value) {
    if (const auto* whole = value.if_int64()) return from_numeric_date(*whole);
    if (const auto* fraction = value.if_double()) return from_numeric_date(*fraction);
    return std::nullopt;  // unsigned: beyond 2^63
}

std::int64_t to_numeric_date(WallTime time) {
    return std::chrono::floor<Seconds>(time.time_since_epoch()).count();
}

}  // namespace outpost::auth
