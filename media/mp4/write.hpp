// Writing the few boxes of a CMAF track (ISO/IEC 23000-19): an init segment made from the header that the
// encoder's muxer wrote, and one moof per segment. No edit lists: the first picture is presented at its
// decode time and B pictures have negative composition offsets (brand cmf2). Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "media/mp4/fragment.hpp"

namespace outpost::media::mp4 {

// ftyp + moov. Edit lists and user data are left out; all else stays.
Outcome<std::string> write_init(std::string_view moov_body);

// moof plus the head of the mdat that follows with the samples' bytes, in their order.
std::string write_segment_head(std::uint32_t sequence, std::uint32_t track_id,
                               std::span<const Sample> samples);

}  // namespace outpost::media::mp4
