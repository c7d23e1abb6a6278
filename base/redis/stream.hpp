// One Redis Stream, followed and written to by two threads of its own, so that nothing else ever waits for
// Redis. Entries carry one text, the payload; what it means is the owner's affair.
//
// Reading: entries come in order and each once in the life of this object, behind a position that the owner
// keeps (the id of the last entry that it has dealt with). When entries may have been missed, because the
// stream was trimmed past the position or Redis lost it, on_gap is called once, before anything newer: the
// owner must then take it that anything may have been said. What Redis forgets before this node has read it
// (with appendfsync everysec, a second or two of it when it is killed) leaves no trace to be noticed.
//
// Writing: payloads wait in a bounded queue, survive Redis' absence and are sent in order. One whose reply
// was lost is sent again, so that others may get it twice: give payloads an identity.
//
// Thread rule: publish() and state() from any thread; the callbacks come from the reading thread, one at a
// time; stop() and the destructor belong to the owner, outside of the callbacks.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/process.hpp"
#include "base/redis/connection.hpp"
#include "base/redis/stream_measures.hpp"
#include "base/redis/stream_position.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::redis {

struct RedisStreamOptions {
    RedisAddress address;
    std::string stream;
    std::uint64_t keep = 100'000;      // entries left in the stream; the same on every node
    std::optional<StreamId> position;  // read what is behind it; nothing: what comes from now on
    std::size_t most_waiting = 1024;   // payloads in the queue; past it the newest are refused
    std::size_t most_payload = 64 << 10;
    Milliseconds least_backoff{200}, most_backoff{5000};
    Milliseconds last_chance{1000};  // for what waits when stop() is called
};

struct RedisStreamCallbacks {
    std::function<void(const StreamId& id, const std::string& payload)> on_entry;
    std::function<void()> on_gap;
    // After each batch, idle second or fruitless attempt, so every few seconds: everything up to `position`
    // has been handed over and may be kept as dealt with. Nothing before a follower without one has reached
    // Redis.
    std::function<void(const std::optional<StreamId>& position)> on_turn;
};

struct RedisStreamState {
    bool connected = false;
    WallTime since;                      // when it became so
    std::string why;                     // what is wrong, of reading or else of writing; "" is nothing
    std::optional<Milliseconds> behind;  // by Redis' clock: how much later than the last entry read here the
                                         // newest was made; not known while not connected
    std::size_t waiting = 0;             // payloads not sent yet
};

// How long to wait before the next attempt: doubled each time, of which a random part is taken, so that a
// hundred nodes don't come at once. Never outside [least, most].
class Backoff {
  public:
    Backoff(Milliseconds least, Milliseconds most) : least_{least}, most_{most}, next_{least} {}
    Milliseconds next(std::uint32_t random);
    void reset() { next_ = least_; }

  private:
    Milliseconds least_, most_, next_;
};

class RedisStream {
  public:
    // Begins at once.
    RedisStream(RedisStreamOptions options, RedisStreamCallbacks callbacks, RedisStreamMeasures& measures);
    ~RedisStream() { stop(); }
    RedisStream(const RedisStream&) = delete;
    RedisStream& operator=(const RedisStream&) = delete;

    // Whether it was taken into the queue. Not when the queue is full, the payload too long, or stop() was
    // called.
    bool publish(std::string payload);
    [[nodiscard]] RedisStreamState state() const;
    // The id of the last entry that on_entry was called for and has returned from, or that a gap was skipped
    // to.
    [[nodiscard]] std::optional<StreamId> position() const;

    // Gives what waits `last_chance` to be sent while Redis answers, and ends both threads: within 1.5 s as
    // it stands, a callback under way and a name being looked up aside. Once is enough; more do no harm.
    void stop();

  private:
    struct Entry {
        StreamId id;
        std::optional<std::string> payload;  // nothing: an entry of someone else's shape
    };

    void read_loop();
    Problem follow(RedisConnection& connection);  // until something fails, which it returns
    Outcome<StreamFacts> look(RedisConnection& connection) const;
    Outcome<std::vector<Entry>> read(RedisConnection& connection) const;
    Continuity settle(const StreamFacts& facts);
    void deliver(const std::vector<Entry>& entries);
    void move_to(StreamId position);
    void set_behind(StreamId last);
    void set_connected();
    void set_disconnected(const Problem& problem);

    void write_loop();
    Outcome<void> send(std::optional<RedisConnection>& connection, const std::string& payload);
    bool pause(Milliseconds time, const Cancellation& stop) const;  // false: stopped meanwhile

    const RedisStreamOptions options_;
    const RedisStreamCallbacks callbacks_;
    RedisStreamMeasures& measures_;
    Cancellation stop_reading_, stop_writing_;

    mutable std::mutex mutex_;  // for what follows, up to the threads
    std::condition_variable changed_;
    bool stopping_ = false, writer_ended_ = false;
    std::deque<std::string> queue_;
    std::optional<StreamId> position_;
    bool connected_ = false;
    WallTime since_;
    std::string why_, writing_why_;
    std::optional<Milliseconds> behind_;

    StreamId settled_;            // the reading thread's alone
    bool was_connected_ = false;  // the same
    Backoff reading_backoff_;     // the same
    std::thread reader_, writer_;
};

}  // namespace outpost::redis
