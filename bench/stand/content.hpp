// What stands serve: films of random bytes in the shape of real ones, the same for every server, made from a
// seed. As files under <folder>/www (a multivariant playlist, media playlists, an MPD, init and segments as
// files each, written through our own manifest writers), and the same segments as an asset of a library under
// <folder>/library, at the same URLs (/vod/<film>/…). checksums.txt beside them: XXH3 of each file by URL.
// Thread rule: one thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/process.hpp"
#include "base/result.hpp"

namespace outpost::bench {

// "county" (a ladder up to 25 Mb/s with 4 s segments of 12.5 MB, 60 s, and sound), "longtail" (200 films of
// 20 s at 3 Mb/s), "thin" (0.5 and 2 Mb/s, 2 s segments, 10 min), "sizes" (/sizes/1536 /sizes/65536
// /sizes/3145728 /sizes/13107200, 16 files each: /sizes/65536/1…16, and a library film whose segments have 64
// KiB, 3 MB and 12.5 MB). What is there already and whole is kept.
Outcome<void> make_content(std::string_view kind, const std::filesystem::path& folder,
                           const Cancellation& cancellation);

}  // namespace outpost::bench
