#include "bench/commands/rounds.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::bench;

TEST_SUITE_BEGIN("bench commands");

TEST_CASE("each round begins with the next contestant") {
    CHECK(order_of_round(0, 3) == std::vector<std::size_t>{0, 1, 2});
    CHECK(order_of_round(1, 3) == std::vector<std::size_t>{1, 2, 0});
    CHECK(order_of_round(5, 3) == std::vector<std::size_t>{2, 0, 1});
}

TEST_CASE("costs become microseconds a request and seconds a gigabyte, with Outpost's ratio to each") {
    const auto all = comparisons_of("64 KB", {"nginx-cache", "outpost-edge"},
                                    {{{40e-6, 0.5}, {50e-6, 0.6}}, {{20e-6, 0.25}, {30e-6, 0.3}}});
    REQUIRE(all.size() == 2);
    CHECK(all[0].unit == "CPU µs/request");
    CHECK(all[0].rows[0].values[1] == doctest::Approx(50));
    CHECK(all[0].rows[0].ratios[1] == doctest::Approx(0.6));  // 30 by 50
    CHECK(all[0].rows[1].ratios[0] == doctest::Approx(1));
    CHECK(all[1].unit == "CPU s/GB");
    CHECK(all[1].rows[0].ratios[0] == doctest::Approx(0.5));
}

TEST_CASE("without bodies and without Outpost there is one table without ratios") {
    const auto all = comparisons_of("handshakes", {"varnish", "floor"}, {{{1e-3, 0}}, {{1e-4, 0}}});
    REQUIRE(all.size() == 1);
    CHECK(all[0].rows[0].ratios.empty());
}

TEST_CASE("to warm a server everything is asked for once, whatever the crowds' pace") {
    Scenario scenario;
    Crowd crowd;
    crowd.activity = Activity::request;
    crowd.connections = 64;
    crowd.rate = 100;
    crowd.catalogue = 3;
    crowd.paths = {"/sizes/65536/{}", "/one"};
    Crowd box;
    box.titles = {"/vod/a.m3u8"};
    scenario.crowds = {crowd, box};
    scenario.events = {{}};
    const Scenario once = asking_once(scenario);
    REQUIRE(once.crowds.size() == 4);
    CHECK(once.crowds[0].paths == std::vector<std::string>{"/sizes/65536/1"});
    CHECK(once.crowds[2].paths == std::vector<std::string>{"/sizes/65536/3"});
    CHECK(once.crowds[3].paths == std::vector<std::string>{"/one"});
    CHECK(once.clients() == 4);
    CHECK(once.events.empty());
    for (const Crowd& each : once.crowds) {
        CHECK(each.activity == Activity::hold);
        CHECK(each.rate == 0);
    }
}

TEST_SUITE_END();
