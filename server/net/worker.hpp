// One thread of the server: its event loop, the connections that live in it, the buffers that they borrow.
// Thread rule: everything here is for the worker's own thread, but start(), drain() and stop(), which post to
// it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include <boost/intrusive/list.hpp>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "server/access_log.hpp"
#include "server/net/exchange.hpp"
#include "server/net/limits.hpp"
#include "server/net/poller.hpp"

namespace outpost::server {

class Channel;

// How many connections there are in all and from each address. Thread rule: any thread.
class ConnectionCounts;

// What all workers share. Owned by the node, outlives them.
struct Shared {
    Limits limits;
    BlockingPool& cold_reads;
    ConnectionCounts& counts;
    AccessLog* access_log = nullptr;  // null: off
    std::string server_name;          // of the Server field
    bool hsts = false;
};

class Worker {
  public:
    using ChannelHook =
        boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    explicit Worker(Shared& shared);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void start();
    // Ends idle connections and lets the others finish what they send.
    void drain();
    [[nodiscard]] bool drains() const { return drains_; }  // any thread: drain() has taken effect
    // Ends all connections; join() then returns soon.
    void stop();
    void join();
    [[nodiscard]] std::size_t connection_count() const { return count_.load(std::memory_order_relaxed); }

    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] Poller& poller() { return poller_; }
    [[nodiscard]] Shared& shared() { return shared_; }

    void enter(Channel& channel);  // it leaves by being destroyed
    void left() { count_.fetch_sub(1, std::memory_order_relaxed); }

    // One with buffers that have been used, if there is one, else a new one; and back.
    [[nodiscard]] std::unique_ptr<Exchange> borrow_exchange();
    void give_back(std::unique_ptr<Exchange> exchange) { spare_exchange_ = std::move(exchange); }

    // Borrowed for one call of the transport, never across a wait.
    [[nodiscard]] std::span<char> scratch() { return {scratch_.get(), scratch_size}; }

    // "Date: …\r\nServer: …\r\n", renewed once a second.
    [[nodiscard]] std::string_view standing_fields(WallTime now);
    [[nodiscard]] AccessLog::Shard* access_log() { return access_log_.get(); }

    static constexpr std::size_t scratch_size = 128 << 10;

  private:
    Task<void> sweep();

    Shared& shared_;
    boost::intrusive::list<Channel, boost::intrusive::base_hook<ChannelHook>,
                           boost::intrusive::constant_time_size<false>>
        channels_;
    std::atomic<std::size_t> count_{0};
    std::atomic<bool> drains_{false};
    std::unique_ptr<char[]> scratch_;
    std::unique_ptr<Exchange> spare_exchange_;
    std::string standing_fields_;
    std::chrono::sys_seconds standing_second_{};
    std::unique_ptr<AccessLog::Shard> access_log_;
    Poller poller_;
    Loop loop_;  // behind all that a coroutine still suspended in it may touch while it is destroyed
    asio::executor_work_guard<Executor> work_;
    std::thread thread_;
};

}  // namespace outpost::server
