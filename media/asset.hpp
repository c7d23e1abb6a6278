// An asset directory: what `outpost import` writes and the library serves.
//
//   <library>/<id>/asset.json      this description: tracks, segment sizes and durations (written last)
//   <library>/<id>/<track>.mp4     CMAF: ftyp+moov (the init segment), then the segments one after the other
//   <library>/<id>/<track>.vtt     text tracks: segments (each a whole WebVTT document) one after the other
//   <library>/<id>/<track>.full.vtt  text tracks: the whole text as one WebVTT document, for DASH
//   <library>/<id>/poster.jpg
//
// A track's id ends in a hash of its bytes, so its URLs never change their content. A directory appears by
// one rename. Thread rule: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "manifest/presentation.hpp"

namespace outpost::media {

struct TrackFile {
    manifest::Track track;
    std::string file;             // name inside the directory
    std::uint64_t init_size = 0;  // bytes of the init segment at the front; 0 for text
    // Where a segment lies in `file`: offsets[i], for track.segments[i].size bytes.
    std::vector<std::uint64_t> offsets;
    std::string full_file;  // text only
};

struct Asset {
    std::string id;  // [a-z0-9][a-z0-9._-]{0,63}, the directory's name
    std::string title;
    WallTime added;
    bool has_poster = false;
    std::vector<TrackFile> tracks;

    [[nodiscard]] manifest::Presentation presentation() const;
};

bool is_asset_id(std::string_view id);

// asset.json, both ways. The reader is strict (it may be handed a hostile file): every bound is checked, sums
// can't overflow, names can't leave the directory. `where` names the file in the Problem.
std::string write_asset(const Asset& asset);
Outcome<Asset> read_asset(std::string_view json, const std::string& where);

// An import under way announces itself in <library>/.importing/<id>/progress.json (replaced atomically, at
// most twice a second): {"id","title","stage","percent","seconds_left"|null,"pid"}.
struct ImportProgress {
    std::string id, title, stage;
    double percent = 0;
    std::optional<std::int64_t> seconds_left;
    int pid = 0;  // of the importing process: when it is gone the entry is stale
};
std::string write_progress(const ImportProgress& progress);
Outcome<ImportProgress> read_progress(std::string_view json, const std::string& where);

}  // namespace outpost::media
