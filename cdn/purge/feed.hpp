// Purges told to, and heard from, the other nodes through a stream in Redis. Redis is never on the way of a
// request: without it the node purges for itself, its orders wait here, and those of others arrive when it is
// back. Each order is applied before its place in the stream is kept in a file, so a node that was down or
// killed applies what it missed, and perhaps an order twice, which does no harm.
//
// When orders may have been missed (the stream was trimmed past this node, Redis lost it, there is no usable
// state file, or an order can't be read) everything is purged softly: each response is validated with its
// origin at its next use, which costs a request for each and loses none of the cache.
//
// Thread rule: publish(), state() and why_not_ready() from any thread; `apply` is called from one thread of
// the feed's; stop() belongs to the owner.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "base/redis/position_file.hpp"
#include "base/redis/stream.hpp"
#include "cdn/purge/order.hpp"

namespace outpost::cdn {

struct PurgeFeedOptions {
    std::string url;       // redis://…
    std::string password;  // instead of the URL's when it isn't empty
    std::string stream = "outpost:purge";
    std::uint64_t keep = 100'000;
    std::string node;                  // this node's name
    std::filesystem::path state_file;  // where the position is kept; its directory exists. Empty: nowhere
    Milliseconds least_backoff{200}, most_backoff{5000};
};

class PurgeFeed {
  public:
    using Apply = std::function<void(const PurgeOrder& order)>;

    // A Problem when the URL can't be read; Redis itself may be absent.
    static Outcome<std::unique_ptr<PurgeFeed>> start(PurgeFeedOptions options, Apply apply);
    ~PurgeFeed();
    PurgeFeed(const PurgeFeed&) = delete;
    PurgeFeed& operator=(const PurgeFeed&) = delete;

    // Tells the others of an order that this node has applied; it has an id. Sets its node. False: too many
    // wait already, and nobody else will hear of it.
    bool publish(PurgeOrder order);

    [[nodiscard]] redis::RedisStreamState state() const { return stream_->state(); }
    // What is wrong, for /readyz; "" when nothing is.
    [[nodiscard]] std::string why_not_ready() const;

    void stop();  // as RedisStream::stop(), then the position is kept

  private:
    PurgeFeed(PurgeFeedOptions options, redis::RedisAddress address, Apply apply);

    void take(const std::string& payload);
    void purge_all_softly();
    bool is_own(const std::string& id);

    const PurgeFeedOptions options_;
    const redis::RedisAddress address_;
    const Apply apply_;

    // The reading thread's alone, and the owner's when that has ended.
    redis::PositionFile file_;
    bool must_purge_all_ = false;  // there was no position to begin at

    std::mutex own_mutex_;
    std::unordered_set<std::string> own_;  // ids of orders published lately
    std::deque<std::string> own_order_;    // the same, oldest first

    std::unique_ptr<redis::RedisStream> stream_;  // last: its threads use all of the above
};

}  // namespace outpost::cdn
