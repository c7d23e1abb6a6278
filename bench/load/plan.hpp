// What a scenario means for the threads of one process: who comes where and when. Thread rule: pure, but for
// files and the target that make_plan() asks.
#pragma once

#include <memory>
#include <vector>

#include "bench/load/load.hpp"
#include "bench/load/worker.hpp"

namespace outpost::bench {

struct Plan {
    Endpoint target;
    Checksums checksums;
    std::vector<CrowdPlan> crowds;
    std::uint64_t descriptors = 0;  // that all clients of this process need at once, at most
};

// A Problem: a target that nobody answers at, a key or checksums that can't be read, a crowd without paths.
Outcome<std::unique_ptr<Plan>> make_plan(const Scenario& scenario, const LoadOptions& options,
                                         const Cancellation& cancellation);

// Client i of the scenario, counted over its crowds, is this process's when i mod shares is its share; its
// threads deal these among them. Connections with a rate come together, at their crowd's start.
std::vector<std::vector<Duty::Coming>> deal(const std::vector<CrowdPlan>& crowds, unsigned share,
                                            unsigned shares, unsigned threads);

// Raises the limit of descriptors as far as it may. A Problem when that is not far enough.
Outcome<void> make_room(std::uint64_t descriptors);

}  // namespace outpost::bench
