// Which rendition is fetched next: the rules of dash.js (throughput, BOLA, DYNAMIC) and of ExoPlayer as pure
// functions of what a player knows. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/units.hpp"
#include "bench/player/throughput.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

struct AdaptationFacts {
    std::span<const BitRate> rates;      // of the renditions, rising, never empty
    std::vector<bool> usable;            // not excluded; as many. If none is, all are
    std::optional<std::size_t> current;  // the rendition of the segment before
    Nanoseconds buffered{0};
    Nanoseconds segment{0};       // how long a segment is, about
    BitRate estimate;             // of the throughput
    double keep = 0.9, up = 0.9;  // Profile's
    BitRate fixed;                // Crowd::bit_rate
    bool bola_on = false;         // dynamic: BOLA decided the last time
};
struct Choice {
    std::size_t rendition = 0;
    bool bola_on = false;  // to be handed back the next time
};
Choice choose(Adaptation rule, const AdaptationFacts& facts);

// BOLA (Spiteri et al.) as dash.js has it: u = ln(b/b0) + 1, gp = (u_max - 1)/(B/10 - 1), Vp = 10/gp, and the
// rendition with the greatest (Vp (u - 1 + gp) - Q)/b for Q seconds of buffer. Without its placeholder
// buffer: what that is for, fetching on while the buffer is full, is had by a buffer goal of at least
// bola_buffer().
std::size_t bola(const AdaptationFacts& facts);
// B: max(18 s, 10 s + 2 s a rendition).
Nanoseconds bola_buffer(std::size_t renditions);

}  // namespace outpost::bench
