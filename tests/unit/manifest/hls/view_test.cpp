#include "manifest/view.hpp"

#include <doctest/doctest.h>

#include "manifest/hls/reader.hpp"
#include "manifest/hls/writer.hpp"
#include "tests/unit/manifest/films.hpp"
#include "tests/unit/manifest/golden.hpp"

using namespace outpost;
using namespace outpost::manifest;
using golden::difference;
using Query = ViewOptions::Query;

namespace {

ViewOptions cap(std::uint32_t height, std::uint64_t bits_per_second = 0) {
    ViewOptions options;
    options.max_height = height;
    options.max_bandwidth = BitRate{bits_per_second};
    return options;
}

ViewOptions with(Query query, std::string name = "tok", std::string value = "V") {
    ViewOptions options;
    options.query = query;
    options.query_name = std::move(name);
    options.query_value = std::move(value);
    options.authority = "tv.example";
    return options;
}

std::string seen(std::string_view text, const ViewOptions& options) {
    const Outcome<View> made = view(text, "p", options);
    return made ? made->nothing_left ? "nothing left" : made->text : made.error().line();
}

std::vector<std::string> variants_in(std::string_view text) {
    const auto playlist = hls::read(text, "p");
    std::vector<std::string> out;
    if (!playlist || !playlist->multivariant()) return out;
    for (const hls::Variant& variant : playlist->multivariant()->variants)
        out.push_back(std::to_string(variant.height) + " " + variant.audio);
    for (const hls::Variant& variant : playlist->multivariant()->iframe_variants)
        out.push_back(std::to_string(variant.height) + " pictures");
    return out;
}

const std::string ladder =
    "#EXTM3U\n"
    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"hi\",NAME=\"x\",URI=\"hi.m3u8\"\n"
    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"lo\",NAME=\"x\",URI=\"lo.m3u8\"\n"
    "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"hi\",NAME=\"t\",URI=\"t.m3u8\"\n"
    "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"cc\",NAME=\"c\",INSTREAM-ID=\"CC1\"\n"
    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"spare\",NAME=\"x\",URI=\"s.m3u8\"\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=9000,RESOLUTION=3840x2160,AUDIO=\"hi\",CLOSED-CAPTIONS=\"cc\"\n"
    "# between\n"
    "2160.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=3000,RESOLUTION=1280x720,AUDIO=\"lo\",SUBTITLES=\"hi\"\n"
    "720.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=5000,AUDIO=\"lo\"\n"
    "unsaid.m3u8\n"
    "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=900,RESOLUTION=3840x2160,URI=\"2160i.m3u8\"\n"
    "#EXT-X-ODD:KEPT\n";

}  // namespace

TEST_CASE("variants above the cap leave, with their URIs and with the groups that nobody else names") {
    CHECK_EQ(seen(ladder, cap(1080)),
             "#EXTM3U\n"
             "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"lo\",NAME=\"x\",URI=\"lo.m3u8\"\n"
             "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"hi\",NAME=\"t\",URI=\"t.m3u8\"\n"
             "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"spare\",NAME=\"x\",URI=\"s.m3u8\"\n"
             "# between\n"
             "#EXT-X-STREAM-INF:BANDWIDTH=3000,RESOLUTION=1280x720,AUDIO=\"lo\",SUBTITLES=\"hi\"\n"
             "720.m3u8\n"
             "#EXT-X-STREAM-INF:BANDWIDTH=5000,AUDIO=\"lo\"\n"
             "unsaid.m3u8\n"
             "#EXT-X-ODD:KEPT\n");
}

TEST_CASE("the cap itself is allowed, and a variant without RESOLUTION is judged by its BANDWIDTH alone") {
    CHECK_EQ(variants_in(seen(ladder, cap(2160))).size(), 4);
    CHECK_EQ(variants_in(seen(ladder, cap(720))), std::vector<std::string>{"720 lo", "0 lo"});
    CHECK_EQ(variants_in(seen(ladder, cap(0, 5000))),
             std::vector<std::string>{"720 lo", "0 lo", "2160 pictures"});
    CHECK_EQ(variants_in(seen(ladder, cap(0, 4999))), std::vector<std::string>{"720 lo", "2160 pictures"});
    CHECK_EQ(variants_in(seen(ladder, cap(719, 5000))), std::vector<std::string>{"0 lo"});
}

TEST_CASE("a cap below every variant leaves nothing, which is no fault of the playlist") {
    const Outcome<View> made = view(ladder, "p", cap(0, 2999));
    REQUIRE(made.has_value());
    CHECK(made->nothing_left);
    CHECK_EQ(made->text, "");
}

