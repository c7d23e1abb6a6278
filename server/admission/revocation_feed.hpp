// Revocations told to, and heard from, the other edges through a stream in Redis. Redis is never on the way
// of a request: without it an edge revokes for itself, what it has to tell waits here, and what others tell
// arrives when it is back. What is heard is kept (revocation_store.hpp) before its place in the stream is.
//
// A stream alone is not enough: Redis may lose it, or its end, and an edge may be killed before Redis has
// heard of what it answered for. So each edge says hello when it has reached Redis: how many revocations it
// knows, and their digest (revocation_hello.hpp). Those who know others tell them and say hello back, and by
// that the one who began learns whether it has something to tell too. When the stream was lost or trimmed,
// every edge has something to tell, so that a new edge finds it there. Whoever tells waits a random time
// first and leaves out what it hears meanwhile, so many edges together tell each revocation little more than
// once.
//
// Thread rule: publish(), state() and why_not_ready() from any thread; stop() belongs to the owner. The feed
// has threads of its own, which may wait for the disk.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "base/redis/position_file.hpp"
#include "base/redis/stream.hpp"
#include "server/admission/revocation_hello.hpp"
#include "server/admission/revocation_store.hpp"

namespace outpost::server {

struct RevocationFeedOptions {
    std::string url;       // redis://…
    std::string password;  // instead of the URL's when it isn't empty
    std::string stream = "outpost:revocations";
    std::uint64_t keep = 100'000;
    std::filesystem::path state_file;  // where the position is kept; its directory exists. Empty: nowhere
    Milliseconds least_backoff{200}, most_backoff{5000};
    Milliseconds most_jitter{2000};  // before something is told once more
};

class RevocationFeed {
  public:
    // A Problem when the URL can't be read; Redis itself may be absent. Both outlive the feed; `set` is the
    // store's.
    static Outcome<std::unique_ptr<RevocationFeed>> start(RevocationFeedOptions options,
                                                          RevocationStore& store,
                                                          const auth::Revocations& set);
    ~RevocationFeed();
    RevocationFeed(const RevocationFeed&) = delete;
    RevocationFeed& operator=(const RevocationFeed&) = delete;

    // Tells the others of a revocation that is in the store; it has an id. False: too many wait already, and
    // the others hear of it only when they find out that they know less.
    bool publish(const auth::Revocation& revocation);

    [[nodiscard]] redis::RedisStreamState state() const { return stream_->state(); }
    // What is wrong, for /readyz; "" when nothing is.
    [[nodiscard]] std::string why_not_ready() const;

    void stop();  // as RedisStream::stop(), then the position is kept

  private:
    using Key = std::pair<auth::RevocationKind, std::string>;

    RevocationFeed(RevocationFeedOptions options, redis::RedisAddress address, RevocationStore& store,
                   const auth::Revocations& set);

    // The reading thread's.
    void take(const std::string& payload);
    void apply(std::vector<auth::Revocation> revocations);
    void answer(const RevocationHello& hello);
    void tell_all();

    // The ticking thread's.
    void tick();
    void tell_some(SteadyTime now);
    void say_hello(bool asks);
    [[nodiscard]] SteadyTime soon();  // after a random time; under the mutex

    const RevocationFeedOptions options_;
    const redis::RedisAddress address_;
    const std::string run_;
    RevocationStore& store_;
    const auth::Revocations& set_;
    redis::PositionFile file_;  // the reading thread's alone, and the owner's when that has ended

    std::mutex mutex_;  // for what follows, up to the threads
    std::minstd_rand random_{std::random_device{}()};
    std::map<Key, auth::Revocation> untold_;  // what is to be told once more
    SteadyTime tell_at_;
    std::optional<SteadyTime> ask_at_, reply_at_;  // when a hello is due that asks, and one that does not

    std::optional<WallTime> connected_since_;  // the ticking thread's alone
    std::unique_ptr<redis::RedisStream> stream_;
    std::unique_ptr<Ticker> ticker_;  // last: they use all of the above
};

}  // namespace outpost::server
