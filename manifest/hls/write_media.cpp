#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "manifest/hls/writer.hpp"

namespace outpost::manifest::hls {
namespace {

constexpr std::uint64_t million = 1'000'000;

// EXT-X-VERSION by RFC 8216bis section 8.
constexpr int version_of_float_durations = 3;
constexpr int version_of_map_in_iframes = 5;
constexpr int version_of_map = 6;

// Microseconds from the track's first segment to `ticks` later, rounded to the nearest.
std::uint64_t microseconds(std::int64_t ticks, std::uint32_t timescale) {
    const auto scaled = static_cast<unsigned __int128>(static_cast<std::uint64_t>(ticks)) * million;
    return static_cast<std::uint64_t>((scaled + timescale / 2) / timescale);
}

// Says durations so that they add up: each from the rounded end of the one before to its own rounded end.
class ExactDurations {
  public:
    explicit ExactDurations(std::uint32_t timescale) : timescale_{timescale} {}

    std::string next(std::int64_t ticks) {
        ticks_ += ticks;
        const std::uint64_t end = microseconds(ticks_, timescale_);
        const std::uint64_t duration = end - std::exchange(end_, end);
        return fmt::format("{}.{:06}", duration / million, duration % million);
    }

  private:
    std::uint32_t timescale_;
    std::int64_t ticks_ = 0;
    std::uint64_t end_ = 0;
};

// To the nearest second, from the microseconds rounded up: the longest that ExactDurations may say.
std::int64_t rounded_seconds(std::int64_t ticks, std::uint32_t timescale) {
    const auto scaled = static_cast<unsigned __int128>(static_cast<std::uint64_t>(ticks)) * million;
    const auto up = static_cast<std::uint64_t>((scaled + timescale - 1) / timescale);
    return static_cast<std::int64_t>((up + million / 2) / million);
}

std::string_view extension(const Track& track) { return track.kind == TrackKind::text ? "vtt" : "m4s"; }

void append_head(Document& out, int version, std::chrono::seconds target) {
    out.tag("EXTM3U");
    out.tag("EXT-X-VERSION", fmt::format("{}", version));
    out.tag("EXT-X-TARGETDURATION", fmt::format("{}", target.count()));
    out.tag("EXT-X-MEDIA-SEQUENCE", "1");
    out.tag("EXT-X-PLAYLIST-TYPE", "VOD");
}

void append_map(Document& out, const Stretch& stretch) {
    if (stretch.track->kind == TrackKind::text) return;
    out.tag("EXT-X-MAP", Attributes{}.quote("URI", stretch.prefix + "init.mp4").text());
}

// The track of this name and those in its place in the periods after it.
std::vector<Stretch> stretches_of(const Presentation& presentation, std::string_view id) {
    std::vector<Stretch> out;
    if (presentation.periods.empty()) return out;
    const std::vector<Track>& first = presentation.periods.front().tracks;
    const auto place = static_cast<std::size_t>(
        std::find_if(first.begin(), first.end(), [&](const Track& track) { return track.id == id; }) -
        first.begin());
    for (const Period& period : presentation.periods) {
        if (place >= period.tracks.size()) break;
        const Track& track = period.tracks[place];
        out.push_back({&track, track.id == id ? "" : fmt::format("../{}/", track.id)});
    }
    return out;
}

void append_pictures(Document& out, const Stretch& stretch) {
    ExactDurations durations{stretch.track->timescale};
    for (std::size_t i = 0; i < stretch.track->segments.size(); ++i) {
        for (const KeyFrame& key : stretch.track->segments[i].key_frames) {
            out.tag("EXTINF", durations.next(key.duration) + ",");
            out.tag("EXT-X-BYTERANGE", fmt::format("{}@{}", key.range.length, key.range.offset));
            out.uri(fmt::format("{}{}.m4s", stretch.prefix, i + 1));
        }
    }
}

}  // namespace

std::chrono::seconds target_duration(const Presentation& presentation) {
    std::int64_t most = 1;
    for (const Period& period : presentation.periods) {
        for (const Track& track : period.tracks) {
            if (track.kind == TrackKind::text) continue;
            most = std::max(most, rounded_seconds(track.longest_segment(), track.timescale));
        }
    }
    return std::chrono::seconds{most};
}

void append_stretches(Document& out, std::span<const Stretch> stretches) {
    for (std::size_t n = 0; n < stretches.size(); ++n) {
        const Track& track = *stretches[n].track;
        if (n > 0) out.tag("EXT-X-DISCONTINUITY");
        append_map(out, stretches[n]);
        ExactDurations durations{track.timescale};
        for (std::size_t i = 0; i < track.segments.size(); ++i) {
            out.tag("EXTINF", durations.next(track.segments[i].duration) + ",");
            out.uri(fmt::format("{}{}.{}", stretches[n].prefix, i + 1, extension(track)));
        }
    }
}

Document media_playlist(const Presentation& presentation, std::string_view track) {
    const std::vector<Stretch> stretches = stretches_of(presentation, track);
    const bool text = !stretches.empty() && stretches.front().track->kind == TrackKind::text;
    // Subtitles may have a target duration of their own in a finished presentation.
    std::chrono::seconds target{1};
    for (const Stretch& stretch : stretches) {
        target = std::max(target, std::chrono::seconds{rounded_seconds(stretch.track->longest_segment(),
                                                                       stretch.track->timescale)});
    }
    Document out;
    append_head(out, text ? version_of_float_durations : version_of_map,
                text ? target : target_duration(presentation));
    append_stretches(out, stretches);
    out.tag("EXT-X-ENDLIST");
    return out;
}

Document iframe_playlist(const Presentation& presentation, std::string_view track) {
    const std::vector<Stretch> stretches = stretches_of(presentation, track);
    std::int64_t target = 1;
    for (const Stretch& stretch : stretches) {
        for (const Segment& picture : stretch.track->key_frame_segments())
            target = std::max(target, rounded_seconds(picture.duration, stretch.track->timescale));
    }
    Document out;
    append_head(out, version_of_map_in_iframes, std::chrono::seconds{target});
    out.tag("EXT-X-I-FRAMES-ONLY");
    for (std::size_t n = 0; n < stretches.size(); ++n) {
        if (n > 0) out.tag("EXT-X-DISCONTINUITY");
        append_map(out, stretches[n]);
        append_pictures(out, stretches[n]);
    }
    out.tag("EXT-X-ENDLIST");
    return out;
}

}  // namespace outpost::manifest::hls
