#include "auth/token_buckets.hpp"

#include <atomic>
#include <limits>
#include <thread>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;
using namespace std::chrono_literals;

namespace {

const SteadyTime start{1h};

// How many of `tries` at one moment are let through.
int let(TokenBuckets& buckets, std::uint64_t key, std::uint32_t rate, std::uint32_t burst, SteadyTime now,
        int tries = 1000) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += buckets.take(key, rate, burst, now) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("a full bucket lets its burst through, then its rate, and never more than its burst") {
    TokenBuckets buckets;
    CHECK(let(buckets, 1, 5, 20, start) == 20);
    CHECK(let(buckets, 1, 5, 20, start + 199ms) == 0);
    CHECK(let(buckets, 1, 5, 20, start + 200ms) == 1);
    CHECK(let(buckets, 1, 5, 20, start + 1200ms) == 5);
    CHECK(let(buckets, 1, 5, 20, start + 1h) == 20);
}

TEST_CASE("refill is exact: asked a million times a second, nothing is lost to rounding and nothing won") {
    TokenBuckets buckets;
    REQUIRE(let(buckets, 1, 3, 3, start) == 3);
    int count = 0;
    for (int i = 1; i <= 1'000'000; ++i) count += buckets.take(1, 3, 3, start + i * 1us) ? 1 : 0;
    CHECK(count == 3);
    CHECK_FALSE(buckets.take(1, 3, 3, start + 1'333'333'333ns));
    CHECK(buckets.take(1, 3, 3, start + 1'333'333'334ns));
}

TEST_CASE("a dear request takes its cost or nothing") {
    TokenBuckets buckets;
    CHECK(buckets.take(1, 1, 10, start, 7));
    CHECK_FALSE(buckets.take(1, 1, 10, start, 4));
    CHECK(buckets.take(1, 1, 10, start, 3));
    CHECK_FALSE(buckets.take(1, 1, 10, start + 1h, 11));  // more than the bucket ever holds
}

TEST_CASE("each key has its own bucket") {
    TokenBuckets buckets;
    CHECK(let(buckets, 1, 1, 2, start) == 2);
    CHECK(let(buckets, 2, 1, 2, start) == 2);
}

TEST_CASE("a clock that another thread read earlier gives nothing and takes nothing") {
    TokenBuckets buckets;
    REQUIRE(let(buckets, 1, 1000, 5, start) == 5);
    CHECK_FALSE(buckets.take(1, 1000, 5, start - 1s));
    CHECK(buckets.take(1, 1000, 5, start + 1ms));
}

TEST_CASE("the largest figures do not overflow") {
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    TokenBuckets buckets;
    CHECK(buckets.take(1, most, most, start, most));
    CHECK_FALSE(buckets.take(1, most, most, start));
    CHECK(buckets.take(1, most, most, start + 24h * 365 * 100, most));
    for (int i = 0; i < 8; ++i) buckets.add_foreign({1, most, most, most}, start);
    CHECK_FALSE(buckets.take(1, most, most, start));
    CHECK_FALSE(buckets.take(2, most, 0, start));
    CHECK(buckets.take(3, 0, 1, start));  // no rate: the burst, once
    CHECK_FALSE(buckets.take(3, 0, 1, start + 24h));
}

TEST_CASE("a limit that changes holds at once") {
    TokenBuckets buckets;
    REQUIRE(let(buckets, 1, 1, 100, start) == 100);
    CHECK(let(buckets, 1, 1, 10, start + 5s) == 0);  // owed from before: its burst at most
    CHECK(let(buckets, 1, 1, 10, start + 16s) == 1);
    CHECK(let(buckets, 1, 1, 200, start + 16s) == 190);
}

TEST_CASE("what other edges let through counts here too, from the first request on") {
    TokenBuckets buckets;
    buckets.add_foreign({1, 6, 2, 10}, start);
    CHECK(let(buckets, 1, 2, 10, start + 1s) == 6);  // 4 left, 2 refilled
    buckets.add_foreign({2, 3, 1, 10}, start);
    buckets.add_foreign({2, 3, 1, 10}, start + 3s);  // what was taken at first is back
    CHECK(let(buckets, 2, 1, 10, start + 3s) == 7);
}

TEST_CASE("what was let through too much is owed, up to one burst") {
    TokenBuckets buckets;
    REQUIRE(let(buckets, 1, 1, 10, start) == 10);
    buckets.add_foreign({1, 5, 1, 10}, start);
    CHECK(let(buckets, 1, 1, 10, start + 5s) == 0);
    CHECK(let(buckets, 1, 1, 10, start + 6s) == 1);
    for (int i = 0; i < 100; ++i) buckets.add_foreign({1, 1000, 1, 10}, start + 6s);
    CHECK(let(buckets, 1, 1, 10, start + 17s) == 1);
}

TEST_CASE(
    "counts are what was taken here since the last call, the largest first, and no more than asked for") {
    TokenBuckets buckets;
    CHECK(buckets.take_counts(10).empty());
    let(buckets, 1, 1, 5, start, 3);
    let(buckets, 2, 1, 5, start, 9);  // five are let through
    buckets.take(3, 1, 5, start, 4);
    buckets.add_foreign({4, 7, 1, 5}, start);
    using Counts = std::vector<TakenCount>;
    CHECK(buckets.take_counts(2) == Counts{{2, 5, 1, 5}, {3, 4, 1, 5}});
    CHECK(buckets.take_counts(2).empty());
    let(buckets, 1, 1, 5, start, 1);
    CHECK(buckets.take_counts(2) == Counts{{1, 1, 1, 5}});
}

TEST_CASE("the table is bounded, and the least recently used key leaves first") {
    TokenBuckets buckets{3};
    for (const std::uint64_t key : {1, 2, 3}) REQUIRE(buckets.take(key, 1, 1, start));
    CHECK_FALSE(buckets.take(1, 1, 1, start));  // used again
    CHECK(buckets.take(4, 1, 1, start));
    CHECK(buckets.size() == 3);
    CHECK_FALSE(buckets.take(1, 1, 1, start));
    CHECK(buckets.take(2, 1, 1, start));  // had left, and begins anew
    TokenBuckets many{1000};
    for (std::uint64_t key = 0; key < 20'000; ++key) many.take(key * 0x9E3779B97F4A7C15U, 1, 1, start);
    CHECK(many.size() <= 1000);
    CHECK(many.size() > 900);
}

TEST_CASE("threads share a bucket without letting one more through") {
    TokenBuckets buckets;
    std::atomic<int> count{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            count += let(buckets, 1, 0, 3000, start, 2000);
            buckets.take_counts(10);
        });
    for (auto& thread : threads) thread.join();
    CHECK(count == 3000);
}
