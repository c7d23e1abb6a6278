// What a player does when answers are not what they should be.
#include <doctest/doctest.h>

#include "bench/player/viewer.hpp"
#include "tests/unit/bench/player/box.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace outpost::bench::testing;

namespace {

std::string two() {
    return "#EXTM3U\n"
           "#EXT-X-STREAM-INF:BANDWIDTH=1000000,RESOLUTION=640x360\nlow/v.m3u8\n"
           "#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720\ntop/v.m3u8\n";
}

Reply answer(const Want& want) {
    if (want.url.ends_with("/index.m3u8")) return {100ms, 1, 200, two(), {}};
    if (want.keep_body) return {100ms, 1, 200, film(5, 4), {}};
    return {1s, 1'000'000, 200, {}, {}};
}

}  // namespace

TEST_CASE("ExoPlayer asks for a manifest four times, one second later each time, and gives up") {
    Box box{crowd_of("/index.m3u8"), [](const Want&) -> Reply { return {100ms, 1, 503, {}, {}}; }};
    box.run(60s);
    // Answers at 0.1, 0.2 (at once), 1.3 (a second later), 3.4 s.
    CHECK(box.asked.size() == 4);
    for (const Box::Asked& asked : box.asked) CHECK(asked.due == 0s);  // retries don't hide the wait
    CHECK(box.player.finished());
    CHECK(box.now() == 3400ms);
    CHECK(box.player.complaint() == "http://edge.example/index.m3u8: status 503 after 4 attempts");
    CHECK(box.recording.totals().sessions == 1);
    CHECK(box.recording.start_up().count() == 0);
}

TEST_CASE("A manifest that comes after a retry is played, and start-up holds the wait") {
    int asked = 0;
    Box box{crowd_of("/film.m3u8"), [&](const Want& want) -> Reply {
                if (!want.keep_body) return answer(want);
                if (++asked < 3) return {100ms, 1, 503, {}, {}};
                return {100ms, 1, 200, film(5, 4), {}};
            }};
    box.run(5s);
    CHECK(box.recording.start_up().max() == 2300ms);  // three answers, a second between, a segment
    CHECK(box.player.showing() == Player::Showing::playing);
}

