#include "bench/player/player.hpp"

#include <doctest/doctest.h>

#include "tests/unit/bench/player/box.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace outpost::bench::testing;

namespace {

// A film of 15 segments of 4 s; the manifest takes 100 ms, a segment 1 s.
Reply steady(const Want& want) {
    if (want.keep_body) return {100ms, 500, 200, film(15, 4), {}};
    return {1s, 1'000'000, 200, {}, {}};
}

std::string ladder() {
    return "#EXTM3U\n"
           "#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720\nmid/v.m3u8\n"
           "#EXT-X-STREAM-INF:BANDWIDTH=1000000,RESOLUTION=640x360\nlow/v.m3u8\n"
           "#EXT-X-STREAM-INF:BANDWIDTH=4000000,RESOLUTION=1920x1080\ntop/v.m3u8\n";
}

}  // namespace

TEST_CASE("Start-up lasts from when a box was due to its first picture") {
    Box box{crowd_of("/film.m3u8"), steady};
    box.run(2s);
    // 0.1 s for the manifest and 1 s for a segment, which holds the 1 s that ExoPlayer wants.
    CHECK(box.recording.start_up().count() == 1);
    CHECK(box.recording.start_up().max() == 1100ms);
    CHECK(box.player.showing() == Player::Showing::playing);
    // At 2 s the first segment plays since 0.9 s.
    CHECK(box.player.buffered(zero + 2s) == 3100ms);
}

TEST_CASE("A box fetches until its buffer is full, and on when it has sunk to its goal") {
    Box box{crowd_of("/film.m3u8"), steady};
    box.run(20s);
    // The n-th segment arrives at n + 0.1 s and adds 3 s: 4 + 3 (n - 1) = 52 s with the 17th, over the 50
    // of ExoPlayer. So the 18th is wanted two seconds after 17.1 s, and the 19th, since the 18th brought
    // 50 - 1 + 4 = 53 s at 20.1 s, not yet.
    REQUIRE(box.asked.size() == 19);
    CHECK(box.asked[17].due == 16100ms);
    CHECK(box.asked[18].due == 19100ms);
    CHECK(box.recording.totals().stalls == 0);
}

TEST_CASE("A film that begins again goes on with its first segment and asks for no manifest") {
    Box box{crowd_of("/film.m3u8"), steady};
    box.run(20s);
    CHECK(box.asked[0].path == "/film.m3u8");
    CHECK(box.asked[15].path == "/s15.m4s");
    CHECK(box.asked[16].path == "/s1.m4s");
}

TEST_CASE("A stall is as long as data are missing, to the nanosecond, however late it is looked at") {
    for (const bool late : {false, true}) {
        CAPTURE(late);
        Recording recording{zero, Milliseconds{0}};
        const Crowd crowd = crowd_of("/film.m3u8");
        Player player{crowd, "http://edge.example", 1, recording, zero};
        const auto want = [&](SteadyTime now) { return std::get<Want>(player.step(now).at(0)); };
        const Want title = want(zero);
        player.arrived({title.id, zero, zero, zero + 100ms, 9, Failure::none, 200, film(15, 4), {}},
                       zero + 100ms);
        const Want first = want(zero + 100ms);
        player.arrived({first.id, zero, zero, zero + 1100ms, 9, Failure::none, 200, {}, {}}, zero + 1100ms);
        const Want second = want(zero + 1100ms);
        if (!late) {
            CHECK(player.wake() == zero + 5100ms);  // 4 s from 1.1 s on
            CHECK(player.step(player.wake()).empty());
            CHECK(player.showing() == Player::Showing::stalled);
        }
        player.arrived({second.id, zero, zero, zero + 8600ms + 7ns, 9, Failure::none, 200, {}, {}},
                       zero + 8700ms);
        CHECK(player.showing() == Player::Showing::playing);
        CHECK(recording.totals().stalls == 1);
        CHECK(recording.totals().stalled_for == 3500ms + 7ns);
        CHECK(want(zero + 8700ms).due == zero + 8600ms + 7ns);  // wanted when the one before was there
    }
}

