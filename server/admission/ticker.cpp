#include "server/admission/ticker.hpp"

namespace outpost::server {

Ticker::Ticker(Milliseconds interval, std::function<void()> work)
    : interval_{interval}, work_{std::move(work)}, thread_{[this] { run(); }} {}

void Ticker::run() {
    std::unique_lock lock{mutex_};
    while (!changed_.wait_for(lock, interval_, [this] { return stopping_; })) {
        lock.unlock();
        work_();
        lock.lock();
    }
}

void Ticker::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

}  // namespace outpost::server
