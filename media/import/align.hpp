// Where renditions that somebody else encoded can be cut: at the key frames that all of them have.
// Thread rule: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::media {

struct KeyFrameTimes {
    std::string name;                // the file, for the Problem
    std::vector<Milliseconds> keys;  // ascending, from the first picture
    Milliseconds frame{40};          // how long a picture is shown
    Milliseconds length{0};
};

// The longest segment that is taken: players reserve memory by it.
Milliseconds longest_segment(Milliseconds wanted);

// The segments' borders: the first common key frames at least `wanted` after each other. Times count as the
// same to half a frame. A Problem names the files and the first time where they part.
Outcome<std::vector<Ticks>> common_cuts(const std::vector<KeyFrameTimes>& renditions, Milliseconds wanted);

// The longest segment that these borders make of a film of `length`.
Milliseconds longest_part(const std::vector<Ticks>& cuts, Milliseconds length);

}  // namespace outpost::media
