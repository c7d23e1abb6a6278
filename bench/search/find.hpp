// The largest load that holds an objective, by doubling until it does not and halving the gap after, each
// decision taken from repeated trials because a trial near the limit is a coin. Pure: the trial is a
// function. Thread rule: pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/recording.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

struct Judgement {
    bool holds = false;
    std::string why;  // "p99 of a segment's time is 0.62 of its duration, more than 0.50"
};
// The first part of the objective that is broken, worst first: stalls, errors, segment times, first bytes.
Judgement judge(const Recording& recording, const Objective& objective);

struct Trial {
    double load = 0;
    Judgement judgement;
};

struct FindOptions {
    double first = 16, most = 1e6;
    double precision = 0.03;  // stops when the gap is this part of the load
    unsigned repeats = 3;     // at most, of trials on one load; the majority decides
};

struct Found {
    double sustained = 0;  // the largest load that held; 0: not even one client
    double refused = 0;    // the smallest that did not; 0: none up to `most`
    // What no single trial speaks against: the largest load up to which none failed, the smallest from which
    // none held, both tried `repeats` times. 0 where there is no such load.
    double low = 0, high = 0;
    std::vector<Trial> trials;  // all, in order
};
// `trial` runs one load, a whole number of clients, and judges it; nothing when it was called off, which ends
// the search with nothing. From `first` loads double until one does not hold, and then the gap to the largest
// that did is halved; where not even `first` holds, the gap is the one from nothing to it. Then `low` and
// `high` are tried until all their trials agree, which moves them outwards.
std::optional<Found> find_limit(const FindOptions& options,
                                const std::function<std::optional<Judgement>(double load)>& trial);

}  // namespace outpost::bench
