#include "auth/token_buckets.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace outpost::auth {
namespace {

constexpr std::uint64_t whole = 1'000'000'000;  // parts of a token; a nanosecond refills `rate` of them
constexpr std::size_t most_shards = 64;
constexpr std::size_t least_in_shard = 256;  // few buckets are in one shard, where the oldest of all leaves

std::uint64_t parts(std::uint32_t tokens) { return tokens * whole; }  // below 2^62

}  // namespace

TokenBuckets::TokenBuckets(std::size_t most_buckets)
    : shard_count_{std::clamp<std::size_t>(most_buckets / least_in_shard, 1, most_shards)},
      most_in_shard_{std::max<std::size_t>(most_buckets / shard_count_, 1)},
      shards_{std::make_unique<Shard[]>(shard_count_)} {}

TokenBuckets::~TokenBuckets() = default;

// By the high bits: the tables inside go by the low ones.
TokenBuckets::Shard& TokenBuckets::shard_of(std::uint64_t key) { return shards_[(key >> 40) % shard_count_]; }

TokenBuckets::Bucket& TokenBuckets::front(Shard& shard, std::uint64_t key, SteadyTime now) {
    if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) {
        shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
    } else {
        if (shard.recent.size() >= most_in_shard_) {
            shard.by_key.erase(shard.recent.back().key);
            shard.recent.pop_back();
        }
        shard.recent.emplace_front();
        shard.recent.front().key = key;
        shard.recent.front().at = now;
        shard.by_key.emplace(key, shard.recent.begin());
    }
    Bucket& bucket = shard.recent.front();
    bucket.round = shard.round;
    return bucket;
}

void TokenBuckets::refill(Bucket& bucket, SteadyTime now) {
    if (now <= bucket.at) return;
    const auto elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - bucket.at).count();
    bucket.at = now;
    if (bucket.rate == 0) return;
    const auto nanoseconds = static_cast<std::uint64_t>(elapsed);
    // Multiplied only where it can't overflow.
    bucket.missing =
        nanoseconds > bucket.missing / bucket.rate ? 0 : bucket.missing - nanoseconds * bucket.rate;
}

bool TokenBuckets::take(std::uint64_t key, std::uint32_t rate_per_second, std::uint32_t burst, SteadyTime now,
                        std::uint32_t cost) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    Bucket& bucket = front(shard, key, now);
    bucket.rate = rate_per_second;
    bucket.burst = burst;
    refill(bucket, now);
    bucket.missing = std::min(bucket.missing, 2 * parts(burst));
    if (cost > burst || bucket.missing > parts(burst - cost)) return false;
    bucket.missing += parts(cost);
    const std::uint32_t room = std::numeric_limits<std::uint32_t>::max() - bucket.taken;
    bucket.taken += std::min(cost, room);
    return true;
}

void TokenBuckets::add_foreign(const TakenCount& taken, SteadyTime now) {
    Shard& shard = shard_of(taken.key);
    const std::lock_guard lock{shard.mutex};
    Bucket& bucket = front(shard, taken.key, now);
    bucket.rate = taken.rate;
    bucket.burst = taken.burst;
    refill(bucket, now);
    bucket.missing = std::min(bucket.missing + parts(taken.count), 2 * parts(taken.burst));
}

std::vector<TakenCount> TokenBuckets::take_counts(std::size_t most) {
    std::vector<TakenCount> counts;
    for (std::size_t i = 0; i < shard_count_; ++i) {
        Shard& shard = shards_[i];
        const std::lock_guard lock{shard.mutex};
        // Whatever was used since the last time stands in front of all that was not.
        for (Bucket& bucket : shard.recent) {
            if (bucket.round != shard.round) break;
            if (bucket.taken != 0)
                counts.push_back({bucket.key, std::exchange(bucket.taken, 0), bucket.rate, bucket.burst});
        }
        ++shard.round;
    }
    const auto larger = [](const TakenCount& a, const TakenCount& b) {
        return a.count != b.count ? a.count > b.count : a.key < b.key;
    };
    const auto end = counts.begin() + static_cast<std::ptrdiff_t>(std::min(most, counts.size()));
    std::partial_sort(counts.begin(), end, counts.end(), larger);
    counts.erase(end, counts.end());
    return counts;
}

std::size_t TokenBuckets::size() const {
    std::size_t size = 0;
    for (std::size_t i = 0; i < shard_count_; ++i) {
        const std::lock_guard lock{shards_[i].mutex};
        size += shards_[i].recent.size();
    }
    return size;
}

}  // namespace outpost::auth
