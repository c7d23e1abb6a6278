// The parts of a comparison that are no more than arithmetic. Thread rule: pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/report/result.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

// In whose turn it is: every round begins with the next one, so that none always follows the same other.
std::vector<std::size_t> order_of_round(std::size_t round, std::size_t contestants);

// What a server cost in a round.
struct RoundCost {
    double per_request = 0, per_gigabyte = 0;  // seconds
};
// Rounds' costs of each server as comparisons: CPU us/request and, where there were bodies, CPU s/GB, with
// Outpost's (the first server whose name begins so) ratio to each. costs[server][round], of equal length.
std::vector<Comparison> comparisons_of(const std::string& what, const std::vector<std::string>& servers,
                                       const std::vector<std::vector<RoundCost>>& costs);

// Everything that a scenario's requesters may ask for, each asked once, by clients that come at once; of
// large catalogues the most popular. Nothing of its boxes: they warm by playing.
Scenario asking_once(const Scenario& scenario);

}  // namespace outpost::bench
