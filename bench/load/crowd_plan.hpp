// A crowd as all threads need it. Thread rule: immutable once made.
#pragma once

#include "bench/load/checksums.hpp"
#include "bench/load/paths.hpp"
#include "bench/load/tokens.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

struct CrowdPlan {
    const Crowd* crowd = nullptr;
    Paths paths;  // empty for those who play
    Tokens tokens;
    const Checksums* checksums = nullptr;  // of those who verify
    std::uint64_t seed = 0;
    std::vector<Nanoseconds> arrivals;  // of all its clients, also those of other threads and processes
};

// How many clients come: connections of those who request or connect.
inline std::uint32_t clients_of(const Crowd& crowd) {
    const bool counted = crowd.activity == Activity::play || crowd.activity == Activity::hold;
    return counted ? crowd.count : crowd.connections;
}

}  // namespace outpost::bench
