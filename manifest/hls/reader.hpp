// Reads HLS playlists of others and our own: what a rewriter, a prefetcher and a simulated player need to
// know, beside the Document that keeps everything. Strict about structure (RFC 8216bis: "MUST fail to
// parse"), deaf to tags it doesn't know. Every Problem says name:line. Time and memory are linear in the
// text. Thread rule: pure functions, values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "manifest/hls/document.hpp"

namespace outpost::manifest::hls {

// EXTINF is decimal text; nine digits after the point hold all that anybody writes, exactly.
using Duration = std::chrono::nanoseconds;

// `line` is always the place of the thing's tag in Document::lines, counted from 0.

// EXT-X-STREAM-INF, or EXT-X-I-FRAME-STREAM-INF.
struct Variant {
    std::size_t line = 0;
    std::string uri;
    BitRate bandwidth;
    BitRate average_bandwidth;  // 0 when not given
    std::string codecs;
    std::uint32_t width = 0, height = 0;        // 0 when not given
    std::uint32_t frames_per_1000_seconds = 0;  // 0 when not given
    std::string video_range;                    // as written; "" means SDR
    std::string audio, subtitles;               // groups; "" for none
};

enum class RenditionType { audio, video, subtitles, closed_captions };

// EXT-X-MEDIA.
struct Rendition {
    std::size_t line = 0;
    RenditionType type = RenditionType::audio;
    std::string group, name, language;
    std::string uri;  // "" when the variant's own playlist carries it
    bool is_default = false, autoselect = false;
    std::string channels;
};

struct Multivariant {
    std::uint32_t version = 1;
    bool independent_segments = false;
    std::vector<Variant> variants;
    std::vector<Variant> iframe_variants;
    std::vector<Rendition> renditions;
};

// EXT-X-MAP.
struct Map {
    std::size_t line = 0;
    std::string uri;
    std::optional<ByteRange> range;
};

struct MediaSegment {
    std::size_t line = 0;      // of its EXTINF
    std::size_t uri_line = 0;  // of its URI
    std::string uri;
    Duration duration{0};
    std::optional<ByteRange> range;  // resolved: the offset is always known
    std::optional<std::size_t> map;  // the place of its map in MediaPlaylist::maps
    bool discontinuity = false;      // before it
    bool gap = false;
};

enum class PlaylistType { none, event, vod };

struct MediaPlaylist {
    std::uint32_t version = 1;
    std::chrono::seconds target_duration{0};
    std::uint64_t media_sequence = 0;
    std::uint64_t discontinuity_sequence = 0;
    PlaylistType type = PlaylistType::none;
    bool ended = false;
    bool iframes_only = false;
    bool independent_segments = false;
    std::vector<Map> maps;
    std::vector<MediaSegment> segments;

    [[nodiscard]] Duration duration() const;  // of all segments; the reader has checked that it fits
};

struct Playlist {
    Document document;
    std::variant<Multivariant, MediaPlaylist> facts;

    [[nodiscard]] const Multivariant* multivariant() const { return std::get_if<Multivariant>(&facts); }
    [[nodiscard]] const MediaPlaylist* media() const { return std::get_if<MediaPlaylist>(&facts); }
};

Outcome<Playlist> read(std::string_view text, std::string_view where, const Limits& limits = {});

}  // namespace outpost::manifest::hls
