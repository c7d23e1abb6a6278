// Concurrent streams: of all streams that one holder has asked for lately, only so many go on. A stream holds
// a lease that each of its requests renews; a box that crashes gives it back by saying nothing for the lease
// time.
//
// Edges tell each other their leases (changes, merge). Two of them may let in one stream too many before they
// hear of each other; then all edges agree on which have to go, because all rank them alike: those that began
// first stay, and of two that began at once the one with the smaller hash. A stream that has to go is refused
// at its next request, and for as long as the others hold; it is told to nobody again, so it lapses.
//
// Others hear of a renewal once in a third of the lease time, so to them a stream may seem to have ended by
// so much too early; when it goes on, it still ranks by when it began.
//
// The number of leases is bounded: the holder who was not heard of for longest leaves with all of his, and
// begins anew. Times of other edges are worth as much as their clocks: a clock that is ahead makes its edge's
// streams the youngest. Thread rule: any thread; locks are per shard and held for moments.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace outpost::auth {

// One stream's lease as edges tell of it.
struct Lease {
    std::uint64_t holder = 0;  // whose limit
    std::uint64_t stream = 0;  // which of his streams
    WallTime started;          // by the clock of the edge that let it in
    WallTime seen;             // its last request
    Milliseconds time{0};      // it ends so long after that
    bool operator==(const Lease&) const = default;
};

class Leases {
  public:
    static constexpr std::uint32_t most_streams = 64;  // of one holder; a larger limit is this one

    explicit Leases(std::size_t most_leases = 100'000);
    ~Leases();
    Leases(const Leases&) = delete;
    Leases& operator=(const Leases&) = delete;

    // Whether this stream is among the `most` of its holder that may go on. One that holds a lease goes on
    // and renews it; a new one is let in when fewer than `most` are held.
    bool hold(std::uint64_t holder, std::uint64_t stream, std::uint32_t most, Milliseconds time,
              WallTime now);
    // What another edge tells. What has ended by `now` changes nothing.
    void merge(const Lease& lease, WallTime now);
    // What the others should hear of this edge's leases since the last call: each when it begins and then
    // once in a third of its time. At most `most`; more wait for the next call.
    std::vector<Lease> changes(std::size_t most);
    // Leases that had not ended when their holder was last looked at.
    [[nodiscard]] std::size_t size() const;

  private:
    struct Held {
        std::uint64_t stream = 0;
        WallTime started, seen, told;
        Milliseconds time{0};
        bool was_told = false;
    };
    struct Holder {
        std::uint64_t key = 0;
        std::vector<Held> streams;  // in the order in which they may stay
    };
    struct Shard {
        mutable std::mutex mutex;
        std::list<Holder> recent;  // the one heard of last is first
        std::unordered_map<std::uint64_t, std::list<Holder>::iterator> by_key;
        std::size_t leases = 0;
        std::vector<Lease> untold;
    };
    static std::vector<Held>::iterator find(Holder& holder, std::uint64_t stream);
    static bool stays_before(const Held& a, const Held& b);
    static void forget_ended(Shard& shard, Holder& holder, WallTime now);
    void tell(Shard& shard, Holder& holder, Held& held, WallTime now) const;
    Shard& shard_of(std::uint64_t holder);
    Holder& front(Shard& shard, std::uint64_t key);
    void add(Shard& shard, Holder& holder, const Held& held) const;

    std::size_t shard_count_, most_in_shard_;
    std::unique_ptr<Shard[]> shards_;
    std::atomic<std::size_t> next_shard_{0};
};

}  // namespace outpost::auth