TEST_CASE("pictures for winding alone are nothing to watch, unless there was never anything else") {
    const std::string film = "#EXT-X-STREAM-INF:BANDWIDTH=9\nv\n";
    const std::string pictures = "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=3,URI=\"i\"\n";
    CHECK_EQ(seen("#EXTM3U\n" + film + pictures, cap(0, 8)), "nothing left");
    CHECK_EQ(seen("#EXTM3U\n" + pictures, cap(0, 3)), "#EXTM3U\n" + pictures);
    CHECK_EQ(seen("#EXTM3U\n" + pictures, cap(0, 2)), "nothing left");
}

TEST_CASE("of the films, our own reader finds exactly the renditions below the cap") {
    const std::string film = hls::multivariant_playlist(films::uhd()).text();
    CHECK_EQ(difference("views/uhd-1080.m3u8", seen(film, cap(1080))), "");
    for (const std::uint32_t height : {2160U, 2159U, 1080U, 720U, 719U, 360U}) {
        std::size_t wanted = 0;
        std::size_t there = 0;
        const auto source = hls::read(film, "p");
        const auto made = hls::read(seen(film, cap(height)), "p");
        REQUIRE(made.has_value());
        for (const hls::Variant& variant : source->multivariant()->variants)
            wanted += variant.height <= height ? 1 : 0;
        for (const hls::Variant& variant : made->multivariant()->variants) {
            CHECK(variant.height <= height);
            ++there;
        }
        CHECK_EQ(there, wanted);
        CHECK_EQ(made->multivariant()->renditions.size(), source->multivariant()->renditions.size());
    }
    CHECK_EQ(seen(film, cap(359)), "nothing left");
    CHECK_EQ(seen(film, cap(2160)), film);
}

TEST_CASE("a media playlist says nothing of its height and stays whole") {
    const std::string media = hls::media_playlist(films::uhd(), "v2160-aa").text();
    CHECK_EQ(seen(media, cap(360, 1)), media);
}

TEST_CASE("defined, the parameter is the same text for every token, and the version is one that knows it") {
    const std::string film = hls::multivariant_playlist(films::uhd()).text();
    CHECK_EQ(difference("views/uhd-define.m3u8", seen(film, with(Query::define))), "");
    const std::string media = hls::media_playlist(films::uhd(), "v720-cc").text();
    CHECK_EQ(difference("views/uhd-define-media.m3u8", seen(media, with(Query::define))), "");
    CHECK_EQ(seen(media, with(Query::define, "tok", "V")), seen(media, with(Query::define, "tok", "W")));
    CHECK_FALSE(view(media, "p", with(Query::define))->holds_value);
}

TEST_CASE("appended, the parameter is the token's own, with escapes where a query needs them") {
    const std::string media = hls::media_playlist(films::uhd(), "v720-cc").text();
    const ViewOptions options = with(Query::append, "hdnts", "exp=9~hmac=0f&\"x\"");
    CHECK_EQ(difference("views/uhd-append-media.m3u8", seen(media, options)), "");
    CHECK(view(media, "p", options)->holds_value);
}

TEST_CASE("every URI for HTTP that leads to us carries the parameter, and no other") {
    const std::string text =
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART-INF:PART-TARGET=1\n"
        "#EXT-X-KEY:METHOD=AES-128,URI=\"/keys/1?k=2\",IV=0x01\n"
        "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://k\",KEYFORMAT=\"com.apple.streamingkeydelivery\"\n"
        "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"data:text/plain;base64,AAAA\"\n"
        "#EXT-X-KEY:METHOD=NONE\n"
        "#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"10@0\"\n"
        "#EXTINF:4,\n#EXT-X-BYTERANGE:5@0\nhttps://tv.example/1.m4s\n"
        "#EXTINF:4,\nhttps://ads.example/2.m4s\n"
        "#EXT-X-PART:DURATION=1,URI=\"3.1.m4s\",INDEPENDENT=YES\n"
        "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"3.2.m4s\"\n"
        "#EXT-X-RENDITION-REPORT:URI=\"../lo/live.m3u8?x\",LAST-MSN=3,LAST-PART=1\n";
    CHECK_EQ(seen(text, with(Query::define)),
             "#EXTM3U\n#EXT-X-VERSION:11\n#EXT-X-DEFINE:QUERYPARAM=\"tok\"\n"
             "#EXT-X-TARGETDURATION:4\n#EXT-X-PART-INF:PART-TARGET=1\n"
             "#EXT-X-KEY:METHOD=AES-128,URI=\"/keys/1?k=2&tok={$tok}\",IV=0x01\n"
             "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://k\",KEYFORMAT=\"com.apple.streamingkeydelivery\"\n"
             "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"data:text/plain;base64,AAAA\"\n"
             "#EXT-X-KEY:METHOD=NONE\n"
             "#EXT-X-MAP:URI=\"init.mp4?tok={$tok}\",BYTERANGE=\"10@0\"\n"
             "#EXTINF:4,\n#EXT-X-BYTERANGE:5@0\nhttps://tv.example/1.m4s?tok={$tok}\n"
             "#EXTINF:4,\nhttps://ads.example/2.m4s\n"
             "#EXT-X-PART:DURATION=1,URI=\"3.1.m4s?tok={$tok}\",INDEPENDENT=YES\n"
             "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"3.2.m4s?tok={$tok}\"\n"
             "#EXT-X-RENDITION-REPORT:URI=\"../lo/live.m3u8?x&tok={$tok}\",LAST-MSN=3,LAST-PART=1\n");
    const std::string top =
        "#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"a\",URI=\"a.json\"\n"
        "#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"k\"\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"/steer\"\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"i.m3u8\"\n";
    CHECK_EQ(seen(top, with(Query::append)),
             "#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"a\",URI=\"a.json?tok=V\"\n"
             "#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"k?tok=V\"\n"
             "#EXT-X-CONTENT-STEERING:SERVER-URI=\"/steer?tok=V\"\n"
             "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8?tok=V\n"
             "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"i.m3u8?tok=V\"\n");
}

