#include "manifest/hls/reader.hpp"

#include <doctest/doctest.h>

#include "manifest/hls/values.hpp"

using namespace outpost;
using namespace outpost::manifest::hls;

namespace {

// "3: what is wrong" of a playlist that is refused, "" of one that is read.
std::string refusal(std::string_view text, const Limits& limits = {}) {
    const Outcome<Playlist> playlist = read(text, "p", limits);
    return playlist ? "" : playlist.error().where.substr(2) + ": " + playlist.error().what;
}

std::string media(std::string_view lines) {
    return "#EXTM3U\n#EXT-X-TARGETDURATION:4\n" + std::string{lines};
}
std::string top(std::string_view lines) { return "#EXTM3U\n" + std::string{lines}; }

}  // namespace

TEST_CASE("what is not known stays, in its place, and reads on as it was") {
    const std::string text =
        "#EXTM3U\n"
        "#EXT-X-VERSION:12\n"
        "# made by somebody\n"
        "\n"
        "#EXT-X-DEFINE:QUERYPARAM=\"tok\"\n"
        "#EXT-X-SESSION-DATA:DATA-ID=\"org.example\",VALUE=\"a,b=c\"\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",X-ODD=0xFF,URI=\"a.m3u8?{$tok}\"\n"
        "#EXT-X-STREAM-INF:X-FIRST=1.5,BANDWIDTH=1000,SCORE=2,AUDIO=\"a\"\n"
        "# between\n"
        "v.m3u8\n"
        "#EXT-WE-DO-NOT-KNOW\n";
    const Outcome<Playlist> playlist = read(text, "p");
    REQUIRE(playlist.has_value());
    CHECK_EQ(playlist->document.text(), text);
    CHECK_EQ(playlist->multivariant()->version, 12);
    REQUIRE_EQ(playlist->multivariant()->variants.size(), 1);
    const Variant& variant = playlist->multivariant()->variants.front();
    CHECK_EQ(variant.uri, "v.m3u8");
    Attributes list = *Attributes::parse(playlist->document.lines[variant.line].value(), 10);
    CHECK_EQ(list.set("BANDWIDTH", "2000").text(), "X-FIRST=1.5,BANDWIDTH=2000,SCORE=2,AUDIO=\"a\"");
}

TEST_CASE("line ends of both kinds are read, and written as LF") {
    const Outcome<Playlist> playlist = read("#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXTINF:4,\r\na.ts", "p");
    REQUIRE(playlist.has_value());
    CHECK_EQ(playlist->document.text(), "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n");
}