TEST_CASE("After a stall as much must be there as the player wants before it goes on") {
    // Segments of 1 s; ExoPlayer starts with 1 s and goes on with 2 s.
    Box box{crowd_of("/film.m3u8"), [](const Want& want) -> Reply {
                if (want.keep_body) return {100ms, 500, 200, film(60, 1), {}};
                return {want.url.ends_with("/s2.m4s") ? 3s : 500ms, 1000, 200, {}, {}};
            }};
    box.run(10s);
    // Plays from 0.6 to 1.6 s; the second comes at 3.6, the third at 4.1 s: 2.5 s.
    CHECK(box.recording.totals().stalls == 1);
    CHECK(box.recording.totals().stalled_for == 2500ms);
}

TEST_CASE("A stall that the box leaves in counts up to then") {
    Crowd crowd = crowd_of("/film.m3u8");
    crowd.stay = 10'000ms;
    Box box{crowd, [](const Want& want) -> Reply {
                if (want.keep_body) return {100ms, 500, 200, film(15, 4), {}};
                return {want.url.ends_with("/s1.m4s") ? 1s : 60s, 1000, 200, {}, {}};
            }};
    box.run(30s);
    CHECK(box.player.finished());
    CHECK(box.now() == 10s);
    CHECK(box.recording.totals().stalled_for == 4900ms);  // dry at 5.1 s
    CHECK(box.recording.totals().sessions == 1);
    CHECK(box.recording.totals().played == 4s);
    CHECK(box.player.step(zero + 40s).empty());
    CHECK(box.player.wake() == SteadyTime::max());
}

