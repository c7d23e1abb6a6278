// Whether files that are encoded already are renditions of one film. Thread rule: pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::media {

struct CopiedPicture {
    std::string name;  // the file, for the Problem
    Milliseconds length{0};
    std::uint32_t width = 0, height = 0;  // as shown
    Ratio frame_rate;
};

// The same length to one frame of the slowest file, the same shape to 2 %, and the same frame rate or a whole
// multiple of it. A Problem names two files and what they differ in.
Outcome<void> check_one_film(const std::vector<CopiedPicture>& pictures);

}  // namespace outpost::media
