#include <doctest/doctest.h>

#include "server/commands/fill/pace.hpp"
#include "server/commands/fill/plan.hpp"

using namespace outpost;
using namespace outpost::server;
using namespace std::chrono_literals;

namespace {

const Uri at = parse_uri("http://films.example/vod/film/index").value();

std::vector<std::string> targets(const std::vector<Uri>& uris) {
    std::vector<std::string> all;
    for (const Uri& uri : uris) all.push_back(uri.target());
    return all;
}
using Targets = std::vector<std::string>;

constexpr auto multivariant = R"(#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="English",URI="a1/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="ac3",NAME="English",URI="a2/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="English",URI="t1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=9000,RESOLUTION=3840x2160,AUDIO="ac3",SUBTITLES="text"
v1/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000,RESOLUTION=1920x1080,AUDIO="aac",SUBTITLES="text"
v2/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5400,RESOLUTION=1920x1080,AUDIO="ac3",SUBTITLES="text"
v2/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=900,RESOLUTION=3840x2160,URI="v1/iframes.m3u8"
)";

constexpr auto mpd = R"(<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT8S" minBufferTime="PT1S">
<Period><AdaptationSet contentType="video">
<SegmentTemplate initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s" timescale="1"
 duration="4"/>
<Representation id="v1" bandwidth="9000" width="3840" height="2160"/>
<Representation id="v2" bandwidth="5000" width="1920" height="1080"/></AdaptationSet>
<AdaptationSet contentType="text" mimeType="text/vtt"><Representation id="t1" bandwidth="1">
<BaseURL>t1/full.vtt</BaseURL></Representation></AdaptationSet></Period></MPD>)";

}  // namespace

TEST_CASE("renditions are all, the highest, or those of some heights") {
    CHECK(parse_renditions("all") == Renditions{});
    CHECK(parse_renditions("highest")->kind == Renditions::Kind::highest);
    CHECK(parse_renditions("2160p, 720p")->heights == std::vector<std::uint32_t>{2160, 720});
    for (const char* bad : {"", "best", "1080", "p", "0p", "-1p", "1080p,", "all,720p", "99999999999p"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_renditions(bad));
    }
}

TEST_CASE(
    "a multivariant playlist leads to the playlists of its pictures, and to what is heard and read with "
    "them") {
    CHECK(targets(contents_of(multivariant, at, {})->manifests) ==
          Targets{"/vod/film/v1/index.m3u8", "/vod/film/v2/index.m3u8", "/vod/film/v2/index.m3u8",
                  "/vod/film/a1/index.m3u8", "/vod/film/a2/index.m3u8", "/vod/film/t1/index.m3u8",
                  "/vod/film/v1/iframes.m3u8"});
    CHECK(targets(contents_of(multivariant, at, *parse_renditions("highest"))->manifests) ==
          Targets{"/vod/film/v1/index.m3u8", "/vod/film/a2/index.m3u8", "/vod/film/t1/index.m3u8",
                  "/vod/film/v1/iframes.m3u8"});
    CHECK(targets(contents_of(multivariant, at, *parse_renditions("1080p"))->manifests) ==
          Targets{"/vod/film/v2/index.m3u8", "/vod/film/v2/index.m3u8", "/vod/film/a1/index.m3u8",
                  "/vod/film/a2/index.m3u8", "/vod/film/t1/index.m3u8"});
    CHECK(contents_of(multivariant, at, *parse_renditions("1080p,480p")).error().line() ==
          "http://films.example/vod/film/index: has no rendition of 480p; there are 2160p 1080p");
}

TEST_CASE("a media playlist leads to its maps and segments, and not to gaps") {
    const auto contents = contents_of(
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:4,\n1."
        "m4s\n#EXT-X-GAP\n"
        "#EXTINF:4,\n2.m4s\n#EXTINF:4,\nhttp://cdn.example/3.m4s\n",
        at, *parse_renditions("720p"));
    REQUIRE(contents.has_value());
    CHECK(contents->manifests.empty());
    CHECK(targets(contents->media) == Targets{"/vod/film/init.mp4", "/vod/film/1.m4s", "/3.m4s"});
    CHECK(contents->media[2].host == "cdn.example");
}

