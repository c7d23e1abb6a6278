// What stands serve: films of random bytes in the shape of real ones, the same for every server, made from a
// seed. As files under <folder>/www (a multivariant playlist, media playlists, an MPD, init and segments as
// files each, written through our own manifest writers), and the same segments as an asset of a library under
// <folder>/library, at the same URLs (/vod/<film>/…).
// Beside them checksums.txt: a line for each file under www, 16 hexadecimal digits of its XXH3-64, two
// blanks, its URL's path. It is served too, at /checksums.txt. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/process.hpp"
#include "base/result.hpp"

namespace outpost::bench {

// Everything of a kind is in `folder`, which is of that kind alone. It appears by one rename, on the disk
// already; what is there already and whole is kept, and made again when it is not. Kinds, and their films:
//  - "county": the film "county", 60 s in 4 s segments: video 2160p (25 Mb/s, segments of 12,500,000 bytes),
//    1440p (12 Mb/s), 1080p (6 Mb/s), 720p (2.5 Mb/s), and sound;
//  - "longtail": 200 films, "longtail-1" to "longtail-200", of 20 s, in 4 s segments at 3 Mb/s;
//  - "thin": the film "thin", 10 min in 2 s segments at 0.5 and 2 Mb/s;
//  - "sizes": the files /sizes/1536/1 to 16, /sizes/65536/…, /sizes/3145728/… and /sizes/13107200/…, and the
//    film "sizes" whose tracks have these names and segments of that many bytes, 16 each:
//    /vod/sizes/65536/1.m4s;
//  - "tiny": a film and files of a few KB, for tests.
Outcome<void> make_content(std::string_view kind, const std::filesystem::path& folder,
                           const Cancellation& cancellation);
// The kind of what make_content() made there; "" when it made nothing.
std::string content_kind(const std::filesystem::path& folder);

}  // namespace outpost::bench
