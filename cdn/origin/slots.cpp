#include "cdn/origin/slots.hpp"

#include <algorithm>

namespace outpost::cdn::origin {
namespace {
constexpr std::size_t waiting_a_slot = 16;  // most that wait, for each connection that there may be
}  // namespace

Slots::Slots(Executor executor, std::shared_ptr<TaskGroup> group, unsigned most)
    : executor_{executor}, most_{most}, notice_{group->at_end([this] {
          for (const auto& turn : queue_) Waiter::tell(turn->waiter);
      })} {}

Task<Result<Slots::Slot>> Slots::take(SteadyTime deadline) {
    const auto self = shared_from_this();
    if (used() < most_) {
        used_.fetch_add(1, std::memory_order_relaxed);
        co_return Slot{self};
    }
    if (queue_.size() >= most_ * waiting_a_slot) co_return Errc::origin_busy;
    const auto turn = std::make_shared<Turn>();
    turn->waiter = std::make_shared<Waiter>(executor_, deadline);
    queue_.push_back(turn);
    waiting_.fetch_add(1, std::memory_order_relaxed);
    co_await turn->waiter->wait();
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    if (turn->granted) co_return Slot{self};
    queue_.erase(std::find(queue_.begin(), queue_.end(), turn));
    co_return Errc::origin_busy;
}

// Whoever waits gets the slot itself, so that no newcomer can be faster.
void Slots::give_back() {
    if (queue_.empty()) {
        used_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    const auto turn = std::move(queue_.front());
    queue_.pop_front();
    turn->granted = true;
    Waiter::tell(turn->waiter);
}

}  // namespace outpost::cdn::origin
