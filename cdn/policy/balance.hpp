// Which origin of a pool is asked next. By hash: rendezvous hashing, so that each origin is asked for its own
// share of the keys and a change of weight or membership moves only the keys that it must; with a bound on
// the load of each, so that one hot key does not drown its origin. Or by weight. Backups count only when no
// primary is usable. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace outpost::cdn::policy {

struct Candidate {
    std::uint64_t id = 0;  // the same after every restart and on every node
    double weight = 1;     // with its slow start; 0 is never chosen
    bool backup = false;
    bool usable = true;  // not taken out
    bool tried = false;  // for this request, before
    unsigned load = 0;   // calls under way
};

// The index of the first in the key's order whose load, with one call more, stays within `load_bound` percent
// of its share of all; of the first in order when none does. An untried candidate is preferred, a primary
// too, in this order of importance: usable, untried, primary. Nothing when none is usable.
std::optional<std::size_t> choose_by_hash(std::span<const Candidate> candidates, std::uint64_t key,
                                          unsigned load_bound);

// As above, with a chance in proportion to the weight. `uniform` is in [0, 1).
std::optional<std::size_t> choose_by_weight(std::span<const Candidate> candidates, double uniform);

// The share of its weight that an origin has which returned at `returned`: grows linearly to 1 over `span`,
// from a small beginning.
double slow_start_share(SteadyTime returned, SteadyTime now, Milliseconds span);

}  // namespace outpost::cdn::policy
