// The values of MPD attributes. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.hpp"

namespace outpost::manifest::dash {

// xs:duration: "PT1H2M3.5S" to the millisecond, rounded up. Years and months, whose length depends on a date,
// signs, and more than 100 years are refused.
std::optional<Milliseconds> parse_xs_duration(std::string_view text);
// "PT3723.5S": seconds alone, without zeros at the end. For 0 and more.
std::string xs_duration(Milliseconds duration);

// "24000/1001" or "25".
std::optional<Ratio> parse_frame_rate(std::string_view text);

// What stands for the identifiers of a template (ISO 23009-1 section 5.3.9.4.4).
struct TemplateValues {
    std::string_view representation;
    std::uint64_t number = 0;
    std::uint64_t time = 0;
    std::uint64_t bandwidth = 0;
};
// "$RepresentationID$/$Number%05d$.m4s" with its identifiers replaced and $$ as $; what is unknown stays.
std::string expand_template(std::string_view text, const TemplateValues& values);

}  // namespace outpost::manifest::dash
