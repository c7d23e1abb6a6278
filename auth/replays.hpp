// Tokens that may be used once (catreplay 1) and were. Bounded by refusing: what can't be written down can't
// be let in. Each edge knows of its own only. Thread rule: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"

namespace outpost::auth {

class Replays {
  public:
    explicit Replays(std::size_t most) : most_{most} {}

    enum class Use { first, again, full };
    // Of the token with this hash; it is forgotten at `until`, when it can't be used any more.
    Use use(std::uint64_t token, WallTime until, WallTime now);

  private:
    const std::size_t most_;
    std::mutex mutex_;
    std::unordered_map<std::uint64_t, WallTime> used_;
    std::multimap<WallTime, std::uint64_t> by_end_;
};

}  // namespace outpost::auth
