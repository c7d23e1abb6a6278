// How many connections to one origin may be in use at once, and whose turn it is when one becomes free: first
// come, first served. Thread rule: the loop's thread; the counts from any.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <utility>

#include "base/async_group.hpp"
#include "base/result.hpp"

namespace outpost::cdn::origin {

class Slots : public std::enable_shared_from_this<Slots> {
  public:
    Slots(Executor executor, std::shared_ptr<TaskGroup> group, unsigned most);

    // The right to use one connection, given back when it dies.
    class Slot {
      public:
        Slot(Slot&& other) noexcept = default;
        Slot& operator=(Slot&&) = delete;
        ~Slot() {
            if (of_) of_->give_back();
        }

      private:
        friend class Slots;
        explicit Slot(std::shared_ptr<Slots> of) : of_{std::move(of)} {}
        std::shared_ptr<Slots> of_;
    };
    // Errc::origin_busy: none until then, or too many wait already.
    Task<Result<Slot>> take(SteadyTime deadline);

    [[nodiscard]] unsigned used() const { return used_.load(std::memory_order_relaxed); }
    [[nodiscard]] unsigned waiting() const { return waiting_.load(std::memory_order_relaxed); }

  private:
    struct Turn {
        std::shared_ptr<Waiter> waiter;
        bool granted = false;
    };
    void give_back();

    Executor executor_;
    unsigned most_;
    std::atomic<unsigned> used_{0}, waiting_{0};
    std::deque<std::shared_ptr<Turn>> queue_;
    TaskGroup::Notice notice_;
};

}  // namespace outpost::cdn::origin
