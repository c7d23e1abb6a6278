#include "cdn/cache/flight.hpp"

#include <boost/asio/this_coro.hpp>

#include "cdn/measures.hpp"

namespace outpost::cdn {

void Flight::land(Landing landing) {
    const std::lock_guard lock{mutex_};
    if (landing_) return;
    landing_ = std::move(landing);
    waiters_.wake_all();
}

Task<std::optional<Landing>> Flight::wait(SteadyTime deadline, std::size_t most_waiters, Presence* client) {
    const auto executor = co_await asio::this_coro::executor;
    std::shared_ptr<Waiter> waiter;
    {
        const std::lock_guard lock{mutex_};
        if (landing_) co_return landing_;
        if (waiters_.size() >= most_waiters) co_return std::nullopt;
        waiter = waiters_.add(deadline, executor);
    }
    measures::waiting.add(1);
    const Woken why = co_await waiter->wait(client);
    measures::waiting.add(-1);
    const std::lock_guard lock{mutex_};
    if (why == Woken::too_late) waiters_.take_back(waiter);
    co_return landing_;
}

std::size_t Flight::waiters() const {
    const std::lock_guard lock{mutex_};
    return waiters_.size();
}

}  // namespace outpost::cdn
