// What the library says of each object with CMSD-Static (CTA-5006): an edge passes it on and stores it, and
// so knows, without the manifest, what rendition a segment is of. Thread rule: pure.
#pragma once

#include <string>

#include "manifest/presentation.hpp"

namespace outpost::media {

// The height of a rendition in lines; CMSD has no key of its own for it.
inline constexpr auto cmsd_height_key = "com.outpost-h";

// Values of the field, dictionaries of structured fields: "br=5800, ot=v, com.outpost-h=1080". br is the
// track's peak bit rate in kbit/s, rounded up, in all three.
struct Cmsd {
    std::string init, segment, playlist;
};

Cmsd cmsd_of(const manifest::Track& track);

}  // namespace outpost::media
