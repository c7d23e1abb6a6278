// What each kind of content is made of: films, their tracks, and plain files. Facts only; content.cpp makes
// the bytes. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/asset.hpp"

namespace outpost::bench {

struct TrackShape {
    std::string id;  // in URLs: what a scenario's paths name
    manifest::TrackKind kind = manifest::TrackKind::video;
    std::uint64_t segment_bytes = 0;  // each: a limit that is found should not depend on which came last
    std::uint32_t width = 0, height = 0;
};

struct FilmShape {
    std::string id;
    Milliseconds segment{0};  // of all tracks
    std::uint32_t segments = 0;
    std::vector<TrackShape> tracks;
};

struct PlainShape {  // /sizes/<bytes>/1 … count
    std::uint64_t bytes = 0;
    std::uint32_t count = 0;
};

struct ContentShape {
    std::vector<FilmShape> films;
    std::vector<PlainShape> plain;
};

constexpr std::uint64_t init_bytes = 1024;  // of each track's init segment

std::optional<ContentShape> shape_of(std::string_view kind);
// As `outpost import` would describe it.
media::Asset asset_of(const FilmShape& film);

}  // namespace outpost::bench
