#include "manifest/view.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "manifest/dash/reader.hpp"
#include "manifest/dash/writer.hpp"
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

ViewOptions with(std::string value = "V", Query query = Query::append) {
    ViewOptions options;
    options.query = query;
    options.query_name = "tok";
    options.query_value = std::move(value);
    options.authority = "tv.example";
    return options;
}

std::string seen(std::string_view text, const ViewOptions& options) {
    const Outcome<View> made = view(text, "p", options);
    return made ? made->nothing_left ? "nothing left" : made->text : made.error().line();
}

std::string mpd(std::string_view inside) { return "<MPD><Period>" + std::string{inside} + "</Period></MPD>"; }

// Without the declaration, blanks between elements and the elements around.
std::string inside(std::string_view text) {
    std::string out;
    std::string_view left = text;
    while (!left.empty()) {
        const auto end = std::min(left.find('\n'), left.size());
        const std::string_view line = left.substr(0, end);
        out += line.substr(std::min(line.find_first_not_of(' '), line.size()));
        left.remove_prefix(std::min(end + 1, left.size()));
    }
    const auto begin = out.find("<Period>");
    const auto end = out.rfind("</Period>");
    return begin == std::string::npos || end == std::string::npos ? out
                                                                  : out.substr(begin + 8, end - begin - 8);
}

std::string carried(std::string_view text) { return inside(seen(mpd(text), with())); }

const std::string audio =
    R"(<AdaptationSet contentType="audio"><Representation id="a" bandwidth="100"/></AdaptationSet>)";

}  // namespace

TEST_CASE("of the films, our own reader finds exactly the representations below the cap") {
    const std::string film = dash::mpd(films::uhd()).text();
    CHECK_EQ(difference("views/uhd-1080.mpd", seen(film, cap(1080))), "");
    CHECK_EQ(seen(film, cap(2160)), film);
    CHECK_EQ(seen(film, cap(359)), "nothing left");
    const auto source = dash::read(film, "p");
    for (const std::uint32_t height : {2159U, 1080U, 720U, 719U, 360U}) {
        std::vector<std::string> wanted;
        std::vector<std::string> there;
        for (const auto& set : source->periods[0].sets) {
            for (const auto& each : set.representations) {
                if (each.height <= height) wanted.push_back(each.id);
            }
        }
        const auto made = dash::read(seen(film, cap(height)), "p");
        REQUIRE(made.has_value());
        for (const auto& set : made->periods[0].sets) {
            for (const auto& each : set.representations) there.push_back(each.id);
        }
        CHECK_EQ(there, wanted);
    }
}

TEST_CASE("a height that the set gives counts for each representation that has none of its own") {
    const std::string text =
        mpd(R"(<AdaptationSet contentType="video" height="1080"><Representation id="x" bandwidth="9"/>)"
            R"(<Representation id="y" bandwidth="9" height="720"/></AdaptationSet>)" +
            audio);
    CHECK_EQ(inside(seen(text, cap(720))),
             R"(<AdaptationSet contentType="video" height="1080">)"
             R"(<Representation id="y" bandwidth="9" height="720"/></AdaptationSet>)" +
                 audio);
}

TEST_CASE("the bounds of a set are those of what is left in it, and bounds that were not given stay so") {
    const std::string text = mpd(
        R"(<AdaptationSet mimeType="video/mp4" minBandwidth="1" maxBandwidth="9" maxWidth="3840" )"
        R"(maxHeight="2160" minFrameRate="24" maxFrameRate="50" x="1">)"
        R"(<Representation id="x" bandwidth="9" width="3840" height="2160" frameRate="50"/>)"
        R"(<Representation id="y" bandwidth="4" width="1280" height="720" frameRate="30000/1001"/>)"
        R"(<Representation id="z" bandwidth="2" width="640" height="360" frameRate="25"/></AdaptationSet>)");
    CHECK_EQ(inside(seen(text, cap(1080))),
             R"(<AdaptationSet mimeType="video/mp4" minBandwidth="2" maxBandwidth="4" maxWidth="1280" )"
             R"(maxHeight="720" minFrameRate="25" maxFrameRate="30000/1001" x="1">)"
             R"(<Representation id="y" bandwidth="4" width="1280" height="720" frameRate="30000/1001"/>)"
             R"(<Representation id="z" bandwidth="2" width="640" height="360" frameRate="25"/>)"
             R"(</AdaptationSet>)");
    CHECK_NE(seen(text, cap(2160)).find(R"(maxHeight="2160")"), std::string::npos);
}

