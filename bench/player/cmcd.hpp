// CMCD version 1 (CTA-5004): what a player tells of itself with each request. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.hpp"
#include "bench/player/throughput.hpp"

namespace outpost::bench {

enum class CmcdObject { manifest, init, video, audio, muxed };

struct CmcdFacts {
    CmcdObject object = CmcdObject::manifest;
    std::string session, content;  // sid, cid: at most 64 and 128 characters
    bool dash = false, live = false;
    BitRate encoded, top;                 // br, tb; 0: not said
    Nanoseconds duration{0};              // d
    std::optional<Nanoseconds> buffered;  // bl, and dl: at normal speed it is wanted when the buffer ends
    BitRate throughput;                   // mtp; 0: not said
    bool starved = false;                 // bs: the buffer was empty since the request before
    bool starting = false;                // su: wanted at once, because there is nothing to show
    std::string next;                     // nor: path of the next object, relative to this one; "": not said
};
// The keys in order of the alphabet, as a list: br=3200,bs,d=4004,… Lengths in ms and mtp are rounded to
// hundreds as the standard asks.
std::string cmcd_list(const CmcdFacts& facts);
// For a query, and for nor inside of it.
std::string percent_encoded(std::string_view text);

}  // namespace outpost::bench
