#include "bench/scenario/scenario.hpp"

#include <cmath>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

Crowd crowd_of(Activity activity, std::uint32_t count) {
    Crowd crowd;
    crowd.activity = activity;
    (activity == Activity::play || activity == Activity::hold ? crowd.count : crowd.connections) = count;
    return crowd;
}

Scenario scenario_of(std::vector<Crowd> crowds) {
    Scenario scenario;
    scenario.crowds = std::move(crowds);
    return scenario;
}

}  // namespace

TEST_CASE(
    "a compressed scenario has its arrivals, stays and happenings in less time, and films at their pace") {
    Scenario scenario = scenario_of({crowd_of(Activity::play, 205)});
    scenario.lasts = 1h;
    scenario.warm_up = 6min;
    Crowd& crowd = scenario.crowds[0];
    crowd.start = 2min;
    crowd.over = 10min;
    crowd.stay = 30min;
    crowd.zap_every = 40s;
    crowd.pause_for = 10s;
    crowd.rate = 7;
    scenario.events = {{20min, Happening::origin_dies, 2min}};
    const Scenario made = scenario.compressed(12);
    CHECK(made.lasts == 5min);
    CHECK(made.warm_up == 30s);
    CHECK(made.crowds[0].start == 10s);
    CHECK(made.crowds[0].over == 50s);
    CHECK(made.crowds[0].stay == 150s);
    CHECK(made.crowds[0].zap_every == 40s);
    CHECK(made.crowds[0].pause_for == 10s);
    CHECK(made.crowds[0].rate == 7);
    CHECK(made.crowds[0].count == 205);
    CHECK(made.events[0].at == 100s);
    CHECK(made.events[0].lasts == 10s);
    CHECK(scenario.lasts == 1h);
}

TEST_CASE("what was some time stays some, because none means something else") {
    Scenario scenario = scenario_of({crowd_of(Activity::play, 1)});
    scenario.crowds[0].stay = 5ms;
    const Scenario made = scenario.compressed(1000);
    CHECK(made.crowds[0].stay == 1ms);  // 0 would be: until the end
    CHECK(made.crowds[0].over == 0ms);
    for (const double senseless : {0.0, -2.0, std::nan(""), double{INFINITY}})
        CHECK(scenario.compressed(senseless).lasts == 60s);
}

TEST_CASE("a scaled scenario has as many times the boxes and idle connections, and the same requesters") {
    const Scenario scenario = scenario_of({crowd_of(Activity::play, 10), crowd_of(Activity::hold, 30),
                                           crowd_of(Activity::request, 16), crowd_of(Activity::connect, 8)});
    CHECK(scenario.clients() == 64);
    const Scenario made = scenario.scaled(2.5);
    CHECK(made.crowds[0].count == 25);
    CHECK(made.crowds[1].count == 75);
    CHECK(made.crowds[2].connections == 16);
    CHECK(made.crowds[3].connections == 8);
}

TEST_CASE("scaled crowds are rounded together, so that the whole is what was asked for") {
    const Scenario scenario =
        scenario_of({crowd_of(Activity::play, 1), crowd_of(Activity::play, 1), crowd_of(Activity::play, 1)});
    for (const std::uint64_t wanted : {3, 4, 5, 7, 16, 1000, 99999}) {
        CAPTURE(wanted);
        CHECK(scenario.scaled(static_cast<double>(wanted) / 3).clients() == wanted);
    }
    CHECK(scenario.scaled(0.01).clients() == 3);  // no crowd is left without a client
    const Scenario county = scenario_of({crowd_of(Activity::play, 205)});
    for (const std::uint64_t wanted : {1, 16, 103, 204, 206, 777, 8191})
        CHECK(county.scaled(static_cast<double>(wanted) / 205).clients() == wanted);
}
