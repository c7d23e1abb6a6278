// What the person before a simulated box does: which film it opens, and when it zaps, seeks and pauses. All
// of it comes from one seed, by arithmetic that is the same everywhere. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

// SplitMix64 (Steele, Lea, Flood): eight bytes of state, as there are thousands of boxes.
class Chance {
  public:
    explicit Chance(std::uint64_t seed) : state_{seed} {}
    std::uint64_t bits();
    double part();                             // evenly in [0, 1)
    std::uint64_t below(std::uint64_t count);  // evenly of 0…count-1
    // Exponential: what lies between events that happen at random, `mean` apart. At least 1 ms.
    std::chrono::nanoseconds gap(Milliseconds mean);
    // One of 1…count, the n-th with a weight of n^-exponent; 0 makes all alike. Takes no table: rejection
    // inversion (Hörmann and Derflinger, 1996).
    std::uint64_t zipf(std::uint64_t count, double exponent);

  private:
    std::uint64_t state_;
};

// How many titles a crowd knows: every "{}" stands for `catalogue` of them.
std::uint64_t titles_of(const Crowd& crowd);
// The n-th of them, from 0: the first entry's films before the second's.
std::string title_at(const Crowd& crowd, std::uint64_t place);

class Viewer {
  public:
    Viewer(const Crowd& crowd, std::uint64_t seed, SteadyTime now);

    // The film that is opened first, or by zapping: another one then, where there is one.
    std::string choose_title();
    // The next time that a thing is done; max() for never.
    SteadyTime zap, seek, pause, resume, leave;
    void zapped(SteadyTime now);
    void sought(SteadyTime now);
    void paused(SteadyTime now, bool did);  // `did`: it was playing, and pauses until `resume`
    void resumed(SteadyTime now);
    [[nodiscard]] SteadyTime next() const;
    Chance& chance() { return chance_; }

  private:
    SteadyTime after(Milliseconds mean, SteadyTime now);

    const Crowd& crowd_;
    Chance chance_;
    std::uint64_t title_ = 0;
    bool chosen_ = false;
};

}  // namespace outpost::bench
