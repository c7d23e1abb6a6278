#include "bench/player/playback.hpp"

#include <doctest/doctest.h>

#include "bench/player/viewer.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {
const SteadyTime zero{std::chrono::hours{1}};
}

TEST_CASE("Playback begins when every medium has enough, or all that there is") {
    Playback playback;
    playback.open(2, 2s, 5s, zero);
    playback.append(0, 4s, 1_Mbps, false, zero + 1s);
    CHECK(playback.mode() == Playback::Mode::starting);
    playback.append(1, 1s, 0_kbps, false, zero + 2s);
    CHECK(playback.mode() == Playback::Mode::starting);
    playback.append(1, 1500ms, 0_kbps, true, zero + 3s);
    CHECK(playback.mode() == Playback::Mode::playing);
    CHECK(playback.take_first_picture() == zero + 3s);
    CHECK_FALSE(playback.take_first_picture());
    // The sound has ended; the picture goes on alone.
    CHECK(playback.dry() == zero + 7s);
}

TEST_CASE("Playback stops where the first medium ends and says how long it stood") {
    Playback playback;
    playback.open(2, 1s, 2s, zero);
    playback.append(0, 8s, 1_Mbps, false, zero);
    playback.append(1, 4s, 0_kbps, false, zero);
    CHECK(playback.position(zero + 3s) == 3s);
    CHECK(playback.position(zero + 30s) == 4s);
    CHECK(playback.falls_to(0, 5s) == zero + 3s);
    CHECK(playback.falls_to(0, 9s) == zero);
    CHECK(playback.falls_to(0, 3s) == SteadyTime::max());  // it stalls with 4 s left
    playback.append(1, 5s, 0_kbps, false, zero + 6s);      // 1 s is too little to go on
    CHECK(playback.mode() == Playback::Mode::stalled);
    playback.append(1, 6s, 0_kbps, false, zero + 7s);
    CHECK(playback.mode() == Playback::Mode::playing);
    CHECK(playback.take_stall() == Stall{zero + 4s, 3s});
    CHECK(playback.played() == 4s);
    playback.advance(zero + 9s);
    CHECK(playback.played() == 6s);
    CHECK(playback.media_bits() == 6'000'000);
}

TEST_CASE("Bits are those of the renditions that were shown") {
    Playback playback;
    playback.open(1, 1s, 1s, zero);
    playback.append(0, 4s, 1_Mbps, false, zero);
    playback.append(0, 8s, 5_Mbps, true, zero);
    playback.advance(zero + 5s);
    CHECK(playback.media_bits() == 9'000'000);  // 4 s of 1 and 1 s of 5
    playback.advance(zero + 20s);
    CHECK(playback.mode() == Playback::Mode::ended);
    CHECK(playback.media_bits() == 24'000'000);
    CHECK(playback.played() == 8s);
}

TEST_CASE("A pause keeps the buffer and is no stall") {
    Playback playback;
    playback.open(1, 1s, 1s, zero);
    playback.append(0, 4s, 1_Mbps, false, zero);
    playback.pause(zero + 1s);
    CHECK(playback.dry() == SteadyTime::max());
    CHECK(playback.buffered(zero + 60s) == 3s);
    playback.resume(zero + 60s);
    CHECK(playback.dry() == zero + 63s);
    playback.advance(zero + 62s);
    CHECK_FALSE(playback.take_stall());
}

TEST_CASE("Seeking into the buffer plays on; elsewhere it begins empty and ends a stall") {
    Playback playback;
    playback.open(1, 1s, 1s, zero);
    playback.append(0, 10s, 1_Mbps, false, zero);
    CHECK(playback.seek(7s, zero + 1s));
    CHECK(playback.dry() == zero + 4s);
    CHECK_FALSE(playback.seek(2s, zero + 6s));
    CHECK(playback.take_stall() == Stall{zero + 4s, 2s});
    CHECK(playback.mode() == Playback::Mode::starting);
    CHECK(playback.buffered(zero + 6s) == 0s);
    playback.append(0, 6s, 1_Mbps, false, zero + 7s);
    CHECK(playback.buffered(zero + 7s) == 4s);
    CHECK(playback.played() == 4s);
    playback.take_first_picture();
    CHECK_FALSE(playback.take_first_picture());  // seen before
}

TEST_CASE("Gaps between what viewers do are exponential: e^-1 of them are over the mean") {
    Chance chance{1};
    int over = 0;
    Nanoseconds sum{0};
    for (int i = 0; i < 20'000; ++i) {
        const auto gap = chance.gap(1000ms);
        over += gap > 1s ? 1 : 0;
        sum += gap;
    }
    CHECK(over / 20'000.0 == doctest::Approx(0.3679).epsilon(0.03));
    CHECK(std::chrono::duration<double>{sum}.count() / 20'000 == doctest::Approx(1.0).epsilon(0.03));
}

TEST_CASE("Popularity by Zipf: the n-th title is chosen n^-s times as often as the first") {
    for (const double s : {0.0, 0.8, 1.0, 1.4}) {
        CAPTURE(s);
        Chance chance{3};
        std::map<std::uint64_t, int> counts;
        for (int i = 0; i < 60'000; ++i) ++counts[chance.zipf(4, s)];
        double weights = 0;
        for (int n = 1; n <= 4; ++n) weights += std::pow(n, -s);
        REQUIRE(counts.size() == 4);
        for (int n = 1; n <= 4; ++n) {
            CHECK(counts[static_cast<std::uint64_t>(n)] / 60'000.0 ==
                  doctest::Approx(std::pow(n, -s) / weights).epsilon(0.04));
        }
    }
}

TEST_CASE("{} stands for every film of the catalogue, and a zap leads to another one") {
    Crowd crowd;
    crowd.titles = {"/a/{}/{}.mpd", "/b.m3u8"};
    crowd.catalogue = 3;
    CHECK(titles_of(crowd) == 4);
    CHECK(title_at(crowd, 0) == "/a/1/1.mpd");
    CHECK(title_at(crowd, 2) == "/a/3/3.mpd");
    CHECK(title_at(crowd, 3) == "/b.m3u8");
    crowd.zipf = 9;  // nearly always the first
    Viewer viewer{crowd, 1, zero};
    std::string before;
    for (int i = 0; i < 50; ++i) {
        const std::string title = viewer.choose_title();
        CHECK(title != before);
        before = title;
    }
    crowd.titles = {"/b.m3u8"};
    Viewer lone{crowd, 1, zero};
    CHECK(lone.choose_title() == "/b.m3u8");
    CHECK(lone.choose_title() == "/b.m3u8");
}