TEST_CASE("an MPD leads to init and media segments, and to files that are whole") {
    CHECK(targets(contents_of(mpd, at, {})->media) == Targets{"/vod/film/v1/init.mp4", "/vod/film/v1/1.m4s",
                                                              "/vod/film/v1/2.m4s", "/vod/film/v2/init.mp4",
                                                              "/vod/film/v2/1.m4s", "/vod/film/v2/2.m4s",
                                                              "/vod/film/t1/full.vtt"});
    CHECK(targets(contents_of(mpd, at, *parse_renditions("1080p"))->media) ==
          Targets{"/vod/film/v2/init.mp4", "/vod/film/v2/1.m4s", "/vod/film/v2/2.m4s",
                  "/vod/film/t1/full.vtt"});
    CHECK(targets(contents_of(mpd, at, *parse_renditions("highest"))->media).front() ==
          "/vod/film/v1/init.mp4");
    CHECK(contents_of("<html/>", at, {}).has_error());
    CHECK(contents_of("", at, {}).has_error());
}

TEST_CASE("a plan has each URL once, manifests first, and names what could not be read") {
    const ReadManifest read = [](const Uri& uri) -> Outcome<std::string> {
        if (uri == at) return std::string{multivariant};
        if (uri.path.find("/film/v") == std::string::npos) return Problem{"", "404", ""};
        // A playlist of playlists below another leads nowhere.
        if (uri.path.ends_with("/v2/index.m3u8")) return std::string{multivariant};
        return std::string{"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.m4s\n#EXTINF:4,\n1.m4s\n"};
    };
    const auto plan = make_plan(at, {}, read);
    REQUIRE(plan.has_value());
    CHECK(targets(plan->all) == Targets{"/vod/film/index", "/vod/film/v1/index.m3u8",
                                        "/vod/film/v2/index.m3u8", "/vod/film/a1/index.m3u8",
                                        "/vod/film/a2/index.m3u8", "/vod/film/t1/index.m3u8",
                                        "/vod/film/v1/iframes.m3u8", "/vod/film/v1/1.m4s"});
    REQUIRE(plan->unread.size() == 3);
    CHECK(plan->unread[0].manifest.path == "/vod/film/a1/index.m3u8");
    CHECK(plan->unread[0].why == "404");
}

TEST_CASE("hours of the day may pass midnight") {
    const Between night = parse_between("22:30-05:00").value(), day = parse_between("01:00-06:00").value();
    CHECK(until_open(day, 0h) == 1h);
    CHECK(until_open(day, 1h) == 0s);
    CHECK(until_open(day, 6h - 1s) == 0s);
    CHECK(until_open(day, 6h) == 19h);
    CHECK(until_open(night, 0h) == 0s);
    CHECK(until_open(night, 23h) == 0s);
    CHECK(until_open(night, 5h) == 17h + 30min);
    CHECK(clock_of_day(night.from) == "22:30");
    for (const char* bad :
         {"", "1:00-6:00", "01:00-01:00", "24:00-01:00", "01:60-02:00", "01:00", "01:00-06:00 "}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_between(bad));
    }
}

TEST_CASE("a rate is kept by all who take together, and idle times are not saved up") {
    Pace pace{8_Mbps};  // 1 MB/s
    const SteadyTime begin{1h};
    CHECK(pace.took(600'000, begin) == begin + 500ms);  // 100 ms are made up for
    CHECK(pace.took(500'000, begin) == begin + 1000ms);
    CHECK(pace.took(100'000, begin + 1h) == begin + 1h);
    CHECK(pace.took(1'000'000, begin + 1h) == begin + 1h + 1s);
    Pace free{BitRate{0}};
    CHECK(free.took(UINT64_MAX, begin) == begin);
}
