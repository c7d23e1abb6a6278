// Which renditions a film gets: sizes and bit rates of Apple's HLS authoring table for HEVC, 1.7 times as
// much for H.264, never larger than the source. Thread rule: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "manifest/presentation.hpp"

namespace outpost::media {

enum class VideoCodec { h264, hevc };
enum class LadderTop { uhd, hd, sd };  // 2160p, 1080p, 540p and what is below

std::optional<VideoCodec> parse_video_codec(std::string_view word);
std::optional<LadderTop> parse_ladder_top(std::string_view word);

struct Rendition {
    std::string name;                     // "2160p"
    std::uint32_t width = 0, height = 0;  // even
    BitRate average;                      // what the table gives; quality decides below `peak`
    BitRate peak;                         // the decoder buffer's fill rate; it holds one second of it
};

struct LadderSource {
    std::uint32_t width = 0, height = 0;
    Ratio frame_rate;
    manifest::VideoRange range = manifest::VideoRange::sdr;
};

// Largest first, at least one. A wide film's "2160p" is 3840 wide and less than 2160 high.
std::vector<Rendition> plan_ladder(const LadderSource& source, VideoCodec codec, LadderTop top);

// The whole number of frames nearest to the wanted segment length, at least 1.
std::uint32_t frames_of_segment(Milliseconds segment, Ratio frame_rate);

}  // namespace outpost::media
