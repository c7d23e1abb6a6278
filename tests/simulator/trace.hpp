// Made-up traffic of a video edge, for comparing eviction policies: the same seed makes the same trace
// anywhere. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace outpost::simulator {

// What the films are made of. A segment lasts 6 seconds.
struct Catalogue {
    unsigned films = 240;
    unsigned segments = 150;
};

struct Traffic {
    std::string name;
    Catalogue catalogue = {};
    unsigned sessions = 0;  // one plays one film at one rendition, from its start or from where it was left
    double zipf = 0.9;      // how unevenly films are liked
    unsigned premiere = 0;  // sessions of a flash crowd on one film that is new
    unsigned crawled = 0;   // films read whole by a crawler, each once, the least liked first
    bool crawled_in_halves = false;  // each object by two ranges, which count as two requests
    unsigned loose = 0;              // requests for single objects, without sessions
    unsigned shuffles = 0;           // how often a film changes places with one of the twenty best liked
    bool mixed = false;  // like a day of an edge: viewers and something else; S3-FIFO must be ahead
};

struct Trace {
    std::string name;
    bool mixed = false;
    std::vector<std::uint32_t> requests;  // objects in the order in which they are asked for
    std::vector<std::uint32_t> sizes;     // bytes of each object
    Bytes catalogue;                      // what all objects weigh together
};

// The traces that the simulator prints. `scale` divides all numbers of films, sessions and requests.
std::vector<Traffic> usual_traffic(unsigned scale);

Trace make_trace(const Traffic& traffic, std::uint64_t seed);

}  // namespace outpost::simulator
