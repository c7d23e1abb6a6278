// Token buckets by key: how often somebody may do something. A bucket that is full lets `burst` through at
// once and then `rate` a second; refill is exact to a billionth of a token, so no rounding adds up.
//
// Edges tell each other what they let through (take_counts, add_foreign), so that one limit holds over all of
// them: for the half second until they hear of it each goes on alone, and what was let through too much is
// owed. A bucket owes at most its burst, so that nobody is locked out for long.
//
// The number of buckets is bounded: the least recently used leaves, and its key begins anew with a full one.
// Thread rule: any thread; locks are per shard and held for moments.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace outpost::auth {

// What one edge let through of one key.
struct TakenCount {
    std::uint64_t key = 0;
    std::uint32_t count = 0;
    std::uint32_t rate = 0, burst = 0;  // of the bucket, for an edge that does not know the key
    bool operator==(const TakenCount&) const = default;
};

class TokenBuckets {
  public:
    explicit TokenBuckets(std::size_t most_buckets = 100'000);
    ~TokenBuckets();
    TokenBuckets(const TokenBuckets&) = delete;
    TokenBuckets& operator=(const TokenBuckets&) = delete;

    // Whether `cost` tokens were there, and now are taken; a refusal takes nothing. `key` is a hash of whose
    // limit it is. Rate and burst may be others each time: those of now hold. A time before the last counts
    // as the last.
    bool take(std::uint64_t key, std::uint32_t rate_per_second, std::uint32_t burst, SteadyTime now,
              std::uint32_t cost = 1);
    // What another edge took.
    void add_foreign(const TakenCount& taken, SteadyTime now);
    // What was taken here since the last call: at most `most` keys, those of which most was taken, in falling
    // order. What the others took is not told any more.
    std::vector<TakenCount> take_counts(std::size_t most);

    [[nodiscard]] std::size_t size() const;

  private:
    // How much is missing from a full bucket, in billionths of a token: that says more than what is left, as
    // it means something before the burst is known.
    struct Bucket {
        std::uint64_t key = 0;
        std::uint64_t missing = 0;
        SteadyTime at;  // when that was so
        std::uint32_t rate = 0, burst = 0;
        std::uint32_t taken = 0;  // here, since the last take_counts()
        std::uint64_t round = 0;  // of take_counts(), in which it was last put in front
    };
    struct Shard {
        mutable std::mutex mutex;
        std::list<Bucket> recent;  // the most recently used first
        std::unordered_map<std::uint64_t, std::list<Bucket>::iterator> by_key;
        std::uint64_t round = 1;
    };
    Shard& shard_of(std::uint64_t key);
    Bucket& front(Shard& shard, std::uint64_t key, SteadyTime now);
    static void refill(Bucket& bucket, SteadyTime now);

    std::size_t shard_count_, most_in_shard_;
    std::unique_ptr<Shard[]> shards_;
};

}  // namespace outpost::auth
