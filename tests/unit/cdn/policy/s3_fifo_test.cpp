#include "cdn/policy/s3_fifo.hpp"

#include <thread>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

using Id = S3Fifo::Id;
using Ids = std::vector<Id>;

constexpr Bytes capacity = 100_B;

// What an owner does on a miss. Fingerprints are ids here, so that an object that comes back has its old id.
Ids bring_in(S3Fifo& cache, Id id, Bytes weight = 1_B) {
    REQUIRE(cache.insert(id, id, weight).has_value());
    return cache.shrink_to(cache.limits().capacity);
}

void bring_in_all(S3Fifo& cache, Id first, Id last) {
    for (Id id = first; id <= last; ++id) bring_in(cache, id);
}

// A cache of 100 objects of one byte: 1..90 in the main queue, 91..100 in the small one.
void fill(S3Fifo& cache) {
    for (Id id = 1; id <= 90; ++id) cache.restore(id, id, 1_B, {.main = true, .hits = 0});
    for (Id id = 91; id <= 100; ++id) cache.restore(id, id, 1_B, {});
}

bool in_main(const S3Fifo& cache, Id id) { return cache.standing(id).value().main; }

}  // namespace

TEST_CASE("a cache that is not full evicts nobody") {
    S3Fifo cache{{capacity}};
    for (Id id = 1; id <= 100; ++id) CHECK(bring_in(cache, id).empty());
    CHECK(cache.weight() == 100_B);
    CHECK(cache.count() == 100);
    CHECK(cache.check() == "");
}

TEST_CASE("what was not hit in the small queue leaves oldest first, and is remembered") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(bring_in(cache, 101) == Ids{91});
    CHECK(bring_in(cache, 102) == Ids{92});
    CHECK_FALSE(cache.holds(91));
    CHECK(cache.remembers(91));
    CHECK_FALSE(cache.remembers(93));
}

TEST_CASE("one hit in the small queue is enough to move to the main queue, where it begins without hits") {
    S3Fifo cache{{capacity}};
    fill(cache);
    cache.touch(91);
    CHECK(bring_in(cache, 101) == Ids{1});  // 91 has left the small queue to its share; main gives its oldest
    CHECK(cache.standing(91) == S3Fifo::Standing{.main = true, .hits = 0});
}

TEST_CASE("the oldest of the main queue goes round once for each of its hits") {
    S3Fifo cache{{3_B}};
    for (Id id = 1; id <= 3; ++id) cache.restore(id, id, 1_B, {.main = true, .hits = 0});
    cache.touch(1);
    cache.touch(1);
    cache.touch(2);
    CHECK(cache.evict() == 3);
    CHECK(cache.standing(1)->hits == 1);
    CHECK(cache.standing(2)->hits == 0);
    CHECK(cache.evict() == 2);
    CHECK(cache.evict() == 1);
    CHECK_FALSE(cache.evict().has_value());
}

TEST_CASE("hits are counted up to three") {
    S3Fifo cache{{capacity}};
    const auto handle = cache.insert(1, 1, 1_B).value();
    for (int n = 0; n < 300; ++n) handle.mark_hit();
    CHECK(cache.standing(1)->hits == 3);
    CHECK(cache.check() == "");
}

TEST_CASE(
    "an object that comes back while its ghost is remembered goes to the main queue, whatever its new id") {
    S3Fifo cache{{capacity}};
    fill(cache);
    bring_in(cache, 101);
    REQUIRE(cache.remembers(91));
    CHECK(cache.insert(5000, 91, 1_B).has_value());
    CHECK(in_main(cache, 5000));
    CHECK_FALSE(cache.remembers(91));
    CHECK(cache.check() == "");
}

TEST_CASE("what leaves the main queue leaves no ghost, nor does what its owner erases") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(cache.shrink_to(99_B) == Ids{1});  // the small queue is within its share
    CHECK_FALSE(cache.remembers(1));
    CHECK(cache.erase(95));
    CHECK_FALSE(cache.remembers(95));
    CHECK_FALSE(cache.erase(95));
    CHECK(cache.count() == 98);
    CHECK(cache.check() == "");
}

