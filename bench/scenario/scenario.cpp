#include "bench/scenario/scenario.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace outpost::bench {
namespace {

bool sensible(double factor) { return std::isfinite(factor) && factor > 0; }

// To the nearest millisecond; what was some time stays some: 0 often means something else.
Milliseconds divided(Milliseconds time, double factor) {
    if (time.count() == 0) return time;
    const double exact = static_cast<double>(time.count()) / factor;
    constexpr double most = 1e15;  // ms
    return Milliseconds{static_cast<std::int64_t>(std::round(std::clamp(exact, 1.0, most)))};
}

bool plays_or_holds(const Crowd& crowd) {
    return crowd.activity == Activity::play || crowd.activity == Activity::hold;
}

}  // namespace

Scenario Scenario::compressed(double factor) const {
    Scenario made = *this;
    if (!sensible(factor)) return made;
    made.lasts = divided(lasts, factor);
    made.warm_up = divided(warm_up, factor);
    for (Crowd& crowd : made.crowds) {
        crowd.start = divided(crowd.start, factor);
        crowd.over = divided(crowd.over, factor);
        crowd.stay = divided(crowd.stay, factor);
    }
    for (Event& event : made.events) {
        event.at = divided(event.at, factor);
        event.lasts = divided(event.lasts, factor);
    }
    return made;
}

// The crowds' shares are rounded together, so that the whole is what was asked for: of 1 + 1 + 1 clients
// times 1.5, which are 4.5 and so 5, the crowds get 2, 1 and 2. None is left without a client.
Scenario Scenario::scaled(double factor) const {
    Scenario made = *this;
    if (!sensible(factor)) return made;
    constexpr double most = std::numeric_limits<std::uint32_t>::max();
    double before = 0;  // clients of the crowds so far, as they were
    for (Crowd& crowd : made.crowds) {
        if (!plays_or_holds(crowd)) continue;
        const double after = before + crowd.count;
        const double share = std::round(after * factor) - std::round(before * factor);
        crowd.count = static_cast<std::uint32_t>(std::clamp(share, 1.0, most));
        before = after;
    }
    return made;
}

std::uint64_t Scenario::clients() const {
    std::uint64_t all = 0;
    for (const Crowd& crowd : crowds) all += plays_or_holds(crowd) ? crowd.count : crowd.connections;
    return all;
}

}  // namespace outpost::bench
