#include "manifest/dash/reader.hpp"

#include <doctest/doctest.h>

#include "manifest/dash/values.hpp"
#include "manifest/dash/writer.hpp"
#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::manifest;
using namespace outpost::manifest::dash;

namespace {

std::string refusal(std::string_view text, const Limits& limits = {}) {
    const Outcome<Mpd> mpd = read(text, "m", limits);
    return mpd ? "" : mpd.error().where.substr(2) + ": " + mpd.error().what;
}

// An MPD of one period of ten seconds with one set around `inside`.
std::string around(std::string_view inside) {
    return "<MPD mediaPresentationDuration=\"PT10S\">\n<Period>\n<AdaptationSet>\n" + std::string{inside} +
           "\n</AdaptationSet>\n</Period>\n</MPD>\n";
}

Representation only(std::string_view inside) {
    const Outcome<Mpd> mpd = read(around(inside), "m");
    REQUIRE_MESSAGE(mpd.has_value(), (mpd ? "" : mpd.error().line()));
    return mpd->periods.at(0).sets.at(0).representations.at(0);
}

void check_track(const Representation& representation, const Track& track) {
    CHECK_EQ(representation.bandwidth, track.peak_bit_rate());
    CHECK_EQ(representation.codecs, track.codecs);
    CHECK_EQ(representation.width, track.width);
    CHECK_EQ(representation.sample_rate, track.sample_rate);
    if (track.kind == TrackKind::text) {
        CHECK(representation.base_urls == std::vector<std::string>{track.id + "/full.vtt"});
        return;
    }
    CHECK_EQ(representation.initialization_url(), track.id + "/init.mp4");
    REQUIRE_EQ(representation.segment_count(), track.segments.size());
    std::int64_t time = track.start;
    for (std::size_t i = 0; i < track.segments.size(); ++i) {
        const TimelineSegment& segment = (*representation.addressing->segments)[i];
        CHECK_EQ(segment.time, time);
        CHECK_EQ(segment.duration, track.segments[i].duration);
        CHECK_EQ(representation.segment_url(i), track.id + "/" + std::to_string(i + 1) + ".m4s");
        time += track.segments[i].duration;
    }
}

}  // namespace

TEST_CASE("what is written reads back as the same bytes and the same facts, for every film") {
    for (const auto& [name, film] : films::all()) {
        const XmlDocument written = dash::mpd(film);
        const Outcome<Mpd> again = read(written.text(), "m");
        REQUIRE_MESSAGE(again.has_value(), (again ? "" : again.error().line()));
        CHECK_EQ(again->document.text(), written.text());
        CHECK(again->document == written);
        CHECK(again->duration == film.duration());
        std::size_t found = 0;
        for (const Track& track : film.periods.front().tracks) {
            for (const AdaptationSet& set : again->periods.front().sets) {
                for (const Representation& representation : set.representations) {
                    if (representation.id != track.id) continue;
                    check_track(representation, track);
                    ++found;
                }
            }
        }
        CHECK_EQ(found, film.periods.front().tracks.size());
    }
}

