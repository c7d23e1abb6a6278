// Writing the few boxes of a CMAF track (ISO/IEC 23000-19): an init segment made from the header that the
// encoder's muxer wrote, and one moof per segment. Where pictures are decoded in another order than they are
// presented, they are presented later than decoded by `media_time`, and an edit list of one entry takes that
// off again: the form that browsers, ExoPlayer and ffmpeg all understand (ffmpeg would show pictures with
// negative composition offsets late against the sound). Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "media/mp4/fragment.hpp"

namespace outpost::media::mp4 {

// ftyp + moov. The muxer's edit lists and user data are left out; all else stays.
Outcome<std::string> write_init(std::string_view moov_body, std::int64_t media_time);

// moof plus the head of the mdat that follows with the samples' bytes, in their order.
std::string write_segment_head(std::uint32_t sequence, std::uint32_t track_id, std::int64_t media_time,
                               std::span<const Sample> samples);

}  // namespace outpost::media::mp4
