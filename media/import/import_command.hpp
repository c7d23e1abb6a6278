// `outpost import`: from film files to an asset of the library, all or nothing. Thread rule: one thread;
// blocks until done; the cancellation may be requested from a signal handler.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"
#include "media/asset.hpp"
#include "media/import/ladder.hpp"

namespace outpost::media {

struct SubtitleFile {
    std::filesystem::path path;
    std::string language;  // BCP 47
    std::string name;      // empty: the language's name
};

struct ImportOptions {
    std::vector<std::filesystem::path> files;
    std::filesystem::path library;
    std::string id;     // empty: from the first file's name
    std::string title;  // empty: the first file's name
    LadderTop ladder = LadderTop::uhd;
    bool copy = false;                // take what is encoded already as it is
    std::optional<VideoCodec> codec;  // none: h264, and hevc for HDR
    Milliseconds segment{4000};
    std::vector<SubtitleFile> subtitles;
    std::string preset = "fast";
    bool replace = false;
    bool quiet = false;
    bool top_as_is = false;  // the source is the largest rendition already, key frames and all (the demo)
};

struct Imported {
    Asset asset;
    std::filesystem::path directory;
    std::vector<std::string> notes;  // what the user should know: streams left out, peaks above bounds
};

// "PATH:lang:name", "PATH:lang" or "PATH".
Outcome<SubtitleFile> parse_subtitle_option(const std::string& text);
bool is_preset(std::string_view word);

// Problems name the file and what to do; the library is as before, but for finished renditions in its
// .importing/ that a rerun takes up.
Outcome<Imported> import_film(const ImportOptions& options, const Cancellation& cancellation);

}  // namespace outpost::media
