// An asset that is being served: its files held open, its playlists and its MPD written out.
// What it holds stays playable when the directory is replaced or removed. Thread rule: immutable once opened.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/document.hpp"
#include "base/file.hpp"
#include "media/asset.hpp"
#include "media/library/cmsd.hpp"

namespace outpost::media {

struct OpenTrack {
    manifest::TrackKind kind = manifest::TrackKind::video;
    Fd file;
    std::uint64_t init_size = 0;
    std::vector<ByteRange> segments;  // segments[i] is number i + 1
    Document playlist;                // index.m3u8
    Document iframes;                 // iframes.m3u8, video only
    Document full_text;               // full.vtt, text only
    Cmsd cmsd;
};

struct OpenAsset {
    std::string id;
    FileFacts facts;  // of asset.json: other facts, other revision
    WallTime added;
    Document multivariant;  // index.m3u8
    Document mpd;           // index.mpd
    Document poster;        // empty text when there is none
    std::unordered_map<std::string, OpenTrack> tracks;
};

// The asset that an asset.json describes, held to all that serving it as `id` takes for granted.
Outcome<Asset> read_servable(const std::string& id, std::string_view json, const std::string& where);

// Waits for the disk: for a thread that may. `library` is the library directory. Errc::not_found when there
// is no such asset; otherwise a Problem's line is left in `why`.
Result<std::shared_ptr<const OpenAsset>> open_asset(const Fd& library, const std::string& id,
                                                    std::string& why);

}  // namespace outpost::media