TEST_CASE("ExoPlayer leaves a rendition with a missing segment alone for a minute") {
    Box box{crowd_of("/index.m3u8"), [](const Want& want) -> Reply {
                if (want.url.ends_with("/top/s2.m4s")) return {100ms, 1, 404, {}, {}};
                return answer(want);
            }};
    box.run(70s);
    CHECK(box.asked[2].path == "/top/s1.m4s");
    CHECK(box.asked[3].path == "/top/s2.m4s");
    CHECK(box.asked[4].path == "/low/v.m3u8");
    CHECK(box.asked[5].path == "/low/s2.m4s");
    // The segment has been wanted since 1.2 s, whichever rendition it comes from.
    CHECK(box.asked[3].due == 1200ms);
    CHECK(box.asked[5].due == 1200ms);
    CHECK(box.asked[4].due == 1300ms);
    CHECK(box.recording.totals().stalls == 0);
    // 1.3 s and a minute later the better one is taken again.
    bool back = false;
    for (std::size_t i = 6; i < box.asked.size(); ++i) {
        const bool top = box.asked[i].path.starts_with("/top/");
        if (box.asked[i].due < 61'300ms) CHECK_FALSE(top);
        back = back || top;
    }
    CHECK(back);
}

TEST_CASE("While it has something to show ExoPlayer goes on trying, and gives up when it has not") {
    bool dead = false;
    Box box{crowd_of("/film.m3u8"), [&](const Want& want) -> Reply {
                if (dead) return {0ms, 0, 0, {}, Failure::connect};
                if (want.keep_body) return {100ms, 1, 200, film(15, 4), {}};
                return answer(want);
            }};
    box.run(5s);  // 4 segments are there by 4.1 s: 13 s of buffer
    dead = true;
    box.run(16s);
    CHECK_FALSE(box.player.finished());
    CHECK(box.asked.size() > 5);
    dead = false;
    box.run(30s);
    CHECK(box.player.showing() == Player::Showing::playing);
    dead = true;
    box.run(120s);
    CHECK(box.player.finished());
    CHECK(box.player.complaint().find("no connection") != std::string::npos);
    CHECK(box.recording.totals().stalls >= 1);
}

TEST_CASE("dash.js asks four times for a segment, a second apart, and gives up") {
    Crowd crowd = crowd_of("/film.m3u8");
    crowd.profile = PlayerProfile::dashjs;
    Box box{crowd, [](const Want& want) -> Reply {
                if (want.keep_body) return {100ms, 1, 200, film(5, 4), {}};
                return {20s, 0, 0, {}, Failure::timeout};
            }};
    CHECK(box.asked[0].want.total_limit == 10s);
    box.run(200s);
    CHECK(box.asked[1].want.total_limit == 20s);
    CHECK(box.asked.size() == 5);
    CHECK(box.now() == 83'100ms);  // 0.1 + 4 * 20 + 3 * 1
    CHECK(box.player.finished());
}

TEST_CASE("A playlist without segments, or that is none, is given up with words that say so") {
    for (const char* body : {"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-ENDLIST\n", "<html>", ""}) {
        CAPTURE(body);
        Box box{crowd_of("/film.m3u8"), [&](const Want&) -> Reply { return {100ms, 1, 200, body, {}}; }};
        box.run(60s);
        CHECK(box.player.finished());
        CHECK(box.asked.size() == 1);
        CHECK(box.player.complaint().starts_with("http://edge.example/film.m3u8"));
    }
}

TEST_CASE("A crowd without titles leaves with a complaint") {
    Crowd crowd;
    Box box{crowd, answer};
    box.run(1s);
    CHECK(box.player.finished());
    CHECK_FALSE(box.player.complaint().empty());
}

TEST_CASE("Wrong bytes are played on: the load has recorded them, and asking again would hide them") {
    Box box{crowd_of("/film.m3u8"), [](const Want& want) -> Reply {
                if (want.keep_body) return {100ms, 1, 200, film(5, 4), {}};
                return {1s, 1000, 200, {}, Failure::mismatch};
            }};
    box.run(3s);
    CHECK(box.player.showing() == Player::Showing::playing);
    CHECK(box.asked[2].path == "/s2.m4s");
}

TEST_CASE("A redirect, or a status that is no success, has failed") {
    Box box{crowd_of("/film.m3u8"), [](const Want&) -> Reply { return {100ms, 1, 302, {}, {}}; }};
    box.run(60s);
    CHECK(box.player.complaint().find("status 302") != std::string::npos);
}

TEST_CASE("Leaving cancels what is under way, and an answer that comes then changes nothing") {
    Box box{crowd_of("/film.m3u8"), answer};
    box.run(50ms);
    box.player.leave(zero + 50ms);
    const auto actions = box.player.step(zero + 50ms);
    REQUIRE(actions.size() == 1);
    CHECK(std::get<Cancel>(actions[0]).id == box.asked[0].want.id);
    box.player.arrived(
        {box.asked[0].want.id, zero, zero, zero + 100ms, 1, Failure::none, 200, film(5, 4), {}},
        zero + 100ms);
    CHECK(box.player.step(zero + 100ms).empty());
    CHECK(box.recording.totals().sessions == 1);
}

TEST_CASE("A live playlist is begun three target durations from its end and read again for what is new") {
    // Every 4 s a segment is added; at the time t the window holds five, the last being t/4 + 5.
    Box* running = nullptr;
    Box box{crowd_of("/live.m3u8"), [&](const Want& want) -> Reply {
                if (!want.keep_body) return {500ms, 1000, 200, {}, {}};
                const Nanoseconds now = running == nullptr ? 0ms : running->now();
                const auto first = 1 + now / Nanoseconds{4s};
                std::string text =
                    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:" + std::to_string(first) + "\n";
                for (auto n = first; n < first + 5; ++n)
                    text += "#EXTINF:4,\n" + std::to_string(n) + ".m4s\n";
                return {100ms, 1, 200, text, {}};
            }};
    running = &box;
    box.run(40s);
    std::vector<std::string> segments;
    for (const Box::Asked& asked : box.asked) {
        if (!asked.want.keep_body) segments.push_back(asked.path);
    }
    REQUIRE(segments.size() > 8);
    for (std::size_t i = 0; i < segments.size(); ++i)
        CHECK(segments[i] == "/" + std::to_string(i + 3) + ".m4s");
    CHECK(box.recording.totals().stalls == 0);
    CHECK_FALSE(box.player.finished());
}

TEST_CASE("Whatever is answered, time moves on, a medium has one request, and all time is accounted for") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Chance chance{seed};
        Crowd crowd = crowd_of(seed % 2 == 0 ? "/index.m3u8" : "/film.m3u8");
        crowd.adaptation = static_cast<Adaptation>(chance.below(5));
        crowd.profile = static_cast<PlayerProfile>(chance.below(4));
        crowd.loop = chance.below(2) == 0;
        crowd.cmcd = true;
        const auto sometimes = [&](Milliseconds mean) { return chance.below(2) == 0 ? mean : 0ms; };
        crowd.zap_every = sometimes(20'000ms);
        crowd.seek_every = sometimes(7'000ms);
        crowd.pause_every = sometimes(9'000ms);
        crowd.pause_for = 3'000ms;
        const std::uint64_t faults = chance.below(30);
        Box box{crowd,
                [&](const Want& want) -> Reply {
                    Reply reply = answer(want);
                    reply.takes = chance.gap(600ms);
                    if (chance.below(100) >= faults) return reply;
                    constexpr int statuses[] = {0, 403, 404, 500, 502, 503, 302};
                    reply.status = statuses[chance.below(std::size(statuses))];
                    reply.failure =
                        reply.status == 0 ? static_cast<Failure>(1 + chance.below(6)) : Failure::status;
                    reply.body = "nothing";
                    return reply;
                },
                seed};
        // Of four minutes at most: no more steps than requests, answers and what the viewer does.
        box.run(240s);
        CHECK(box.steps < 5000);
        CHECK(box.most_under_way == 1);
        box.player.leave(zero + 240s);
        const Recording::Totals& totals = box.recording.totals();
        CHECK(totals.sessions == 1);
        CHECK(totals.played + totals.stalled_for <= 240s);
        CHECK(totals.played >= 0s);
        if (!box.player.complaint().empty()) CHECK(faults > 0);
        // A segment is asked for when it is wanted, not later than the retries say, and never before.
        for (const Box::Asked& asked : box.asked) CHECK(asked.due >= 0s);
    }
}
