#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "manifest/presentation.hpp"

namespace outpost::manifest {
namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_name = 256;
// Sums of media time stay where they can be scaled to microseconds in 128 bits and added without a thought.
constexpr std::int64_t most_ticks = std::int64_t{1} << 53;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 53;
constexpr std::int64_t most_seconds = 366 * 86'400;

bool is_word(std::string_view text, std::string_view also) {
    return text.size() <= longest_word && std::all_of(text.begin(), text.end(), [&](char c) {
               const char lower = ascii_lower(c);
               return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
                      also.find(c) != std::string_view::npos;
           });
}

bool is_name(std::string_view text) {
    return text.size() <= longest_name && is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
           });
}

// What is wrong with a segment's key frames, or "".
std::string wrong_key_frame(const Segment& segment) {
    for (const KeyFrame& key : segment.key_frames) {
        if (key.range.length == 0 || key.range.offset > segment.size ||
            key.range.length > segment.size - key.range.offset)
            return "has a key frame outside of its bytes";
        if (key.duration <= 0 || key.duration > most_ticks) return "has a key frame without duration";
        if (key.time < 0 || key.time >= segment.duration) return "has a key frame outside of its time";
    }
    return {};
}

std::string wrong_segments(const Track& track) {
    if (track.segments.empty()) return "has no segments";
    std::int64_t ticks = track.start;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < track.segments.size(); ++i) {
        const Segment& segment = track.segments[i];
        if (segment.duration <= 0) return fmt::format("has no duration in segment {}", i + 1);
        if (segment.duration > most_ticks - ticks || segment.size > most_bytes - bytes)
            return fmt::format("is too long to count from segment {} on", i + 1);
        ticks += segment.duration;
        bytes += segment.size;
        if (const std::string wrong = wrong_key_frame(segment); !wrong.empty())
            return fmt::format("{} in segment {}", wrong, i + 1);
    }
    if (ticks / track.timescale > most_seconds) return "lasts longer than a year";
    return {};
}

std::string wrong_track(const Track& track) {
    if (track.timescale == 0) return "has a timescale of 0";
    if (track.start < 0 || track.start > most_ticks) return "starts at a time below 0 or beyond counting";
    if (!is_word(track.language, "-")) return "has a language that is no BCP 47 tag";
    if (!is_name(track.name)) return "has a name that is no UTF-8, holds control characters or is too long";
    if (!is_word(track.codecs, ".-_+")) return "has a codec that is no single RFC 6381 name";
    if (track.codecs.empty() && track.kind != TrackKind::text) return "has no codec";
    if (track.kind == TrackKind::video) {
        if (track.width == 0 || track.height == 0) return "has no picture size";
        if (track.frame_rate.numerator == 0 || track.frame_rate.denominator == 0) return "has no frame rate";
    }
    if (track.kind == TrackKind::audio && (track.channels == 0 || track.sample_rate == 0))
        return "has no channels or no sample rate";
    return wrong_segments(track);
}

}  // namespace

bool is_track_id(std::string_view id) { return !id.empty() && id.front() != '.' && is_word(id, "._-"); }

Outcome<void> check(const Presentation& presentation) {
    const auto problem = [](std::string where, std::string what) {
        return Problem{std::move(where), std::move(what), "import the film again"};
    };
    if (presentation.periods.empty()) return problem("presentation", "there is no period");
    const std::vector<Track>& shape = presentation.periods.front().tracks;
    std::set<std::string_view> periods;
    for (const Period& period : presentation.periods) {
        if (period.id.empty() || !periods.insert(period.id).second)
            return problem("period", "its id is empty or taken by another period");
        const std::string where = fmt::format("period '{}'", period.id);
        if (!is_name(period.id)) return problem("period", "its id is no UTF-8 or holds control characters");
        if (std::none_of(period.tracks.begin(), period.tracks.end(),
                         [](const Track& track) { return track.kind != TrackKind::text; }))
            return problem(where, "there is neither video nor audio");
        if (!std::equal(period.tracks.begin(), period.tracks.end(), shape.begin(), shape.end(),
                        [](const Track& a, const Track& b) { return a.kind == b.kind; }))
            return problem(where, "its tracks are not of the same kinds as the first period's");
        std::set<std::string_view> ids;
        for (const Track& track : period.tracks) {
            if (!is_track_id(track.id)) return problem(where, "a track's id can't stand in a URL");
            const std::string at = fmt::format("{}, track '{}'", where, track.id);
            if (!ids.insert(track.id).second) return problem(at, "its id is taken by another track");
            if (std::string wrong = wrong_track(track); !wrong.empty()) return problem(at, std::move(wrong));
        }
    }
    return {};
}

}  // namespace outpost::manifest