TEST_CASE("a set that becomes empty leaves; a period without pictures that had some can't be played") {
    const std::string high =
        R"(<AdaptationSet contentType="video"><Representation id="h" bandwidth="9" height="2160"/></AdaptationSet>)";
    const std::string low =
        R"(<AdaptationSet contentType="video"><Representation id="l" bandwidth="9" height="720"/></AdaptationSet>)";
    const std::string trick = R"(<AdaptationSet contentType="video"><EssentialProperty )"
                              R"(schemeIdUri="http://dashif.org/guidelines/trickmode" value="1"/>)"
                              R"(<Representation id="t" bandwidth="1" height="360"/></AdaptationSet>)";
    CHECK_EQ(inside(seen(mpd(high + low + audio), cap(1080))), low + audio);
    CHECK_EQ(seen(mpd(high + audio), cap(1080)), "nothing left");
    CHECK_EQ(seen(mpd(high + trick + audio), cap(1080)), "nothing left");
    CHECK_EQ(inside(seen(mpd(audio), cap(1080))), audio);
    CHECK_EQ(seen(mpd(audio), cap(0, 99)), "nothing left");
    CHECK_EQ(seen("<MPD><Period duration=\"PT1S\">" + low + "</Period><Period>" + high + "</Period></MPD>",
                  cap(1080)),
             "nothing left");
    CHECK_EQ(seen("<MPD/>", cap(1)), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MPD/>\n");
}

TEST_CASE("templates, lists, and what is said in them carry the parameter, escaped as XML is") {
    CHECK_EQ(difference("views/uhd-append.mpd", seen(dash::mpd(films::uhd()).text(), with("a&b=$1<"))), "");
    CHECK_EQ(
        carried(
            R"(<AdaptationSet><SegmentTemplate media="$Number$.m4s?x=1" initialization="i.mp4" index="$Time$.idx"/>)"
            R"(<Representation id="r" bandwidth="1"/></AdaptationSet>)"),
        R"(<AdaptationSet><SegmentTemplate media="$Number$.m4s?x=1&amp;tok=V" initialization="i.mp4?tok=V" )"
        R"(index="$Time$.idx?tok=V"/><Representation id="r" bandwidth="1"/></AdaptationSet>)");
    CHECK_EQ(
        carried(R"(<AdaptationSet><Representation id="r" bandwidth="1"><SegmentList>)"
                R"(<Initialization sourceURL="i.mp4"/><SegmentURL media="1.m4s" index="1.idx"/>)"
                R"(<SegmentURL mediaRange="1-2"/></SegmentList></Representation></AdaptationSet>)"),
        R"(<AdaptationSet><Representation id="r" bandwidth="1"><SegmentList>)"
        R"(<Initialization sourceURL="i.mp4?tok=V"/><SegmentURL media="1.m4s?tok=V" index="1.idx?tok=V"/>)"
        R"(<SegmentURL mediaRange="1-2"/></SegmentList></Representation></AdaptationSet>)");
}

TEST_CASE("what is defined in HLS is appended here, and escapes leave nothing for a template to read") {
    const std::string text = mpd(R"(<AdaptationSet><SegmentTemplate media="$Number$.m4s" duration="1"/>)"
                                 R"(<Representation id="r" bandwidth="1"/></AdaptationSet>)");
    CHECK_EQ(seen(text, with("V", Query::define)), seen(text, with("V")));
    CHECK(view(text, "p", with("V", Query::define))->holds_value);
    const auto made = dash::read(
        seen("<MPD mediaPresentationDuration=\"PT1S\">" + text.substr(5), with("a$Number$b")), "p");
    REQUIRE(made.has_value());
    CHECK_EQ(made->periods[0].sets[0].representations[0].segment_url(0), "1.m4s?tok=a%24Number%24b");
}

TEST_CASE("a base URL that is the media itself carries the parameter, one for what is below it does not") {
    const std::string leaf =
        R"(<Representation id="r" bandwidth="1"><BaseURL>r.mp4</BaseURL><SegmentBase indexRange="1-2"/></Representation>)";
    CHECK_EQ(
        carried("<BaseURL>x/</BaseURL><AdaptationSet>" + leaf + "</AdaptationSet>"),
        "<BaseURL>x/</BaseURL><AdaptationSet>"
        R"(<Representation id="r" bandwidth="1"><BaseURL>r.mp4?tok=V</BaseURL><SegmentBase indexRange="1-2"/></Representation></AdaptationSet>)");
    const std::string listed =
        R"(<AdaptationSet><SegmentTemplate media="$Number$"/><Representation id="r" bandwidth="1"><BaseURL>r/</BaseURL></Representation></AdaptationSet>)";
    CHECK_EQ(
        carried(listed),
        R"(<AdaptationSet><SegmentTemplate media="$Number$?tok=V"/><Representation id="r" bandwidth="1"><BaseURL>r/</BaseURL></Representation></AdaptationSet>)");
    CHECK_EQ(
        carried(
            R"(<AdaptationSet><BaseURL>all.mp4?q=1</BaseURL><Representation id="r" bandwidth="1"><SegmentBase/></Representation></AdaptationSet>)"),
        R"(<AdaptationSet><BaseURL>all.mp4?q=1</BaseURL><Representation id="r" bandwidth="1"><BaseURL>?q=1&amp;tok=V</BaseURL><SegmentBase/></Representation></AdaptationSet>)");
}

TEST_CASE("what lies with others never gets the parameter, by whatever base URL it does") {
    const std::string set =
        R"(<AdaptationSet><SegmentTemplate media="$Number$" initialization="https://tv.example/i"/><Representation id="r" bandwidth="1"/></AdaptationSet>)";
    const std::string half =
        R"(<AdaptationSet><SegmentTemplate media="$Number$" initialization="https://tv.example/i?tok=V"/><Representation id="r" bandwidth="1"/></AdaptationSet>)";
    const std::string all =
        R"(<AdaptationSet><SegmentTemplate media="$Number$?tok=V" initialization="https://tv.example/i?tok=V"/><Representation id="r" bandwidth="1"/></AdaptationSet>)";
    const std::string other = "<BaseURL>https://cdn.example/x/</BaseURL>";
    const std::string ours = "<BaseURL>//tv.example/x/</BaseURL>";
    CHECK_EQ(carried(other + set), other + half);
    CHECK_EQ(carried(ours + set), ours + all);
    CHECK_EQ(carried(other + ours + set), other + ours + all);  // either may be chosen, and ours needs it
    CHECK_EQ(carried(other + "<AdaptationSet><BaseURL>/y/</BaseURL>" + set.substr(15)),
             other + "<AdaptationSet><BaseURL>/y/</BaseURL>" + half.substr(15));
    const std::string below =
        R"(<AdaptationSet><SegmentTemplate media="$Number$"/><Representation id="r" bandwidth="1">)" + other +
        "</Representation></AdaptationSet>";
    CHECK_EQ(carried(below), below);
    const std::string file =
        R"(<AdaptationSet><Representation id="r" bandwidth="1"><BaseURL>https://cdn.example/r.mp4</BaseURL></Representation></AdaptationSet>)";
    CHECK_EQ(carried(file), file);
}

TEST_CASE("where the MPD itself is fetched anew carries the parameter too") {
    const std::string made = seen(
        "<MPD><Location>/live/a.mpd</Location><Location>https://cdn.example/a.mpd</Location>"
        "<PatchLocation ttl=\"60\">/live/a.mpp?x</PatchLocation><Period/></MPD>",
        with());
    CHECK_NE(made.find("<Location>/live/a.mpd?tok=V</Location>"), std::string::npos);
    CHECK_NE(made.find("<Location>https://cdn.example/a.mpd</Location>"), std::string::npos);
    CHECK_NE(made.find("<PatchLocation ttl=\"60\">/live/a.mpp?x&amp;tok=V</PatchLocation>"),
             std::string::npos);
}

TEST_CASE("what is neither playlist nor MPD is refused") {
    CHECK_EQ(seen("hello", cap(1)).substr(0, 3), "p:1");
    CHECK_EQ(seen("<html/>", cap(1)), "p:1: the root element is not MPD; give an MPD as in ISO 23009-1");
    CHECK_FALSE(changes({}));
    CHECK(changes(cap(1)));
    CHECK(changes(cap(0, 1)));
    CHECK(changes(with()));
}
