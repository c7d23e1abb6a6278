// The words of ffmpeg's command line. Thread rule: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/import/ladder.hpp"
#include "media/import/source.hpp"

namespace outpost::media {

struct VideoSettings {
    VideoCodec codec = VideoCodec::h264;
    std::string preset = "fast";
    Milliseconds segment{4000};
    // Instead of the constant quality: an average to hold, for the second try of a rendition whose peaks were
    // too far above its average.
    std::optional<BitRate> held_average;
};

// Decodes the picture once and encodes the renditions from it; rendition i comes out of output i as a
// fragmented MP4 with its key frames on the segments' borders.
std::vector<std::string> encode_video_words(const Source& source, const std::vector<Rendition>& renditions,
                                            const VideoSettings& settings);
// One sound track as AAC in stereo (mono stays mono), from time 0 of the picture, gaps filled with silence.
std::vector<std::string> encode_audio_words(const Source& source, std::size_t place);
// A stream as it is.
std::vector<std::string> copy_words(const Source& source, std::size_t place);
// A text stream as WebVTT on output 0.
std::vector<std::string> subtitle_words(const Source& source, std::size_t place);
// A JPEG picture of at most 640 by 640 on output 0.
std::vector<std::string> poster_words(const Source& source, Milliseconds at);

// Where the picture of VFR sources is counted, and else a timescale in which a frame is a whole number.
std::uint32_t video_timescale(const StreamTiming& timing);

}  // namespace outpost::media