TEST_CASE("there are no more ghosts than entries, and they weigh no more than the main queue may") {
    S3Fifo cache{{capacity}};
    bring_in_all(cache, 1, 1000);
    std::size_t ghosts = 0;
    for (Id id = 1; id <= 1000; ++id) ghosts += cache.remembers(id) ? 1 : 0;
    CHECK(ghosts == 90);
    CHECK(cache.remembers(900));
    CHECK_FALSE(cache.remembers(810));

    S3Fifo light{{capacity}};
    for (Id id = 1; id <= 1000; ++id) {
        light.insert(id, id, 0_B);
        if (id > 10) light.evict();
    }
    ghosts = 0;
    for (Id id = 1; id <= 1000; ++id) ghosts += light.remembers(id) ? 1 : 0;
    CHECK(light.count() == 10);
    CHECK(ghosts == 10);
    CHECK(light.check() == "");
}

TEST_CASE("a scan passes through the small queue and leaves the main queue alone") {
    S3Fifo cache{{capacity}};
    fill(cache);
    bring_in_all(cache, 1001, 11'000);
    for (Id id = 1; id <= 90; ++id) CHECK(cache.holds(id));
    CHECK(cache.count() == 100);
}

TEST_CASE("weights count, not entries") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(bring_in(cache, 101, 5_B) == Ids{91, 92, 93, 94, 95});
    CHECK(cache.weight() == 100_B);
    CHECK(cache.shrink_to(50_B).size() == 50);
    CHECK(cache.weight() == 50_B);
}

TEST_CASE("an object that grows keeps its place and makes others leave") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(cache.resize(91, 4_B));
    CHECK(cache.weight() == 103_B);
    CHECK(cache.shrink_to(capacity) == Ids{91});  // it is still the oldest of the small queue
    CHECK(cache.weight() == 99_B);
    CHECK_FALSE(cache.resize(91, 1_B));
    CHECK(cache.check() == "");
}

TEST_CASE("inserting an id that is held keeps its place and takes the new weight") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(cache.insert(91, 91, 3_B).has_value());
    CHECK(cache.count() == 100);
    CHECK(cache.shrink_to(capacity) == Ids{91});
}

TEST_CASE("an object larger than the cache is refused, at once or when it grows") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(cache.fits(100_B));
    CHECK_FALSE(cache.fits(101_B));
    CHECK_FALSE(cache.insert(101, 101, 101_B).has_value());
    CHECK_FALSE(cache.restore(101, 101, 101_B, {}).has_value());
    CHECK_FALSE(cache.resize(100, Bytes{UINT64_MAX}));
    CHECK(cache.weight() == 100_B);
    CHECK(cache.check() == "");
}

TEST_CASE("an object larger than the small queue's share is not thrown out by its own arrival") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(bring_in(cache, 101, 40_B).size() == 40);
    CHECK(cache.holds(101));
    SUBCASE("a scan of such objects costs the main queue the room of one") {
        for (Id id = 102; id <= 120; ++id) CHECK(bring_in(cache, id, 40_B) == Ids{id - 1});
        for (Id id = 31; id <= 90; ++id) CHECK(cache.holds(id));
    }
    SUBCASE("one that is hit moves to the main queue") {
        cache.touch(101);
        bring_in(cache, 102);
        CHECK(in_main(cache, 101));
    }
    SUBCASE("one as large as the cache may have all of it") {
        CHECK(bring_in(cache, 102, 100_B).size() == 61);
        CHECK(cache.holds(102));
        CHECK(cache.count() == 1);
    }
    CHECK(cache.check() == "");
}

TEST_CASE("a pinned entry is never evicted, and is the next to be judged when it is unpinned") {
    S3Fifo cache{{capacity}};
    fill(cache);
    CHECK(cache.pin(91, true));
    CHECK(cache.pin(1, true));
    CHECK(bring_in(cache, 101) == Ids{92});
    CHECK(cache.holds(91));
    CHECK(cache.check() == "");
    CHECK(cache.pin(91, false));
    CHECK(cache.standing(91) == S3Fifo::Standing{});
    CHECK(bring_in(cache, 102) == Ids{91});
    CHECK(cache.shrink_to(0_B).size() == 99);
    CHECK(cache.holds(1));
    CHECK(in_main(cache, 1));
    CHECK_FALSE(cache.evict().has_value());
    CHECK(cache.weight() == 1_B);
    CHECK(cache.resize(1, 7_B));
    CHECK(cache.weight() == 7_B);
    CHECK_FALSE(cache.pin(91, true));
    CHECK(cache.check() == "");
    CHECK(cache.erase(1));
    CHECK(cache.weight() == 0_B);
    CHECK(cache.check() == "");
}