TEST_CASE("ten thousand segments keep their exact times") {
    Presentation film = films::hevc_pq();
    film.periods.front().tracks.resize(1);
    film.periods.front().tracks.front().segments.assign(10'000, Segment{100'100, 1000, {}});
    const Outcome<Mpd> again = read(dash::mpd(film).text(), "m");
    REQUIRE(again.has_value());
    const Representation& only = again->periods.front().sets.front().representations.front();
    CHECK_EQ(only.addressing->segments->back().time, std::uint64_t{100'100} * 9999);
    CHECK(again->duration == Milliseconds{41'708'334});
}

TEST_CASE("periods follow each other without a gap") {
    Presentation film = films::uhd();
    film.periods.push_back(films::uhd().periods.front());
    film.periods.back().id = "second";
    const Outcome<Mpd> again = read(dash::mpd(film).text(), "m");
    REQUIRE(again.has_value());
    REQUIRE_EQ(again->periods.size(), 2);
    CHECK_EQ(again->periods[1].start, *again->periods[0].duration);
    CHECK(again->duration == again->periods[1].start + *again->periods[1].duration);
}

TEST_CASE("what is not known stays, in its order") {
    const std::string text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<!-- made by somebody -->\n"
        "<?odd thing?>\n"
        "<mpd:MPD xmlns:mpd=\"urn:mpeg:dash:schema:mpd:2011\" x:odd=\"a &quot;b&quot; &lt;&#10;\" "
        "type=\"dynamic\">\n"
        "  <x:Event a=\"1\">some <b>mixed<i/></b> &amp; <!-- c --> text</x:Event>\n"
        "  <mpd:Period id=\"1\"/>\n"
        "</mpd:MPD>\n";
    const Outcome<Mpd> mpd = read(text, "m");
    REQUIRE_MESSAGE(mpd.has_value(), (mpd ? "" : mpd.error().line()));
    CHECK(mpd->dynamic);
    CHECK_EQ(mpd->periods.size(), 1);
    const std::string written = mpd->document.text();
    CHECK_EQ(parse_xml(written, "m")->text(), written);
    CHECK_EQ(written, text);
}

TEST_CASE("templates and attributes are inherited from the set, and overruled below it") {
    const Representation shown = only(
        "<SegmentTemplate timescale=\"10\" startNumber=\"5\" media=\"$Number$\" initialization=\"i\">"
        "<SegmentTimeline><S t=\"7\" d=\"20\" r=\"1\"/><S d=\"5\"/></SegmentTimeline></SegmentTemplate>"
        "<Representation id=\"r\" bandwidth=\"9\" width=\"2\"><BaseURL> b/ </BaseURL>"
        "<SegmentTemplate "
        "media=\"$RepresentationID$-$Number%03d$-$Time$-$Bandwidth$-$$-$Odd$\"/></Representation>");
    CHECK(shown.base_urls == std::vector<std::string>{"b/"});
    REQUIRE_EQ(shown.segment_count(), 3);
    CHECK_EQ(shown.segment_url(2), "r-007-47-9-$-$Odd$");
    CHECK_EQ(shown.initialization_url(), "i");
}

TEST_CASE("equal segments and open repeats end with their period") {
    const std::string head =
        "<Representation id=\"r\" bandwidth=\"9\"><SegmentTemplate timescale=\"10\" media=\"$Time$\"";
    CHECK_EQ(only(head + " duration=\"30\"/></Representation>").segment_count(), 4);
    const Representation open =
        only(head +
             " presentationTimeOffset=\"50\"><SegmentTimeline><S t=\"50\" d=\"30\" r=\"-1\"/>"
             "<S t=\"110\" d=\"40\" r=\"-1\"/></SegmentTimeline></SegmentTemplate></Representation>");
    REQUIRE_EQ(open.segment_count(), 3);
    CHECK_EQ(open.segment_url(1), "80");
    CHECK_EQ(open.segment_url(2), "110");
}

TEST_CASE("an MPD that breaks the rules is refused with its line") {
    const auto timeline = [](std::string_view s) {
        return around("<SegmentTemplate media=\"$Time$\"><SegmentTimeline>\n" + std::string{s} +
                      "</SegmentTimeline></SegmentTemplate>");
    };
    const std::vector<std::pair<std::string, std::string>> table{
        {"", "1: not well formed: no document element found"},
        {"<a>\n<b></a>", "2: not well formed: start-end tags mismatch"},
        {"<MPD a=\"\x01\"/>", "1: text that is not UTF-8, or control characters"},
        {"<MPD a=\"&#1;\"/>", "1: a character that XML doesn't allow"},
        {"<MPD a=\"1\" a=\"2\"/>", "1: the attribute a is there twice"},
        {"<MPD/><MPD/>", "1: not exactly one root element"},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]><MPD/>", "1: a document type, which is not read"},
        {"<?xml version=\"1.0\" encoding=\"latin1\"?><MPD/>", "1: an encoding other than UTF-8"},
        {"<HTML/>", "1: the root element is not MPD"},
        {"<MPD minBufferTime=\"P1M\"/>", "1: minBufferTime is no duration"},
        {around("<Representation id=\"r\"/>"),
         "4: Representation has no bandwidth, no id, or too long a one"},
        {around("<Representation id=\"r\" bandwidth=\"-1\"/>"),
         "4: bandwidth is no number that can be counted"},
        {around("<Representation id=\"r\" bandwidth=\"1\" frameRate=\"1/0\"/>"),
         "4: frameRate is no number or fraction"},
        {around("<SegmentTemplate timescale=\"0\"/>"), "4: timescale is 0"},
        {around("<SegmentTemplate timescale=\"4294967296\"/>"),
         "4: timescale is no number that can be counted"},
        {timeline("<S d=\"0\"/>"), "5: S has no d that is 1 or more"},
        {timeline("<S/>"), "5: S has no d that is 1 or more"},
        {timeline("<S d=\"1\" r=\"-2\"/>"), "5: S has an r that can't be read"},
        {timeline("<S d=\"1\" t=\"x\"/>"), "5: S has a t that can't be read"},
        {timeline("<S d=\"1\" r=\"4000000000\"/>"), "5: over 500000 segments"},
        {timeline("<S d=\"1\"/>\n<S d=\"4000000000000000000\" r=\"1\"/>"),
         "6: a time beyond what can be counted"},
        {timeline("<S t=\"9\" d=\"1\" r=\"-1\"/><S t=\"3\" d=\"1\"/>"),
         "5: S with r=\"-1\" begins behind the next S"},
        {around("<SegmentTemplate timescale=\"4294967295\" duration=\"1\"/>"), "4: over 500000 segments"},
    };
    for (const auto& [text, wanted] : table) CHECK_EQ(refusal(text), wanted);
}

