// What a film file holds, as ffprobe tells: streams, and (after reading all its packets) exactly how long it
// is, whether its frame rate is constant and where its key frames are. Thread rule: values; probing blocks.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "manifest/presentation.hpp"

namespace outpost::media {

struct SourceStream {
    int index = 0;  // as ffmpeg counts streams
    manifest::TrackKind kind = manifest::TrackKind::video;
    std::string codec;  // ffmpeg's name
    std::string language = "und";
    std::string title;
    bool is_default = false;
    std::uint32_t timescale = 1;          // ticks of `ticks_per` seconds
    std::uint32_t ticks_per = 1;          // time base = ticks_per / timescale
    std::uint32_t width = 0, height = 0;  // as shown: pixels made square, rotation applied
    Ratio nominal_rate, average_rate;
    std::string pixel_format, transfer, primaries, matrix, levels;
    bool interlaced = false;
    std::uint32_t channels = 0, sample_rate = 0;

    [[nodiscard]] manifest::VideoRange video_range() const;
};

// What reading every packet tells of one stream.
struct StreamTiming {
    std::uint64_t packets = 0;
    std::int64_t first = 0;  // presentation time of the first packet (video: of the first key frame), ticks
    std::int64_t end = 0;    // greatest presentation time plus its duration
    // video, presentation times after `first`, ascending
    std::vector<std::int64_t> frames;
    std::vector<std::int64_t> key_frames;
    std::optional<Ratio> constant_rate;  // when every frame sits on its grid
    Milliseconds length{0};              // from `first` to `end`
};

struct Source {
    std::filesystem::path path;
    std::string format;
    std::optional<Milliseconds> declared;  // how long its container says it is
    Milliseconds start{0};
    std::int64_t start_microseconds = 0;
    std::vector<SourceStream> streams;
    std::vector<StreamTiming> timing;  // by place in `streams`
    std::vector<std::string> notes;    // what was left out, for the user

    [[nodiscard]] std::optional<std::size_t> video() const;  // place of the picture to take
    [[nodiscard]] Milliseconds length() const;               // of the longest stream
};

// Reads the file's head and all its packets. Problems: not there, empty, not media, cut short.
Outcome<Source> open_source(const std::filesystem::path& path, const Cancellation& cancellation);

// The rate whose grid every presentation time (in units of ticks_per / timescale seconds) is on, to less than
// half a frame and without gaps. Pure.
std::optional<Ratio> constant_rate(const std::vector<std::int64_t>& frames, const SourceStream& stream);

std::string seconds_text(Milliseconds time);  // "12.3 s", for people

// The name that ffmpeg takes for a file of any name.
std::string input_name(const std::filesystem::path& path);

}  // namespace outpost::media
