// Writes a Presentation as HLS (RFC 8216bis, draft 22), byte for byte the same for the same input. All URIs
// are relative: to the multivariant playlist, <track>/index.m3u8 and <track>/iframes.m3u8; to those,
// init.mp4, 1.m4s, 1.vtt. The presentation is one that check() accepts. Thread rule: pure functions.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "manifest/hls/document.hpp"
#include "manifest/presentation.hpp"

namespace outpost::manifest::hls {

struct MultivariantOptions {
    // Players without a measured bandwidth begin with the first variant. It is the best one whose average is
    // at most this, of the video that most boxes can decode: a picture at once on a thin line, and not the
    // poorest one while the first measurement is awaited. (Apple asks for about 2 Mb/s on a fixed line; a
    // 4K box gets a little more.)
    BitRate start_up = BitRate{3'000'000};
};

// index.m3u8: one EXT-X-STREAM-INF for each pair of a video and an audio group (without video: for each
// group), led by the start-up variant, the rest from the thinnest to the fattest. It describes the first
// period; later ones play by the same variants, see check().
//  - BANDWIDTH and AVERAGE-BANDWIDTH are measured: the video and the fattest audio of its group and the
//    fattest subtitles together.
//  - A group holds the renditions of one codec and channel count. All groups must have the same members (RFC
//    8216bis section 4.4.6.1.1), so a language that one lacks is taken from the first that has it.
Document multivariant_playlist(const Presentation& presentation, const MultivariantOptions& options = {});

// <track>/index.m3u8, finished (VOD), through all periods.
Document media_playlist(const Presentation& presentation, std::string_view track);

// <track>/iframes.m3u8, finished: every key frame of a video track as a byte range of its segment. A segment
// in which no key frame is known is left out.
Document iframe_playlist(const Presentation& presentation, std::string_view track);

// A stretch of a media playlist: a track and how to get to its directory from the playlist ("" when it is
// the playlist's own; else it ends in '/'). Between two stretches stand EXT-X-DISCONTINUITY and a new
// EXT-X-MAP.
struct Stretch {
    const Track* track = nullptr;
    std::string prefix;
};

// The lines of the stretches: what media_playlist() puts between its head and EXT-X-ENDLIST. EXTINF is exact
// to the microsecond in sum: each is the difference of two rounded times, so that nothing drifts.
void append_stretches(Document& out, std::span<const Stretch> stretches);

// EXT-X-TARGETDURATION of every audio and video playlist of a presentation, which must be the same in all of
// them (RFC 8216bis section 6.2.4): the longest segment, rounded to the nearest second, at least 1.
std::chrono::seconds target_duration(const Presentation& presentation);

}  // namespace outpost::manifest::hls
