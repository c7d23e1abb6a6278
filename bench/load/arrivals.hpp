// When the clients of a crowd come. Thread rule: pure.
#pragma once

#include <vector>

#include "bench/load/random.hpp"
#include "bench/player/title.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

// `count` times from the start of the run, rising. Poisson: gaps of mean over/count, so that the last may
// come after `over`. Flash: a normal distribution about the middle, a sixth of `over` wide, cut at its ends.
std::vector<Nanoseconds> arrivals(Arrival arrival, std::uint32_t count, Milliseconds start, Milliseconds over,
                                  std::uint64_t seed);

}  // namespace outpost::bench
