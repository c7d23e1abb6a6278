// What rendition a reply is of, as its CMSD-Static field tells (CTA-5006; media/library/cmsd.hpp): what a cap
// is held against where the manifest is not at hand. Thread rule: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/units.hpp"

namespace outpost::server {

struct RenditionFacts {
    std::uint32_t height = 0;  // lines; 0: not told
    BitRate bandwidth;         // the peak; 0: not told
    bool operator==(const RenditionFacts&) const = default;
};

// `header_lines` are "Name: value\r\n"…. Nothing when there is no CMSD-Static, when it does not parse, or
// when it tells neither. Without the field it costs a look at each line's name.
std::optional<RenditionFacts> rendition_of(std::string_view header_lines);

}  // namespace outpost::server