TEST_CASE("every limit of XML holds, and the text at the limit still passes") {
    const std::string text = "<MPD a=\"12\" b=\"\">\n<x>\n<y/></x></MPD>";
    const auto limits = [](std::size_t bytes, std::size_t nodes, std::size_t depth, std::size_t attributes,
                           std::size_t attribute_bytes) {
        Limits out;
        out.xml = {bytes, nodes, depth, attributes, attribute_bytes};
        return out;
    };
    CHECK_EQ(refusal(text, limits(text.size(), 3, 3, 2, 2)), "");
    CHECK_EQ(refusal(text, limits(10, 3, 3, 2, 2)), "1: longer than 10 bytes");
    CHECK_EQ(refusal(text, limits(99, 2, 3, 2, 2)), "3: over 2 elements");
    CHECK_EQ(refusal(text, limits(99, 1, 3, 2, 2)), "1: over 1 elements");
    CHECK_EQ(refusal(text, limits(99, 3, 2, 2, 2)), "3: elements nested over 2 deep");
    CHECK_EQ(refusal(text, limits(99, 3, 3, 1, 2)), "1: over 1 attributes, or over 2 bytes in one");
    CHECK_EQ(refusal(text, limits(99, 3, 3, 2, 1)), "1: over 2 attributes, or over 1 bytes in one");
}

TEST_CASE("a hundred thousand elements inside each other are refused, not recursed into") {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "<a>";
    for (int i = 0; i < 100'000; ++i) text += "</a>";
    CHECK_EQ(refusal(text), "1: elements nested over 32 deep");
}

TEST_CASE("durations are read to the millisecond and written without zeros") {
    CHECK_EQ(parse_xs_duration("PT1H2M3.5S"), Milliseconds{3'723'500});
    CHECK_EQ(parse_xs_duration("P1DT0.0001S"), Milliseconds{86'400'001});
    CHECK_EQ(parse_xs_duration("PT0S"), Milliseconds{0});
    for (const char* wrong : {"", "P", "PT", "1S", "PT1", "PT1S1S", "PT1M1H", "P1M", "-PT1S", "PT1.S",
                              "PT.5S", "PT99999999999999999999S", "P1H", "PTT1S", "P1DT"})
        CHECK_FALSE(parse_xs_duration(wrong).has_value());
    CHECK_EQ(xs_duration(Milliseconds{3'723'500}), "PT3723.5S");
    CHECK_EQ(xs_duration(Milliseconds{22'022}), "PT22.022S");
    CHECK_EQ(xs_duration(Milliseconds{0}), "PT0S");
}
