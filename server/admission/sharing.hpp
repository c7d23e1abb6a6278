// Limits that hold over all edges: each tells the others through a stream in Redis, twice a second, what it
// has let through and which streams hold leases. It is the state of seconds, so nothing is kept for when
// Redis is back: meanwhile limits hold on each edge for itself, and when it is back leases are known
// everywhere within a third of their time. An edge that starts begins at the stream's end.
//
// What comes later than 30 s, by the clocks of both edges, is not counted: it would be taken for something of
// now. Thread rule: state() and why_not_ready() from any thread; stop() belongs to the owner. Threads of its
// own.
#pragma once

#include <memory>
#include <string>

#include "auth/leases.hpp"
#include "auth/token_buckets.hpp"
#include "base/redis/stream.hpp"
#include "server/admission/shares.hpp"
#include "server/admission/ticker.hpp"

namespace outpost::server {

struct SharingOptions {
    std::string url;       // redis://…
    std::string password;  // instead of the URL's when it isn't empty
    std::string stream = "outpost:limits";
    std::uint64_t keep = 1000;  // entries: a few seconds of a hundred edges
    Milliseconds interval{500};
    std::size_t most_counts = 4000, most_leases = 4000;  // told at once
    Milliseconds least_backoff{200}, most_backoff{5000};
};

class Sharing {
  public:
    // A Problem when the URL can't be read; Redis itself may be absent. Both tables outlive it.
    static Outcome<std::unique_ptr<Sharing>> start(SharingOptions options, auth::TokenBuckets& buckets,
                                                   auth::Leases& leases);
    ~Sharing();
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;

    [[nodiscard]] redis::RedisStreamState state() const { return stream_->state(); }
    // What is wrong, for /readyz; "" when nothing is.
    [[nodiscard]] std::string why_not_ready() const;

    void stop();

  private:
    Sharing(SharingOptions options, redis::RedisAddress address, auth::TokenBuckets& buckets,
            auth::Leases& leases);
    void tell();                            // the ticking thread's
    void take(const std::string& payload);  // the reading thread's

    const SharingOptions options_;
    const std::string run_;
    auth::TokenBuckets& buckets_;
    auth::Leases& leases_;
    bool was_stale_ = false, was_unreadable_ = false;  // the reading thread's alone: each is logged once

    std::unique_ptr<redis::RedisStream> stream_;
    std::unique_ptr<Ticker> ticker_;  // last: they use all of the above
};

}  // namespace outpost::server
