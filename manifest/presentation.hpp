// The one model of what can be played. VOD is one finished period; later a channel is a window on many, and
// live is a window that grows. HLS and DASH are two ways of writing it down (manifest/hls, manifest/dash).
// All media time is integer ticks of the track's timescale. Thread rule: immutable values once built.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::manifest {

enum class TrackKind { video, audio, text };
enum class VideoRange { sdr, hlg, pq };

// A key frame inside a segment, for trick play: the bytes from `range.offset` (relative to the segment's
// first byte) that a decoder needs for this one picture, and its presentation time relative to the segment's
// start. In CMAF the bytes begin with the picture's movie fragment (moof) and end with the picture.
struct KeyFrame {
    ByteRange range;
    std::int64_t time = 0;      // ticks after the segment's start
    std::int64_t duration = 0;  // ticks until the next key frame
    bool operator==(const KeyFrame&) const = default;
};

// One segment. Its number is its place in the track, counted from 1, as in its URL.
struct Segment {
    std::int64_t duration = 0;  // ticks of the track's timescale, > 0
    std::uint64_t size = 0;     // bytes
    std::vector<KeyFrame> key_frames;
    bool operator==(const Segment&) const = default;
};

// One rendition of video, audio or text. URLs are <id>/init.mp4, <id>/<number>.m4s (text: <id>/<number>.vtt
// and, whole, <id>/full.vtt), <id>/index.m3u8, <id>/iframes.m3u8, all relative to the multivariant playlist
// and the MPD.
struct Track {
    std::string id;  // [A-Za-z0-9._-]+; names its content: other bytes, other id
    TrackKind kind = TrackKind::video;
    std::string codecs;    // RFC 6381, one codec: "avc1.640033", "mp4a.40.2", "wvtt"; "" for plain WebVTT
    std::string language;  // BCP 47, "und" when unknown
    std::string name;      // what a person picks it by: "English", "1080p"
    bool is_default = false;
    std::uint32_t timescale = 1;
    std::int64_t start = 0;  // earliest presentation time, ticks
    std::vector<Segment> segments;
    // video
    std::uint32_t width = 0, height = 0;
    Ratio frame_rate;  // frames a second
    VideoRange video_range = VideoRange::sdr;
    // audio
    std::uint32_t channels = 0, sample_rate = 0;

    // Sums stop at the type's largest value; check() refuses a track that would get there.
    [[nodiscard]] std::int64_t duration() const;                    // ticks, the segments' sum
    [[nodiscard]] std::int64_t longest_segment() const;             // ticks; 0 without segments
    [[nodiscard]] std::uint64_t size() const;                       // bytes of all segments
    [[nodiscard]] BitRate average_bit_rate() const;                 // all bytes over all time, rounded up
    [[nodiscard]] BitRate peak_bit_rate() const;                    // of its segments, see below
    [[nodiscard]] std::vector<Segment> key_frame_segments() const;  // each key frame as a segment of its own
    bool operator==(const Track&) const = default;
};

struct Period {
    std::string id;  // stable
    std::vector<Track> tracks;
    bool operator==(const Period&) const = default;
};

struct Presentation {
    std::vector<Period> periods;

    // The longest track of each period, rounded up, summed.
    [[nodiscard]] Milliseconds duration() const;
    bool operator==(const Presentation&) const = default;
};

// The longest track of a period (text only if there is nothing else), rounded up so that nothing is cut.
Milliseconds duration_of(const Period& period);

// "Peak segment bit rate" of RFC 8216bis: the largest bit rate of any run of consecutive segments that lasts
// between 0.5 and 1.5 times the target duration, here the longest segment. Rounded up. Linear: of the runs
// with the same first segment it looks at the shortest that counts and at most 256 longer ones.
BitRate peak_bit_rate(std::span<const Segment> segments, std::uint32_t timescale);
BitRate average_bit_rate(std::span<const Segment> segments, std::uint32_t timescale);

// The letters of track ids: they stand in URLs and in playlists bare.
bool is_track_id(std::string_view id);

// Says what keeps a presentation from being written as playlists: what the writers take for granted. Periods
// have the same tracks by place and kind, so that one media playlist can lead through all of them.
Outcome<void> check(const Presentation& presentation);

}  // namespace outpost::manifest
