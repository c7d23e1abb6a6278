// Random numbers that are the same everywhere for a seed, small enough for each client to have its own
// (SplitMix64; the standard's distributions differ from library to library). Thread rule: one thread.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace outpost::bench {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    double unit() { return static_cast<double>(next() >> 11U) * 0x1p-53; }  // [0, 1)
    double exponential() { return -std::log1p(-unit()); }                   // of mean 1
    double normal() {                                                       // of mean 0 and deviation 1
        return std::sqrt(2 * exponential()) * std::cos(2 * std::numbers::pi * unit());
    }

  private:
    std::uint64_t state_;
};

}  // namespace outpost::bench
