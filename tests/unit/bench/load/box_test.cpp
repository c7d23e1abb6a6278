#include "bench/load/load.hpp"
#include "tests/unit/bench/load/scripted_server.hpp"

using namespace std::chrono_literals;

namespace outpost::bench {
namespace {

using Reply = ScriptedServer::Reply;

// 20 segments of a second.
std::string film() {
    std::string text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MAP:URI=\"init.mp4\"\n";
    for (int i = 1; i <= 20; ++i) text += "#EXTINF:1.000,\n" + std::to_string(i) + ".m4s\n";
    return text + "#EXT-X-ENDLIST\n";
}

Reply film_server(const std::string& head) {
    const bool manifest = head.find(".m3u8") != std::string::npos;
    return {ok(manifest ? film() : std::string(20'000, 'v'), "Cache-Status: edge; hit\r\n")};
}

Scenario playing(std::uint32_t boxes, Milliseconds lasts) {
    Crowd crowd;
    crowd.name = "boxes";
    crowd.count = boxes;
    crowd.arrival = Arrival::at_once;
    crowd.titles = {"/vod/film.m3u8"};
    Scenario scenario;
    scenario.lasts = lasts;
    scenario.crowds = {crowd};
    return scenario;
}

Recording run(const Scenario& scenario, const ScriptedServer& server, const LoadHooks& hooks = {}) {
    const Cancellation never;
    LoadOptions options;
    options.target = server.url();
    options.threads = 2;
    auto recording = run_load(scenario, options, hooks, never);
    REQUIRE(recording.has_value());
    return std::move(*recording);
}

}  // namespace

TEST_SUITE_BEGIN("bench/load");

TEST_CASE("boxes read the manifest, fetch init and segments over kept connections, and play") {
    ScriptedServer server{film_server};
    std::uint64_t playing_boxes = 0, segments = 0;
    LoadHooks hooks;
    hooks.progress = [&](const LoadProgress& progress) { playing_boxes = progress.playing; };
    const Recording recording = run(playing(4, 800ms), server, hooks);
    CHECK(playing_boxes == 4);
    CHECK(recording.start_up().count() == 4);
    CHECK(recording.totals().failed() == 0);
    CHECK(recording.totals().sessions == 4);
    CHECK(recording.totals().stalls == 0);
    CHECK(recording.totals().connections == 4);
    CHECK(recording.totals().hits == recording.totals().requests);
    segments = recording.segment_time().count();
    CHECK(segments >= 4 * 20);
    CHECK(recording.segment_part().count() == segments);  // each has its duration with it
    CHECK(recording.totals().bytes > segments * 20'000);
    CHECK(server.heads().find("GET /vod/init.mp4 HTTP/1.1\r\nHost: 127.0.0.1:") != std::string::npos);
    REQUIRE(!recording.slices().empty());
    CHECK(recording.slices().size() == 1);
    CHECK(recording.slices()[0].requests == recording.totals().requests);
}

TEST_CASE("CMCD and the range of a piece stand in its request") {
    ScriptedServer server{[](const std::string& head) {
        if (head.find(".m3u8") == std::string::npos)
            return Reply{"HTTP/1.1 206 Partial\r\nContent-Length: 10\r\n\r\n0123456789"};
        return Reply{
            ok("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.000,\n#EXT-X-BYTERANGE:10@90\n"
               "all.mp4\n#EXT-X-ENDLIST\n")};
    }};
    Scenario scenario = playing(1, 300ms);
    scenario.crowds[0].cmcd = true;
    const Recording recording = run(scenario, server);
    CHECK(recording.totals().failed() == 0);
    const std::string heads = server.heads();
    CHECK(heads.find("GET /vod/film.m3u8?CMCD=") != std::string::npos);
    CHECK(heads.find("GET /vod/all.mp4?CMCD=") != std::string::npos);
    CHECK(heads.find("Range: bytes=90-99\r\n") != std::string::npos);
}

TEST_CASE("a film on a server that is not there fails, and its box goes on trying") {
    ScriptedServer server{film_server};
    Scenario scenario = playing(1, 300ms);
    scenario.crowds[0].titles = {"http://127.0.0.1:1/film.m3u8"};
    const Recording recording = run(scenario, server);
    CHECK(recording.start_up().count() == 0);
    CHECK(recording.totals().requests >= 1);
    CHECK(recording.totals().failures[static_cast<std::size_t>(Failure::connect)] ==
          recording.totals().requests);
}

TEST_SUITE_END();

}  // namespace outpost::bench