TEST_CASE("a live playlist's numbers, maps, ranges and gaps are known per segment") {
    const Outcome<Playlist> playlist = read(
        media(
            "#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-DISCONTINUITY-SEQUENCE:2\n"
            "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"10@5\"\n#EXTINF:3.9999999996,title\n#EXT-X-BYTERANGE:100@0\nf\n"
            "#EXTINF:4\n#EXT-X-BYTERANGE:50\nf\n"
            "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"j\"\n#EXT-X-GAP\n#EXTINF:0.5,\ng\n"),
        "p");
    REQUIRE(playlist.has_value());
    const MediaPlaylist& facts = *playlist->media();
    CHECK_EQ(facts.media_sequence, 7);
    CHECK_EQ(facts.discontinuity_sequence, 2);
    CHECK_FALSE(facts.ended);
    REQUIRE_EQ(facts.segments.size(), 3);
    CHECK_EQ(facts.segments[0].duration.count(), 3'999'999'999);
    CHECK(facts.segments[1].range == ByteRange{100, 50});
    CHECK(facts.maps[0].range == ByteRange{5, 10});
    CHECK(facts.segments[2].gap);
    CHECK(facts.segments[2].discontinuity);
    CHECK_EQ(*facts.segments[2].map, 1);
    CHECK_EQ(playlist->document.lines[facts.segments[2].uri_line].text, "g");
}

TEST_CASE("a playlist that breaks the rules is refused with its line") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"", "1: an empty playlist"},
        {"\n#EXTM3U\n", "1: the first line is not #EXTM3U"},
        {"\xEF\xBB\xBF#EXTM3U\n", "1: the first line is not #EXTM3U"},
        {"#EXTM3U8\n", "1: the first line is not #EXTM3U"},
        {"#EXTM3U\n", "1: EXT-X-TARGETDURATION is missing"},
        {"#EXTM3U\na\x01\n", "2: a control character"},
        {"#EXTM3U\n\xC0\xAF\n", "2: text that is not UTF-8"},
        {media("#EXTM3U\n"), "3: EXTM3U is there twice"},
        {media("a.ts\n"), "3: a URI without EXTINF before it"},
        {media("#EXTINF:4,\n"), "3: a segment's tags without a URI behind them"},
        {media("#EXTINF:4,\n#EXTINF:4,\na\n"), "4: EXTINF without a URI behind it"},
        {media("#EXTINF:-1,\na\n"), "3: EXTINF has a value that can't be read"},
        {media("#EXTINF:1e3,\na\n"), "3: EXTINF has a value that can't be read"},
        {media("#EXTINF:1000000,\na\n"), "3: EXTINF has a value that can't be read"},
        {media("#EXTINF:4,\n#EXT-X-BYTERANGE:5\na\n"),
         "5: EXT-X-BYTERANGE without offset has no range before it to go on from"},
        {media("#EXTINF:4,\n#EXT-X-BYTERANGE:2@18446744073709551615\na\n"),
         "4: EXT-X-BYTERANGE has a value that can't be read"},
        {media("#EXTINF:4,\n#EXT-X-BYTERANGE:5@18446744073709551610\na\n#EXTINF:4,\n#EXT-X-BYTERANGE:5\na\n"),
         "8: EXT-X-BYTERANGE ends beyond what can be counted"},
        {media("#EXT-X-TARGETDURATION:4\n"),
         "3: EXT-X-TARGETDURATION is no number, out of place, or there twice"},
        {media("#EXTINF:4,\na\n#EXT-X-MEDIA-SEQUENCE:1\n"),
         "5: EXT-X-MEDIA-SEQUENCE is no number, out of place, or there twice"},
        {media("#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n"),
         "4: EXT-X-DISCONTINUITY-SEQUENCE is no number, out of place, or there twice"},
        {media("#EXT-X-PLAYLIST-TYPE:LIVE\n"), "3: EXT-X-PLAYLIST-TYPE has a value that can't be read"},
        {media("#EXT-X-MAP:URI=\"a\",BYTERANGE=\"5\"\n"), "3: EXT-X-MAP has a value that can't be read"},
        {media("#EXT-X-MAP:BYTERANGE=\"5@0\"\n"), "3: EXT-X-MAP without URI"},
        {media("#EXT-X-STREAM-INF:BANDWIDTH=1\na\n"),
         "3: tags of a multivariant and of a media playlist in the same text"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1\n"), "2: EXT-X-STREAM-INF without a URI behind it"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-FOO\na\n"),
         "2: EXT-X-STREAM-INF without a URI behind it"},
        {top("#EXT-X-STREAM-INF:CODECS=\"a\"\na\n"), "2: BANDWIDTH is missing"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1,BANDWIDTH=2\na\n"), "2: the attribute BANDWIDTH is there twice"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=avc1\na\n"), "2: CODECS has a value that can't be read"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1\na\n"), "2: the quotes of CODECS don't close"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1, CODECS=\"a\"\na\n"), "2: an attribute has no name and '='"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1,\na\n"), "2: an attribute has no name and '='"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1920*1080\na\n"),
         "2: RESOLUTION has a value that can't be read"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=99999999999999999999\na\n"),
         "2: BANDWIDTH has a value that can't be read"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"x\"\na\n"),
         "2: AUDIO names a group that no EXT-X-MEDIA makes"},
        {top("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"x\",NAME=\"n\"\n"
             "#EXT-X-STREAM-INF:BANDWIDTH=1,SUBTITLES=\"x\"\na\n"),
         "3: SUBTITLES names a group that no EXT-X-MEDIA makes"},
        {top("#EXT-X-STREAM-INF:BANDWIDTH=1\na\nb\n"), "4: a URI without EXT-X-STREAM-INF before it"},
        {top("#EXT-X-MEDIA:TYPE=SMELL,GROUP-ID=\"a\",NAME=\"n\"\n"),
         "2: EXT-X-MEDIA has no TYPE that is known"},
        {top("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"a\",NAME=\"n\"\n"),
         "2: EXT-X-MEDIA of SUBTITLES without URI"},
        {top("#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1\n"), "2: EXT-X-I-FRAME-STREAM-INF without URI"},
    };
    for (const auto& [text, wanted] : table) CHECK_EQ(refusal(text), wanted);
}

