// How much went out and came in over the last seconds, for one glance at a node. Sampled once a second in a
// loop. Thread rule: now() from any thread.
#pragma once

#include <array>
#include <mutex>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"

namespace outpost::server {

class Rates {
  public:
    struct Now {
        BitRate out, in;  // to clients, from origins
    };
    explicit Rates(Loop& loop);
    [[nodiscard]] Now now() const;

  private:
    struct Sample {
        SteadyTime at;
        std::uint64_t out = 0, in = 0;  // bytes since the start
    };
    Task<void> sample(Loop& loop);

    mutable std::mutex mutex_;
    std::array<Sample, 6> samples_;  // a ring
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

}  // namespace outpost::server
