#include "bench/load/arrivals.hpp"

#include <algorithm>

#include "bench/load/checksums.hpp"
#include "bench/load/counters.hpp"
#include "bench/load/link.hpp"
#include "bench/load/loop.hpp"
#include "bench/load/paths.hpp"
#include "bench/load/plan.hpp"

using namespace std::chrono_literals;

namespace outpost::bench {

TEST_SUITE_BEGIN("bench/load");

TEST_CASE("a ramp is even, and who comes at once comes at the start") {
    CHECK(arrivals(Arrival::ramp, 4, 10s, 8s, 1) == std::vector<Nanoseconds>{10s, 12s, 14s, 16s});
    CHECK(arrivals(Arrival::at_once, 3, 5s, 8s, 1) == std::vector<Nanoseconds>{5s, 5s, 5s});
    CHECK(arrivals(Arrival::ramp, 0, 5s, 8s, 1).empty());
}

TEST_CASE("Poisson arrivals have exponential gaps of the mean, the same for a seed") {
    const auto times = arrivals(Arrival::poisson, 20'000, 0s, 2000s, 7);
    CHECK(std::is_sorted(times.begin(), times.end()));
    CHECK(times == arrivals(Arrival::poisson, 20'000, 0s, 2000s, 7));
    CHECK(times != arrivals(Arrival::poisson, 20'000, 0s, 2000s, 8));
    // The 20000th comes at 2000 s give or take 2000/sqrt(20000) = 14 s; four of these are safe for a seed.
    CHECK(times.back() > 1943s);
    CHECK(times.back() < 2057s);
    // Gaps of mean 0.1 s are longer than that in 1/e = 36.8 % of all cases.
    std::size_t longer = 0;
    for (std::size_t i = 1; i < times.size(); ++i) longer += times[i] - times[i - 1] > 100ms ? 1 : 0;
    CHECK(longer > 7060);
    CHECK(longer < 7660);
}

TEST_CASE("a flash crowd comes about the middle") {
    const auto times = arrivals(Arrival::flash, 10'000, 100s, 60s, 3);
    CHECK(std::is_sorted(times.begin(), times.end()));
    CHECK(times.front() >= 100s);
    CHECK(times.back() <= 160s);
    // A sixth of 60 s is the deviation: 68.3 % are within 10 s of 130 s.
    const auto near =
        std::count_if(times.begin(), times.end(), [](Nanoseconds t) { return t > 120s && t < 140s; });
    CHECK(near > 6640);
    CHECK(near < 7020);
}

TEST_CASE("paths come in turn, and the catalogue by popularity") {
    Crowd crowd;
    crowd.paths = {"/a", "/film-{}/x.m4s"};
    crowd.catalogue = 3;
    crowd.zipf = 1;  // 1 : 1/2 : 1/3, that is 6/11, 3/11 and 2/11
    const auto paths = Paths::of(crowd);
    REQUIRE(paths.has_value());
    Random random{1};
    std::map<std::string, int> seen;
    for (int turn = 0; turn < 22'000; ++turn) {
        std::string path;
        paths->append(static_cast<std::uint64_t>(turn), random, path);
        ++seen[path];
    }
    CHECK(seen.size() == 4);
    CHECK(seen["/a"] == 11'000);
    CHECK(std::abs(seen["/film-1/x.m4s"] - 6000) < 200);
    CHECK(std::abs(seen["/film-2/x.m4s"] - 3000) < 200);
    CHECK(std::abs(seen["/film-3/x.m4s"] - 2000) < 200);
    crowd.paths = {"http://elsewhere/a"};
    CHECK_FALSE(Paths::of(crowd).has_value());
    crowd.paths = {};
    CHECK_FALSE(Paths::of(crowd).has_value());
}

TEST_CASE("a link lets through its rate and no burst of more than 50 ms") {
    const SteadyTime start{};
    Link link{8_Mbps, start};  // 1 MB/s: 50 000 bytes in 50 ms
    CHECK(link.allowed(start) == 0);
    CHECK(link.ready_at() > start + 24ms);  // half of it
    CHECK(link.ready_at() < start + 26ms);
    CHECK(link.allowed(start + 30ms) == 30'000);
    link.took(30'000);
    CHECK(link.allowed(start + 31ms) == 0);
    CHECK(link.allowed(start + 10s) == 50'000);
}

TEST_CASE("checksums are read whole or not at all") {
    const auto sums = Checksums::parse("00000000000000ff  /a b\r\nffffffffffffffff  /c\n\n", "list");
    REQUIRE(sums.has_value());
    CHECK(sums->of("/a b") == 255U);
    CHECK(sums->of("/c?query") == ~std::uint64_t{0});
    CHECK_FALSE(sums->of("/d").has_value());
    CHECK(Checksums::parse("00000000000000ff  /a\n00ff  /b\n", "list").error().where == "list:2");
    CHECK_FALSE(Checksums::parse("00000000000000ff /a\n", "list").has_value());
    CHECK_FALSE(Checksums::parse("00000000000000fg  /a\n", "list").has_value());
}

TEST_CASE("times in the counters' buckets are known to a quarter") {
    for (const Nanoseconds time : {Nanoseconds{5us}, Nanoseconds{1ms}, Nanoseconds{150ms}, Nanoseconds{7s}}) {
        const Nanoseconds end = bucket_end(time_bucket(time));
        CHECK(end > time);
        CHECK(end <= time * 5 / 4 + 1us);
    }
    CHECK(time_bucket(Nanoseconds{24h * 365}) < time_buckets);
    CHECK(time_bucket(Nanoseconds{-1}) < time_buckets);
}

TEST_CASE("each client comes once, whatever the threads and processes") {
    Crowd play, ask;
    play.count = 10;
    ask.activity = Activity::request;
    ask.rate = 5;
    ask.connections = 4;
    std::vector<CrowdPlan> crowds(2);
    crowds[0].crowd = &play;
    crowds[0].arrivals = arrivals(Arrival::ramp, 10, 0s, 10s, 1);
    crowds[1].crowd = &ask;
    crowds[1].arrivals.assign(4, 3s);
    std::vector<int> players(10);
    std::uint32_t connections = 0;
    for (unsigned share = 0; share < 3; ++share) {
        for (const auto& hand : deal(crowds, share, 3, 2)) {
            CHECK(std::is_sorted(hand.begin(), hand.end(),
                                 [](const auto& a, const auto& b) { return a.at < b.at; }));
            for (const Duty::Coming& coming : hand) {
                if (coming.crowd == 0) ++players[coming.number];
                if (coming.crowd == 1) connections += coming.connections;
            }
        }
    }
    CHECK(players == std::vector<int>(10, 1));
    CHECK(connections == 4);
}

TEST_CASE("timers fire in their order, moved and disarmed as they were") {
    struct Noted final : public Timer {
        Noted(Loop& loop, int its_name, std::vector<int>& its_list)
            : Timer{loop}, whole{loop}, name{its_name}, list{its_list} {}
        void on_time(SteadyTime) override {
            list.push_back(name);
            if (name == 9) whole.stop();
        }
        Loop& whole;
        int name;
        std::vector<int>& list;
    };
    Loop loop;
    std::vector<int> fired;
    std::list<Noted> timers;
    const SteadyTime now = steady_now();
    for (int i = 0; i < 10; ++i) {
        timers.emplace_back(loop, i, fired);
        timers.back().arm(now + 1ms * ((i * 7) % 10));  // 0 7 4 1 8 5 2 9 6 3
    }
    auto at = timers.begin();
    std::advance(at, 4);
    at->disarm();
    std::advance(at, 5);
    at->arm(now + 20ms);                   // 9, the last
    at->arm_by(now + 30ms);                // not later than before
    std::prev(at)->arm_by(now + 1ms * 0);  // 8: from 6 ms to the front, beside 0
    loop.run();
    CHECK(fired.size() == 9);
    CHECK(fired.back() == 9);
    CHECK(std::vector<int>(fired.begin() + 2, fired.end() - 1) == std::vector<int>{3, 6, 2, 5, 1, 7});
}

TEST_SUITE_END();

}  // namespace outpost::bench
