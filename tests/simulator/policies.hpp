// Eviction policies under one roof, and the replay of a trace through one of them.
// Thread rule: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/units.hpp"
#include "tests/simulator/trace.hpp"

namespace outpost::simulator {

enum class Policy {
    s3_fifo,  // cdn/policy/s3_fifo
    lru,
    fifo,
    sieve,   // Zhang et al., NSDI 2024
    belady,  // knows the future: what is wanted last leaves, be it the newcomer
};
inline constexpr std::array policies{Policy::s3_fifo, Policy::lru, Policy::fifo, Policy::sieve,
                                     Policy::belady};

std::string_view name_of(Policy policy);

struct Score {
    std::uint64_t requests = 0;
    std::uint64_t hits = 0;
    std::uint64_t bytes = 0;
    std::uint64_t hit_bytes = 0;
    [[nodiscard]] double object_hit_ratio() const;
    [[nodiscard]] double byte_hit_ratio() const;
};

Score replay(const Trace& trace, Policy policy, Bytes capacity);

}  // namespace outpost::simulator
