// What a manifest leads to: all that a player could ask for. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/uri.hpp"

namespace outpost::server {

// Which renditions of the picture; sound and subtitles are always among it.
struct Renditions {
    enum class Kind { all, highest, heights } kind = Kind::all;
    std::vector<std::uint32_t> heights;
    bool operator==(const Renditions&) const = default;
};

// "all", "highest", "1080p", "2160p,720p". Nothing when it is anything else.
std::optional<Renditions> parse_renditions(std::string_view text);

struct Contents {
    std::vector<Uri> manifests;  // playlists to read in turn
    std::vector<Uri> media;      // init segments, segments, whole files
};

// Of an HLS playlist or an MPD at `at`, resolved. A live one leads to what it lists now. A Problem when it is
// neither, or has none of the wanted heights.
Outcome<Contents> contents_of(std::string_view text, const Uri& at, const Renditions& wanted);

struct Unread {
    Uri manifest;
    std::string why;
};

struct Plan {
    std::vector<Uri> all;        // manifests first, each once
    std::vector<Unread> unread;  // what these list is not known
};

// Reads `manifest` and what it leads to. A Problem when none of it can be wanted, or there is too much.
using ReadManifest = std::function<Outcome<std::string>(const Uri& at)>;
Outcome<Plan> make_plan(const Uri& manifest, const Renditions& wanted, const ReadManifest& read);

}  // namespace outpost::server