TEST_CASE("a pin that is lifted before the end of the queue changes no place") {
    S3Fifo cache{{capacity}};
    fill(cache);
    cache.pin(92, true);
    cache.pin(92, false);
    CHECK(bring_in(cache, 101) == Ids{91});
    CHECK(bring_in(cache, 102) == Ids{92});
}

TEST_CASE("pinned weight starves neither queue") {
    S3Fifo cache{{capacity}};
    cache.restore(1, 1, 80_B, {});
    cache.pin(1, true);
    for (Id id = 2; id <= 19; ++id) cache.restore(id, id, 1_B, {.main = true, .hits = 0});
    bring_in_all(cache, 101, 200);
    for (Id id = 2; id <= 19; ++id) CHECK(cache.holds(id));
}

TEST_CASE("no more entries are held than the limit, however light they are") {
    S3Fifo cache{{.capacity = capacity, .entries = 10}};
    for (Id id = 1; id <= 10; ++id) CHECK(bring_in(cache, id, 0_B).empty());
    CHECK(bring_in(cache, 11, 0_B).size() == 1);
    CHECK(cache.count() == 10);
    CHECK(cache.holds(11));
}

TEST_CASE("a smaller limit takes effect with the next shrinking") {
    S3Fifo cache{{capacity}};
    fill(cache);
    cache.set_limits({.capacity = 50_B});
    CHECK(cache.shrink_to(50_B).size() == 50);
    CHECK_FALSE(cache.fits(51_B));
    CHECK(cache.check() == "");
}

TEST_CASE("a restored cache decides as the one that was saved") {
    S3Fifo before{{capacity}};
    bring_in_all(before, 1, 100);
    for (Id id = 1; id <= 100; id += 3) before.touch(id);
    for (Id id = 2; id <= 100; id += 2) before.touch(id);
    S3Fifo after{{capacity}};
    for (Id id = 1; id <= 100; ++id)
        CHECK(after.restore(id, id, 1_B, before.standing(id).value()).has_value());
    for (Id id = 1; id <= 100; ++id) CHECK(after.standing(id) == before.standing(id));
    for (int n = 0; n < 100; ++n) CHECK(after.evict() == before.evict());
}

TEST_CASE("a decision looks at a bounded number of warm entries, then takes the first of the least warm") {
    S3Fifo cache{{1000_B}};
    for (Id id = 1; id <= 1000; ++id) {
        const bool less_warm = id == 7 || id == 9;
        cache.restore(id, id, 1_B, {.main = true, .hits = static_cast<std::uint8_t>(less_warm ? 2 : 3)});
    }
    CHECK(cache.evict() == 7);
    unsigned passed = 0;
    for (Id id = 1; id <= 1000; ++id) passed += cache.holds(id) && cache.standing(id)->hits < 3 ? 1 : 0;
    CHECK(passed == S3Fifo::most_steps - 1);
}

TEST_CASE("an entry takes less than 52 bytes, and its ghost no more") {
    constexpr std::size_t count = 1'000'000;
    S3Fifo cache{{Bytes{count}}};
    cache.reserve(count);
    for (Id id = 0; id < count; ++id) cache.insert(id, id * 0x9e3779b97f4a7c15ULL, 1_B);
    // A table for a million ghosts is there already.
    CHECK(cache.memory() < count * (40 + 2 * 9));
    for (Id id = count; id < 2 * count; ++id) {
        cache.insert(id, id * 0x9e3779b97f4a7c15ULL, 1_B);
        cache.evict();
    }
    CHECK(cache.memory() / count < 2 * 52);
    CHECK(cache.count() == count);
}

TEST_CASE("hits are marked from other threads while entries come and go") {
    S3Fifo cache{{capacity}};
    std::vector<S3Fifo::Handle> handles;
    for (Id id = 1; id <= 100; ++id) handles.push_back(cache.insert(id, id, 1_B).value());
    std::jthread marker{[handles](const std::stop_token& stop) {
        do {
            for (const auto& handle : handles) handle.mark_hit();
        } while (!stop.stop_requested());
    }};
    // Handles of entries that have left mark whoever took their slots.
    for (Id id = 101; id <= 20'000; ++id) CHECK(bring_in(cache, id).size() == 1);
    marker.request_stop();
    marker.join();
    CHECK(cache.check() == "");
}
