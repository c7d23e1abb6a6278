#include "bench/player/title.hpp"

#include <doctest/doctest.h>

#include "manifest/dash/writer.hpp"
#include "manifest/hls/writer.hpp"
#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {
const std::string at = "https://edge.example/vod/film/";
}

TEST_CASE("Of an MPD of ours every segment is known, by rising bit rate, and one language of sound") {
    const auto title = read_title(manifest::dash::mpd(manifest::films::uhd()).text(), at + "index.mpd");
    REQUIRE(title.has_value());
    CHECK(title->dash);
    REQUIRE(title->media.size() == 2);
    const Medium& video = title->media[0];
    CHECK(video.video);
    REQUIRE(video.renditions.size() == 4);
    CHECK(video.renditions[0].bit_rate == BitRate{720'000});
    CHECK(video.renditions[3].bit_rate == BitRate{19'200'000});
    CHECK(video.renditions[3].height == 2160);
    CHECK(video.renditions[3].playlist.empty());
    CHECK(video.renditions[3].init->url == at + "v2160-aa/init.mp4");
    REQUIRE(video.renditions[3].segments.size() == 6);
    CHECK(video.renditions[3].segments[5].url == at + "v2160-aa/6.m4s");
    CHECK(video.renditions[3].segments[0].duration == 4s);
    CHECK(video.renditions[3].segments[5].duration == 2s);
    CHECK_FALSE(title->media[1].video);
    CHECK(title->media[1].renditions[0].segments[0].url == at + "a-en-1f/1.m4s");
    // 191488 ticks of 48 kHz.
    CHECK(title->media[1].renditions[0].segments[0].duration == 3'989'333'333ns);
}

TEST_CASE("Of a multivariant playlist the pictures are known once each, and sound of one group") {
    const auto title =
        read_title(manifest::hls::multivariant_playlist(manifest::films::uhd()).text(), at + "index.m3u8");
    REQUIRE(title.has_value());
    CHECK_FALSE(title->dash);
    REQUIRE(title->media.size() == 2);
    REQUIRE(title->media[0].renditions.size() == 4);
    CHECK(title->media[0].renditions[0].bit_rate == BitRate{874'731});  // with its two channels of AAC
    CHECK(title->media[0].renditions[3].playlist == at + "v2160-aa/index.m3u8");
    CHECK(title->media[0].renditions[3].segments.empty());
    REQUIRE(title->media[1].renditions.size() == 1);
    CHECK(title->media[1].renditions[0].playlist == at + "a-en-1f/index.m3u8");
}

TEST_CASE("A film without pictures has one medium, its sound") {
    for (const std::string& text :
         std::vector<std::string>{manifest::hls::multivariant_playlist(manifest::films::audio_only()).text(),
                                  manifest::dash::mpd(manifest::films::audio_only()).text()}) {
        const auto title = read_title(text, at + "index");
        REQUIRE(title.has_value());
        CHECK(title->media.size() == 1);
        CHECK_FALSE(title->media[0].video);
    }
}

TEST_CASE("A media playlist gives a rendition its segments, and alone it is a film") {
    const std::string text = manifest::hls::media_playlist(manifest::films::uhd(), "v2160-aa").text();
    const auto rendition = read_rendition(text, at + "v2160-aa/index.m3u8");
    REQUIRE(rendition.has_value());
    CHECK(rendition->segments.size() == 6);
    CHECK(rendition->segments[0].url == at + "v2160-aa/1.m4s");
    CHECK(rendition->init->url == at + "v2160-aa/init.mp4");
    CHECK(rendition->duration() == 22s);
    CHECK(rendition->reload_every == 0s);
    const auto title = read_title(text, at + "v2160-aa/index.m3u8");
    REQUIRE(title.has_value());
    CHECK(title->media[0].renditions[0].segments.size() == 6);
    CHECK(title->media[0].renditions[0].playlist.empty());
}

TEST_CASE("Variables get the value that the playlist's URL has in its query, without escapes") {
    const std::string text =
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-DEFINE:QUERYPARAM=\"tok\"\n"
        "#EXTINF:4,\n1.m4s?tok={$tok}\n#EXT-X-ENDLIST\n";
    const auto rendition = read_rendition(text, at + "index.m3u8?a=b&tok=x%7Ey");
    REQUIRE(rendition.has_value());
    CHECK(rendition->segments[0].url == at + "1.m4s?tok=x~y");
    const auto without = read_rendition(text, at + "index.m3u8");
    REQUIRE_FALSE(without.has_value());
    CHECK(without.error().what.find("query parameter tok") != std::string::npos);
}

TEST_CASE("Byte ranges are kept") {
    const auto rendition = read_rendition(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"700@0\"\n"
        "#EXT-X-BYTERANGE:1000@700\n#EXTINF:4,\na.mp4\n#EXT-X-BYTERANGE:500\n#EXTINF:4,\na.mp4\n"
        "#EXT-X-ENDLIST\n",
        at + "index.m3u8");
    REQUIRE(rendition.has_value());
    CHECK(rendition->init->range == ByteRange{0, 700});
    CHECK(rendition->segments[1].range == ByteRange{1700, 500});
}

TEST_CASE("What can't be played is refused in words: live MPDs, several periods, no segments") {
    const std::string head = "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" ";
    const auto what = [](const std::string& text) {
        const auto title = read_title(text, at + "index.mpd");
        return title ? std::string{} : title.error().what;
    };
    CHECK(what(head + "type=\"dynamic\"><Period/></MPD>").find("live MPD") != std::string::npos);
    CHECK(what(head + "><Period/><Period/></MPD>").find("several") != std::string::npos);
    CHECK(what(head + "><Period/></MPD>").find("without picture") != std::string::npos);
    CHECK_FALSE(what("#EXTM3U\n").empty());
    CHECK_FALSE(read_title("#EXTM3U\n", "ftp://x/y").has_value());
}

TEST_CASE("Boxes that get the same text share one title while one of them holds it") {
    const std::string text = manifest::dash::mpd(manifest::films::uhd()).text();
    const auto a = shared_title(text, at + "index.mpd"), b = shared_title(text, at + "index.mpd");
    const auto other = shared_title(text, "https://edge.example/other/index.mpd");
    REQUIRE((a && b && other));
    CHECK(a->get() == b->get());
    CHECK(other->get() != a->get());
}
