// How many requests may be retries, so that a pool in trouble is not asked twice as much as one in health.
// Counted over the last ten seconds, in seconds. Thread rule: a value; time is an argument.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.hpp"

namespace outpost::cdn::policy {

class RetryBudget {
  public:
    explicit RetryBudget(unsigned percent) : percent_{percent} {}

    // A request that is no retry.
    void note_request(SteadyTime now);
    // Takes one retry out of the budget if there is one: `percent` of the requests, and ten in any case.
    bool take(SteadyTime now);

  private:
    static constexpr std::size_t seconds = 10;
    struct Slot {
        std::int64_t second = -1;
        std::uint64_t requests = 0, retries = 0;
    };
    Slot& slot(SteadyTime now);

    unsigned percent_;
    std::array<Slot, seconds> slots_{};
};

}  // namespace outpost::cdn::policy
