#include "media/import/subtitles.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace outpost::media {
namespace {

constexpr std::size_t most_written = 256 << 20;  // cues that last for hours are repeated in every segment

}  // namespace

Outcome<TrackFile> write_text_track(const Subtitles& subtitles, const TextTrackPlan& plan,
                                    const std::filesystem::path& directory) {
    TrackFile file;
    std::string all;
    Milliseconds from{0};
    for (const Milliseconds to : plan.borders) {
        const std::string document = write_webvtt_segment(subtitles, from, to);
        if (all.size() + document.size() > most_written) {
            return Problem{plan.name, "its cues last so long that they would fill 256 MiB", "shorten them"};
        }
        manifest::Segment segment;
        segment.duration = (to - from).count();
        segment.size = document.size();
        file.offsets.push_back(all.size());
        file.track.segments.push_back(std::move(segment));
        all += document;
        from = to;
    }
    manifest::Track& track = file.track;
    track.id = fmt::format("{}-{}", plan.job, to_hex(XXH3_64bits(all.data(), all.size())).substr(0, 8));
    track.kind = manifest::TrackKind::text;
    track.language = plan.language;
    track.name = plan.name;
    track.is_default = plan.is_default;
    track.timescale = 1000;
    file.file = track.id + ".vtt";
    file.full_file = track.id + ".full.vtt";
    if (auto done = write_file_atomically(directory / file.file, all); !done) return done.error();
    if (auto done = write_file_atomically(directory / file.full_file, write_webvtt(subtitles)); !done) {
        return done.error();
    }
    return file;
}

}  // namespace outpost::media
