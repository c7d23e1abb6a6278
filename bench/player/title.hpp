// A film as a simulated box knows it, from HLS or DASH: media, their renditions, their segments with URLs.
// Made from the manifests' texts by our own readers. Thread rule: immutable once made; boxes share it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::bench {

using Nanoseconds = std::chrono::nanoseconds;

struct Piece {
    std::string url;  // absolute
    std::optional<ByteRange> range;
    Nanoseconds duration{0};
};

struct Rendition {
    BitRate bit_rate;
    std::uint32_t height = 0;
    std::string playlist;  // HLS: its media playlist's URL, to be read before `init` and `segments` are known
    std::optional<Piece> init;
    std::vector<Piece> segments;
    // A live HLS playlist, without EXT-X-ENDLIST: its first segment's media sequence number, and how often it
    // is to be read again (the target duration; 0: it is whole).
    std::uint64_t first_sequence = 0;
    Nanoseconds reload_every{0};

    [[nodiscard]] Nanoseconds duration() const;  // of all segments
};

struct Medium {
    bool video = false;
    std::vector<Rendition> renditions;  // by rising bit rate, never empty
};

struct Title {
    std::vector<Medium> media;  // video first; audio, one, where it is apart. Text is not fetched.
    bool dash = false;
};

// From a multivariant playlist, a media playlist alone, or an MPD. `url` is where the text came from. Of
// several codecs the one with most renditions is taken, of several languages the default one. Refused, beside
// what can't be read: live MPDs, several periods, and segments that SegmentTemplate doesn't give.
Outcome<Title> read_title(std::string_view text, const std::string& url);
// What a media playlist says: a rendition's init and segments, which last longer than nothing.
Outcome<Rendition> read_rendition(std::string_view text, const std::string& url);

// The same, read once for all boxes of a thread that get the same text from the same URL while one of them
// holds it: a film of two hours would else be in memory a thousand times.
Outcome<std::shared_ptr<const Title>> shared_title(std::string_view text, const std::string& url);
Outcome<std::shared_ptr<const Rendition>> shared_rendition(std::string_view text, const std::string& url);

}  // namespace outpost::bench
