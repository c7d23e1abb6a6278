#include "media/import/webvtt.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::media;

namespace {

Outcome<Subtitles> parse(const std::string& text) { return parse_webvtt(text, "film.vtt"); }

}  // namespace

TEST_CASE("cues are read with their identifiers, settings and lines") {
    const auto read = parse(
                          "\xef\xbb\xbfWEBVTT - made by hand\nKind: captions\n\nNOTE not\nshown\n\n"
                          "STYLE\n::cue { color: red }\n\n"
                          "1\r\n00:01.000 --> 01:00:02.500 align:start line:0\r\nfirst\r\nsecond\r\n\r\n"
                          "00:00.500 --> 00:00.900\nearlier")
                          .value();
    REQUIRE(read.cues.size() == 2);
    CHECK(read.cues[0].text == "earlier");
    CHECK(read.cues[1] ==
          Cue{Milliseconds{1000}, Milliseconds{3602500}, "1", "align:start line:0", "first\nsecond"});
    REQUIRE(read.styles.size() == 1);
    CHECK(read.styles[0] == "STYLE\n::cue { color: red }");
}

TEST_CASE("what is written reads back the same") {
    const std::string text = "WEBVTT\n\nSTYLE\na\n\nx\n00:00:01.000 --> 00:00:02.000 line:1\nhello\n\n";
    CHECK(write_webvtt(parse(text).value()) == text);
}

TEST_CASE("a bad document is told by line") {
    const auto line_of = [](const std::string& text) {
        const auto read = parse(text);
        return read ? std::string{"fine"} : read.error().where;
    };
    CHECK(line_of("") == "film.vtt:1");
    CHECK(line_of("1\n00:00:01,000 --> 00:00:02,000\nSubRip\n") == "film.vtt:1");
    CHECK(line_of("WEBVTTX\n\n") == "film.vtt:1");
    CHECK(line_of("WEBVTT\n\n00:00:01,000 --> 00:00:02,000\nx\n") == "film.vtt:3");
    CHECK(line_of("WEBVTT\n\nstray\ntext\n") == "film.vtt:4");
    CHECK(line_of("WEBVTT\n\n00:01.000 --> 00:02.000\na --> b\n") == "film.vtt:4");
    CHECK(line_of("WEBVTT\n\n00:61.000 --> 02:02.000\nx\n") == "film.vtt:3");
    CHECK(line_of("WEBVTT\n\n99999999999:00:01.000 --> 99999999999:00:02.000\nx\n") == "film.vtt:3");
    CHECK_FALSE(parse(std::string("WEBVTT\n\n\0", 9)).has_value());
    CHECK_FALSE(parse("WEBVTT\n\n00:01.000 --> 00:02.000\n" + std::string(20 << 10, 'x')).has_value());
    CHECK_FALSE(parse("WEBVTT\n\n" + std::string(17 << 20, '\n')).has_value());
}

TEST_CASE("a cue that ends before it begins is never shown") {
    CHECK(parse("WEBVTT\n\n00:02.000 --> 00:01.000\nx\n").value().cues.empty());
}

TEST_CASE("a cue over a border is in both segments, one that ends at it only in the first") {
    const auto read =
        parse("WEBVTT\n\n00:01.000 --> 00:04.000\nfirst\n\n00:03.000 --> 00:05.000\nboth\n").value();
    const auto one = write_webvtt_segment(read, Milliseconds{0}, Milliseconds{4000});
    const auto two = write_webvtt_segment(read, Milliseconds{4000}, Milliseconds{8000});
    CHECK(one.find("first") != std::string::npos);
    CHECK(one.find("both") != std::string::npos);
    CHECK(two.find("first") == std::string::npos);
    CHECK(two.find("00:00:03.000 --> 00:00:05.000\nboth") != std::string::npos);
}

TEST_CASE("a segment without cues is a valid document with the map of time") {
    const std::string empty = write_webvtt_segment({}, Milliseconds{0}, Milliseconds{4000});
    CHECK(empty == "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n");
    CHECK(parse(empty).value().cues.empty());
}