TEST_CASE("A film that does not begin again is left at its end, and has played as long as it lasts") {
    Crowd crowd = crowd_of("/film.m3u8");
    crowd.loop = false;
    Box box{crowd, steady};
    box.run(100s);
    CHECK(box.player.finished());
    CHECK(box.player.complaint().empty());
    CHECK(box.now() == 61'100ms);
    CHECK(box.recording.totals().played == 60s);
    CHECK(box.asked.size() == 16);
}

TEST_CASE("Picture and sound are fetched side by side, and neither goes on without the other") {
    Crowd crowd = crowd_of("/index.m3u8");
    crowd.loop = false;
    Box box{crowd, [](const Want& want) -> Reply {
                if (want.url.ends_with("/index.m3u8"))
                    return {100ms,
                            1,
                            200,
                            "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"E\",URI=\"a.m3u8\"\n"
                            "#EXT-X-STREAM-INF:BANDWIDTH=1000000,RESOLUTION=640x360,AUDIO=\"a\"\nv.m3u8\n",
                            {}};
                if (want.url.ends_with("/a.m3u8")) return {100ms, 1, 200, film(2, 4, "a"), {}};
                if (want.url.ends_with("/v.m3u8")) return {100ms, 1, 200, film(2, 4, "v"), {}};
                return {want.url.ends_with("/a2.m4s") ? 10s : 1s, 1, 200, {}, {}};
            }};
    box.run(60s);
    CHECK(box.paths() == std::vector<std::string>{"/index.m3u8", "/v.m3u8", "/a.m3u8", "/v1.m4s", "/a1.m4s",
                                                  "/v2.m4s", "/a2.m4s"});
    // Both begin at 1.2 s; sound is dry at 5.2 s and there again at 11.2 s; then 4 s to the end.
    CHECK(box.recording.totals().stalled_for == 6s);
    CHECK(box.now() == 15'200ms);
    CHECK(box.recording.totals().played == 8s);
    CHECK(box.recording.totals().media_bits == 8'000'000);
}

TEST_CASE("A box that is fast enough goes up, and what it switches is counted") {
    Crowd crowd = crowd_of("/index.m3u8");
    crowd.adaptation = Adaptation::exoplayer;
    Box box{crowd, [](const Want& want) -> Reply {
                if (want.url.ends_with("/index.m3u8")) return {100ms, 1, 200, ladder(), {}};
                if (want.keep_body) return {100ms, 1, 200, film(15, 4), {}};
                return {1s, 1'000'000, 200, {}, {}};  // 8 Mb/s, of which 0.7 hold the best
            }};
    box.run(8s);
    // Begins low (0.7 of 1 Mb/s holds nothing). After arrivals at 1.2, 2.2, 3.2 s there are 4, 7 and 10 s
    // in the buffer: with 10 s it may go up.
    CHECK(box.asked[1].path == "/low/v.m3u8");
    CHECK(box.asked[4].path == "/low/s3.m4s");
    CHECK(box.asked[5].path == "/top/v.m3u8");
    CHECK(box.asked[6].path == "/top/s4.m4s");
    CHECK(box.recording.totals().switches == 1);
}

TEST_CASE("Zapping cancels what is under way, ignores its answer and measures from the zap on") {
    Crowd crowd = crowd_of("/{}.m3u8");
    crowd.catalogue = 50;
    crowd.zap_every = 3000ms;
    Box box{crowd, steady};
    box.run(60s);
    std::size_t titles = 0;
    std::string before;
    for (const Box::Asked& asked : box.asked) {
        if (!asked.want.keep_body) continue;
        CHECK(asked.path != before);
        before = asked.path;
        ++titles;
    }
    CHECK(titles > 10);  // 20 are expected
    CHECK(box.cancelled.size() >= 10);
    // Who stays for 1.1 s sees the first picture after exactly that.
    CHECK(box.recording.start_up().count() > 5);
    CHECK(box.recording.start_up().max() == 1100ms);
    CHECK(box.recording.totals().stalls == 0);
}

TEST_CASE("The same seed makes the same requests at the same times, another one others") {
    Crowd crowd = crowd_of("/{}.m3u8");
    crowd.catalogue = 100;
    crowd.zipf = 0.9;
    crowd.zap_every = 9000ms;
    crowd.seek_every = 5000ms;
    crowd.pause_every = 6000ms;
    crowd.pause_for = 2000ms;
    crowd.cmcd = true;
    const auto trace = [&](std::uint64_t seed) {
        Box box{crowd, steady, seed};
        box.run(120s);
        std::string out;
        for (const Box::Asked& asked : box.asked)
            out += asked.path + " " + std::to_string(asked.due.count()) + " " + asked.want.cmcd + "\n";
        return out;
    };
    CHECK(trace(7) == trace(7));
    CHECK(trace(7) != trace(8));
}

TEST_CASE("What is seen, paused and waited for is all the time there is") {
    Crowd crowd = crowd_of("/film.m3u8");
    crowd.pause_every = 6000ms;
    crowd.pause_for = 2000ms;
    crowd.stay = 50'000ms;
    Box box{crowd, steady};
    Nanoseconds paused{0};
    for (Nanoseconds t = 1ms; t <= 50s; t += 1ms) {
        box.run(t);
        paused += box.player.showing() == Player::Showing::paused ? 1ms : 0ms;
    }
    CHECK(paused > 6s);  // 50 s hold six of them, about
    const Nanoseconds played = box.recording.totals().played;
    CHECK(std::chrono::abs(played + paused + 1100ms - 50s) < 20ms);  // to a millisecond for each of them
}

TEST_CASE("CMCD tells of the buffer, the next object and that nothing is shown yet") {
    Crowd crowd = crowd_of("/film.m3u8");
    crowd.cmcd = true;
    Box box{crowd, steady};
    box.run(3s);
    const auto has = [&](std::size_t i, std::string_view part) {
        return box.asked[i].want.cmcd.find(part) != std::string::npos;
    };
    CHECK(has(0, "ot=m,sf=h,sid=\""));
    CHECK(has(1, "bl=0,"));
    CHECK(has(1, "nor=\"s2.m4s\",ot=av"));
    CHECK(has(1, ",st=v,su"));
    CHECK(has(2, "bl=4000,"));  // 4 s at 1.1 s, and 8 Mb/s
    CHECK(has(2, "mtp=8000,"));
    CHECK_FALSE(has(2, ",su"));
}
