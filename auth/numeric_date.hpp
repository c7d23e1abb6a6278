// Seconds since 1970 as tokens and keys write them (NumericDate of RFC 7519 section 2), with a fraction or
// without. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include <boost/json/value.hpp>

#include "base/clock.hpp"

namespace outpost::auth {

// Nothing before 1970 or after the year 9999: sums with a lifetime or a leeway then never wrap.
std::optional<WallTime> from_numeric_date(std::int64_t seconds);
std::optional<WallTime> from_numeric_date(double seconds);  // cut off to milliseconds
std::optional<WallTime> from_numeric_date(const boost::json::value& value);
std::int64_t to_numeric_date(WallTime time);  // whole seconds, cut off

}  // namespace outpost::auth