TEST_CASE("definitions that are there stay, and one of the same parameter is not made twice") {
    const std::string rest = "#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na\n";
    const std::string carried = "#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na?tok={$tok}\n";
    const std::string others = "#EXT-X-DEFINE:NAME=\"x\",VALUE=\"y\"\n";
    CHECK_EQ(seen("#EXTM3U\n" + others + rest, with(Query::define)),
             "#EXTM3U\n#EXT-X-VERSION:11\n#EXT-X-DEFINE:QUERYPARAM=\"tok\"\n" + others + carried);
    for (const std::string same : {"#EXT-X-DEFINE:QUERYPARAM=\"tok\"\n", "#EXT-X-DEFINE:IMPORT=\"tok\"\n"}) {
        CHECK_EQ(seen("#EXTM3U\n#EXT-X-VERSION:12\n" + same + rest, with(Query::define)),
                 "#EXTM3U\n#EXT-X-VERSION:12\n" + same + carried);
    }
    CHECK_EQ(
        seen("#EXTM3U\n#EXT-X-DEFINE:NAME=\"tok\",VALUE=\"y\"\n" + rest, with(Query::define)),
        "p: it defines the variable tok, which is the token's parameter; give the variable another name, "
        "or have tokens appended");
    CHECK_EQ(seen("#EXTM3U\n" + rest + "#EXT-X-VERSION:3\n", with(Query::define)),
             "#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM=\"tok\"\n" + carried + "#EXT-X-VERSION:11\n");
}

TEST_CASE("a name that no variable may have is appended") {
    const std::string text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na\n";
    const Outcome<View> made = view(text, "p", with(Query::define, "a.b"));
    CHECK(made->holds_value);
    CHECK_EQ(made->text, "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na?a.b=V\n");
}

TEST_CASE("a variable at the front of a URI is followed as far as this playlist says what it is") {
    const auto of = [](const std::string& uri) {
        const std::string text = seen(
            "#EXTM3U\n#EXT-X-DEFINE:NAME=\"ours\",VALUE=\"https://tv.example/x\"\n"
            "#EXT-X-DEFINE:NAME=\"ads\",VALUE=\"https://ads.example/x\"\n"
            "#EXT-X-DEFINE:NAME=\"slash\",VALUE=\"/ads.example\"\n"
            "#EXT-X-DEFINE:NAME=\"again\",VALUE=\"{$ads}\"\n"
            "#EXT-X-DEFINE:IMPORT=\"far\"\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n" +
                uri + "\n",
            with(Query::append));
        return text.substr(text.rfind('\n', text.size() - 2) + 1);
    };
    CHECK_EQ(of("{$ours}/a"), "{$ours}/a?tok=V\n");
    CHECK_EQ(of("a/{$far}"), "a/{$far}?tok=V\n");
    for (const std::string uri : {"{$ads}/a", "/{$slash}/a", "{$again}/a", "{$far}/a", "/{$far}/a",
                                  "https://{$far}/a", "http{$far}://x/a"}) {
        CAPTURE(uri);
        CHECK_EQ(of(uri), uri + "\n");
    }
}

TEST_CASE("what is no playlist, and a view that grows beyond its bound, are refused") {
    CHECK_EQ(seen("#EXTM3U\n#EXT-X-STREAM-INF:X=1\nv\n", cap(1)),
             "p:2: BANDWIDTH is missing; give an HLS playlist as in RFC 8216");
    std::string many = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n";
    for (int i = 0; i < 20'000; ++i) many += "#EXTINF:4,\na\n";
    CHECK(view(many, "p", with(Query::append, "t", std::string(100, 'x'))).has_value());
    const Outcome<View> refused = view(many, "p", with(Query::append, "t", std::string(1000, 'x')));
    REQUIRE_FALSE(refused.has_value());
    CHECK_EQ(refused.error().line().find("xx"), std::string::npos);
}
