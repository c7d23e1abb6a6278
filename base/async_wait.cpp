#include "base/async_wait.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>

namespace outpost {

void Presence::leave() {
    left_ = true;
    if (waiting_ != nullptr) waiting_->timer_.cancel();
}

Task<Woken> Waiter::wait(Presence* client) {
    boost::system::error_code cancelled;  // how a timer ends early is how it is told
    const bool here = client == nullptr || !client->left_;
    if (client != nullptr) client->waiting_ = this;
    if (!told_ && here) {
        co_await timer_.async_wait(asio::redirect_error(use_task, cancelled));
    }
    if (client != nullptr) client->waiting_ = nullptr;
    co_return told_ ? Woken::told : Woken::too_late;
}

void Waiter::tell(std::shared_ptr<Waiter> waiter) {
    const auto executor = waiter->timer_.get_executor();
    asio::post(executor, [kept = std::move(waiter)] {
        kept->told_ = true;
        kept->timer_.cancel();
    });
}

std::shared_ptr<Waiter> WaitList::add(SteadyTime deadline, Executor executor) {
    return waiters_.emplace_back(std::make_shared<Waiter>(executor, deadline));
}

void WaitList::take_back(const std::shared_ptr<Waiter>& waiter) {
    const auto place = std::find(waiters_.begin(), waiters_.end(), waiter);
    if (place == waiters_.end()) return;
    *place = std::move(waiters_.back());
    waiters_.pop_back();
}

void WaitList::wake_all() {
    for (auto& waiter : waiters_) Waiter::tell(std::move(waiter));
    waiters_.clear();
}

}  // namespace outpost