TEST_CASE("every limit holds, and the text at the limit still passes") {
    const std::string text = media("#EXTINF:4,\na\n#EXTINF:4,\nb\n");
    Limits limits{text.size(), 6, 24, 2, 2, 1};
    CHECK_EQ(refusal(text, limits), "");
    limits.bytes = text.size() - 1;
    CHECK_EQ(refusal(text, limits), "1: longer than 57 bytes");
    limits = {1000, 5, 24, 2, 2, 1};
    CHECK_EQ(refusal(text, limits), "6: over 5 lines");
    limits = {1000, 6, 22, 2, 2, 1};
    CHECK_EQ(refusal(text, limits), "2: a line of over 22 bytes");
    limits = {1000, 6, 24, 2, 1, 1};
    CHECK_EQ(refusal(text, limits), "6: over 1 segments");
    limits = {1000, 6, 99, 1, 1, 1};
    CHECK_EQ(refusal(top("#EXT-X-STREAM-INF:BANDWIDTH=1,A=2\na\n"), limits),
             "2: there are over 1 attributes");
    CHECK_EQ(refusal(top("#EXT-X-STREAM-INF:BANDWIDTH=1\na\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n"), limits),
             "4: over 1 variants and renditions");
}

TEST_CASE("a rewriter changes every URI and nothing else") {
    Outcome<Playlist> playlist =
        read(media("#EXT-X-MAP:URI=\"i\",X-A=1\n#EXT-X-ODD:no list, URI=\"x\"\n#EXTINF:4,\na\n# b\n"), "p");
    REQUIRE(playlist.has_value());
    rewrite_uris(playlist->document, [](std::string_view uri) { return std::string{uri} + "?t=1"; });
    CHECK_EQ(
        playlist->document.text(),
        media("#EXT-X-MAP:URI=\"i?t=1\",X-A=1\n#EXT-X-ODD:no list, URI=\"x\"\n#EXTINF:4,\na?t=1\n# b\n"));
}

TEST_CASE("decimals are read exactly and cut behind the digits asked for") {
    CHECK_EQ(parse_decimal("4.004", 9), 4'004'000'000);
    CHECK_EQ(parse_decimal("23.976", 3), 23'976);
    CHECK_EQ(parse_decimal("0.9999", 3), 999);
    CHECK_EQ(parse_decimal("7.", 3), 7000);
    for (const char* wrong : {"", ".5", "1,5", "+1", "1.-5", "1.5.5", "1000000", " 1"})
        CHECK_FALSE(parse_decimal(wrong, 9).has_value());
}

TEST_CASE("attributes are changed in their place, added at the end, and taken away") {
    Attributes list = *Attributes::parse("A=1,B=\"x,y\",C=3", 3);
    list.set("A", "2").quote("D", "say \"so\"\n").quote("B", "z");
    list.remove("C");
    CHECK_EQ(list.text(), "A=2,B=\"z\",D=\"say 'so' \"");
    CHECK_EQ(list.get("B"), "z");
    CHECK_EQ(list.get("C"), "");
    CHECK_EQ(list.find("C"), nullptr);
}
