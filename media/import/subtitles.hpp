// Text tracks: WebVTT cut at the picture's borders and stored as an asset directory wants it.
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "media/asset.hpp"
#include "media/import/webvtt.hpp"

namespace outpost::media {

struct TextTrackPlan {
    std::string job;  // "s-zh"
    std::string language, name;
    bool is_default = false;
    std::vector<Milliseconds> borders;  // ascending; ends of the segments, the last is the film's end
};

// Writes <id>.vtt and <id>.full.vtt into `directory`.
Outcome<TrackFile> write_text_track(const Subtitles& subtitles, const TextTrackPlan& plan,
                                    const std::filesystem::path& directory);

}  // namespace outpost::media
