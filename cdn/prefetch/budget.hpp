// How much may be fetched ahead of the players: so many objects at once, and so many bytes a second.
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace outpost::cdn {

class PrefetchBudget : public std::enable_shared_from_this<PrefetchBudget> {
  public:
    // One object's leave to be fetched ahead; its place is free again when it dies. What has been taken of a
    // second's bytes beyond the rate is owed, and nothing is allowed until it has been paid back.
    class Permit {
      public:
        explicit Permit(std::shared_ptr<PrefetchBudget> budget) : budget_{std::move(budget)} {}
        ~Permit();
        Permit(const Permit&) = delete;
        Permit& operator=(const Permit&) = delete;
        void took(std::uint64_t bytes);

      private:
        std::shared_ptr<PrefetchBudget> budget_;
    };

    // A rate of 0 is no limit.
    PrefetchBudget(std::size_t most, BitRate rate) : most_{most}, rate_{rate} {}

    // Null when nothing more may be begun now.
    std::shared_ptr<Permit> permit(SteadyTime now);
    [[nodiscard]] std::size_t under_way() const;

  private:
    const std::size_t most_;
    const BitRate rate_;
    mutable std::mutex mutex_;
    std::size_t under_way_ = 0;
    double left_ = 0;  // bytes; below 0: owed
    SteadyTime counted_{};
};

using PrefetchPermit = std::shared_ptr<PrefetchBudget::Permit>;

}  // namespace outpost::cdn
