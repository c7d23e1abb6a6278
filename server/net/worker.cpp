#include "server/net/worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>

#include "server/net/channel.hpp"

namespace outpost::server {
namespace {
constexpr Milliseconds sweep_interval{250};
}

Worker::Worker(Shared& shared)
    : shared_{shared},
      scratch_{std::make_unique<char[]>(scratch_size)},
      poller_{loop_},
      loop_{1},
      work_{asio::make_work_guard(loop_)} {
    if (shared_.access_log != nullptr) access_log_ = std::make_unique<AccessLog::Shard>(*shared_.access_log);
}

Worker::~Worker() {
    stop();
    join();
}

void Worker::start() {
    asio::co_spawn(loop_, sweep(), asio::detached);
    asio::co_spawn(loop_, poller_.run(), asio::detached);
    thread_ = std::thread{[this] { loop_.run(); }};
}

void Worker::drain() {
    asio::post(loop_, [this] {
        // Ending a connection takes it out of the list only when its coroutine resumes, so this walk is safe.
        for (Channel& channel : channels_) channel.end_if_idle();
        drains_ = true;
    });
}

void Worker::stop() {
    asio::post(loop_, [this] {
        for (Channel& channel : channels_) channel.end_now();
        work_.reset();
        loop_.stop();
    });
}

void Worker::join() {
    if (thread_.joinable()) thread_.join();
}

void Worker::enter(Channel& channel) {
    channels_.push_back(channel);
    count_.fetch_add(1, std::memory_order_relaxed);
}

std::unique_ptr<Exchange> Worker::borrow_exchange() {
    return spare_exchange_ ? std::move(spare_exchange_) : std::make_unique<Exchange>();
}

std::string_view Worker::standing_fields(WallTime now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != standing_second_ || standing_fields_.empty()) {
        standing_second_ = second;
        standing_fields_ = fmt::format("Date: {}\r\n", http_date(now));
        if (!shared_.server_name.empty())
            standing_fields_ += fmt::format("Server: {}\r\n", shared_.server_name);
    }
    return standing_fields_;
}

// Deadlines are looked at a few times a second instead of costing a timer each.
Task<void> Worker::sweep() {
    Timer timer{loop_};
    while (true) {
        timer.expires_after(sweep_interval);
        co_await timer.async_wait(use_task);
        const SteadyTime now = steady_now();
        for (Channel& channel : channels_) channel.check_deadlines(now);
        if (access_log_) access_log_->hand_over();
    }
}

}  // namespace outpost::server
