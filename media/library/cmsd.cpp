#include "media/library/cmsd.hpp"

#include <fmt/format.h>

namespace outpost::media {
namespace {

constexpr char init_type = 'i';
constexpr char manifest_type = 'm';

char segment_type(manifest::TrackKind kind) {
    switch (kind) {
        case manifest::TrackKind::video: return 'v';
        case manifest::TrackKind::audio: return 'a';
        case manifest::TrackKind::text: break;
    }
    return 'c';
}

}  // namespace

Cmsd cmsd_of(const manifest::Track& track) {
    const std::uint64_t peak = track.peak_bit_rate().bits_per_second();
    const std::uint64_t kilobits = peak / 1000 + (peak % 1000 != 0 ? 1 : 0);
    const bool video = track.kind == manifest::TrackKind::video;
    const std::string height = video ? fmt::format(", {}={}", cmsd_height_key, track.height) : "";
    const auto text = [&](char type) { return fmt::format("br={}, ot={}{}", kilobits, type, height); };
    return {text(init_type), text(segment_type(track.kind)), text(manifest_type)};
}

}  // namespace outpost::media
