// What the simulator prints in full, held on traces a quarter as large.
#include <doctest/doctest.h>

#include "tests/simulator/policies.hpp"

using namespace outpost;
using namespace outpost::simulator;

TEST_CASE("on mixed video traffic S3-FIFO misses less than LRU and more than who knows the future") {
    unsigned mixed = 0;
    for (const Traffic& traffic : usual_traffic(4)) {
        if (!traffic.mixed) continue;
        ++mixed;
        const Trace trace = make_trace(traffic, 1);
        for (const unsigned percent : {1U, 5U, 10U, 20U}) {
            CAPTURE(trace.name);
            CAPTURE(percent);
            const Bytes capacity{trace.catalogue.count() / 100 * percent};
            const Score ours = replay(trace, Policy::s3_fifo, capacity);
            const Score lru = replay(trace, Policy::lru, capacity);
            const Score belady = replay(trace, Policy::belady, capacity);
            CHECK(ours.requests == trace.requests.size());
            CHECK(ours.object_hit_ratio() > lru.object_hit_ratio());
            CHECK(ours.byte_hit_ratio() > lru.byte_hit_ratio());
            CHECK(ours.object_hit_ratio() < belady.object_hit_ratio());
            CHECK(ours.byte_hit_ratio() < belady.byte_hit_ratio());
        }
    }
    CHECK(mixed == 4);
}

TEST_CASE("a seed makes one trace, another seed another") {
    const Traffic traffic = usual_traffic(8).back();
    const Trace trace = make_trace(traffic, 1);
    CHECK(make_trace(traffic, 1).requests == trace.requests);
    CHECK(make_trace(traffic, 1).sizes == trace.sizes);
    CHECK(make_trace(traffic, 2).requests != trace.requests);
}

TEST_CASE("the simulated policies hit and evict as they are known to") {
    // Objects of one byte, a cache of three.
    const Trace trace{
        .name = "", .requests = {0, 1, 2, 0, 3, 0, 1, 4, 0, 1}, .sizes = {1, 1, 1, 1, 1}, .catalogue = 5_B};
    CHECK(replay(trace, Policy::lru, 3_B).hits == 4);     // 1 is gone when it is wanted again
    CHECK(replay(trace, Policy::fifo, 3_B).hits == 3);    // 0 leaves though it was hit
    CHECK(replay(trace, Policy::sieve, 3_B).hits == 4);   // 0 stays, the hand takes 1
    CHECK(replay(trace, Policy::belady, 3_B).hits == 5);  // all but the first ones
}
