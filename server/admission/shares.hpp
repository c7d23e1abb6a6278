// What edges tell each other about limits: how often keys were let through, and which streams hold leases.
// JSON, read strictly; keys are hashes, so nobody's name is in it. A lease lasts a day at most. Thread rule:
// values and pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/leases.hpp"
#include "auth/token_buckets.hpp"
#include "base/result.hpp"

namespace outpost::server {

struct Shares {
    std::string from;  // one run of one edge
    WallTime at;       // when it was said, by that edge's clock
    std::vector<auth::TakenCount> counts;
    std::vector<auth::Lease> leases;
    bool operator==(const Shares&) const = default;
};

inline constexpr std::size_t most_shares_payload = 60 << 10;

// As many payloads as it takes. Each lease's `seen` is told as its age at `at`, as clocks differ.
std::vector<std::string> to_payloads(const Shares& shares);
Outcome<Shares> parse_shares(std::string_view payload);

}  // namespace outpost::server
