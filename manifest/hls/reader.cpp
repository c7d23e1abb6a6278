#include "manifest/hls/reader.hpp"

#include <algorithm>
#include <array>

#include "manifest/hls/reading.hpp"

namespace outpost::manifest::hls {
namespace {

// The tags that make a playlist one kind or the other (RFC 8216bis sections 4.4.2 to 4.4.4 and 4.4.6).
constexpr std::array<std::string_view, 6> multivariant_tags{
    "EXT-X-MEDIA",        "EXT-X-STREAM-INF",  "EXT-X-I-FRAME-STREAM-INF",
    "EXT-X-SESSION-DATA", "EXT-X-SESSION-KEY", "EXT-X-CONTENT-STEERING"};
constexpr std::array<std::string_view, 20> media_tags{"EXTINF",
                                                      "EXT-X-BYTERANGE",
                                                      "EXT-X-DISCONTINUITY",
                                                      "EXT-X-KEY",
                                                      "EXT-X-MAP",
                                                      "EXT-X-PROGRAM-DATE-TIME",
                                                      "EXT-X-GAP",
                                                      "EXT-X-BITRATE",
                                                      "EXT-X-PART",
                                                      "EXT-X-TARGETDURATION",
                                                      "EXT-X-MEDIA-SEQUENCE",
                                                      "EXT-X-DISCONTINUITY-SEQUENCE",
                                                      "EXT-X-ENDLIST",
                                                      "EXT-X-PLAYLIST-TYPE",
                                                      "EXT-X-I-FRAMES-ONLY",
                                                      "EXT-X-PART-INF",
                                                      "EXT-X-SERVER-CONTROL",
                                                      "EXT-X-SKIP",
                                                      "EXT-X-PRELOAD-HINT",
                                                      "EXT-X-RENDITION-REPORT"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Outcome<Playlist> read(std::string_view text, std::string_view where, const Limits& limits) {
    Outcome<Document> document = parse(text, where, limits);
    if (!document) return document.error();
    Playlist playlist{std::move(*document), {}};
    const Reading in{playlist.document, where, limits};
    bool multivariant = false;
    bool media = false;
    for (std::size_t i = 1; i < playlist.document.lines.size(); ++i) {
        const std::string_view name = playlist.document.lines[i].name();
        if (name == "EXTM3U") return in.at(i, "EXTM3U is there twice");
        multivariant = multivariant || among(multivariant_tags, name);
        media = media || among(media_tags, name);
        if (multivariant && media)
            return in.at(i, "tags of a multivariant and of a media playlist in the same text");
    }
    if (multivariant) {
        Outcome<Multivariant> facts = read_multivariant(in);
        if (!facts) return facts.error();
        playlist.facts = std::move(*facts);
    } else {
        Outcome<MediaPlaylist> facts = read_media(in);
        if (!facts) return facts.error();
        playlist.facts = std::move(*facts);
    }
    return playlist;
}

}  // namespace outpost::manifest::hls
