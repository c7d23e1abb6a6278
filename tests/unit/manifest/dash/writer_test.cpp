#include "manifest/dash/writer.hpp"

#include <doctest/doctest.h>

#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::manifest;
using namespace outpost::manifest::dash;

namespace {

// The order in which ISO 23009-1 wants what we write inside AdaptationSet (RepresentationBaseType first).
constexpr std::array<std::string_view, 7> order_in_set{
    "AudioChannelConfiguration", "EssentialProperty", "SupplementalProperty", "Label", "Role",
    "SegmentTemplate",           "Representation"};

std::vector<XmlNode> sets_of(const Presentation& film) {
    return dash::mpd(film).root().children.at(0).children;
}

std::vector<std::string> values_of(const XmlNode& set, std::string_view element) {
    std::vector<std::string> out;
    for (const XmlNode& child : set.children) {
        if (child.name == element) out.push_back(*child.attribute("value"));
    }
    return out;
}

}  // namespace

TEST_CASE("inside of every AdaptationSet the elements stand in the standard's order") {
    for (const auto& [name, film] : films::all()) {
        for (const XmlNode& set : sets_of(film)) {
            auto place = order_in_set.begin();
            for (const XmlNode& child : set.children) {
                place = std::find(place, order_in_set.end(), child.name);
                REQUIRE_MESSAGE(place != order_in_set.end(), name, ": ", child.name);
            }
        }
    }
}

TEST_CASE("PQ must be understood to be played; HLG may be played without") {
    Presentation film = films::hevc_pq();
    CHECK(values_of(sets_of(film).front(), "EssentialProperty") == std::vector<std::string>{"9", "16", "9"});
    for (Track& track : film.periods.front().tracks) {
        if (track.kind == TrackKind::video) track.video_range = VideoRange::hlg;
    }
    CHECK(values_of(sets_of(film).front(), "EssentialProperty").empty());
    CHECK(values_of(sets_of(film).front(), "SupplementalProperty") ==
          std::vector<std::string>{"9", "18", "9"});
}

TEST_CASE("a player is not asked to switch between codec families or ranges") {
    Presentation film = films::uhd();
    film.periods.front().tracks[1].codecs = "hvc1.1.6.L120.B0";
    film.periods.front().tracks[2].video_range = VideoRange::hlg;
    std::size_t video = 0;
    for (const XmlNode& set : sets_of(film)) video += *set.attribute("contentType") == "video" ? 1 : 0;
    CHECK_EQ(video, 3);
}

TEST_CASE("the language of the default audio is main in each of its codecs, the others are alternates") {
    std::vector<std::string> told;
    for (const XmlNode& set : sets_of(films::uhd())) {
        if (*set.attribute("contentType") == "audio")
            told.push_back(*set.attribute("lang") + " " + values_of(set, "Role").at(0));
    }
    CHECK(told == std::vector<std::string>{"en main", "zh alternate", "en main"});
}

TEST_CASE("all tracks share the period's beginning, so that sound and picture keep their distance") {
    Presentation film = films::uneven();
    film.periods.front().tracks[2].timescale = 44100;
    film.periods.front().tracks[2].start = 44100 * 10 - 500;  // sound begins before the picture
    const std::vector<XmlNode> sets = sets_of(film);
    const XmlNode& picture = sets.at(0).children.back().children.at(0);
    const XmlNode& sound = sets.at(1).children.at(3);
    REQUIRE_EQ(sound.name, "SegmentTemplate");
    CHECK_EQ(*sound.attribute("presentationTimeOffset"), "440500");
    CHECK_EQ(*picture.attribute("presentationTimeOffset"), "127854");  // 440500 / 44100 s, rounded down
}

TEST_CASE("alignment is promised only where every segment begins at the same instant") {
    Presentation film = films::uhd();
    Track& other = film.periods.front().tracks[1];
    other.timescale *= 2;
    for (Segment& segment : other.segments) segment.duration *= 2;
    CHECK_EQ(*sets_of(film).front().attribute("segmentAlignment"), "true");
    other.segments.back().duration += 1;
    CHECK_EQ(*sets_of(film).front().attribute("segmentAlignment"), "false");
}

TEST_CASE("a name with markup stays text") {
    Presentation film = films::audio_only();
    film.periods.front().tracks.front().name = "</Label><x a=\"&amp;\">";
    const std::string text = dash::mpd(film).text();
    CHECK_NE(text.find("<Label>&lt;/Label&gt;&lt;x a=\"&amp;amp;\"&gt;</Label>"), std::string::npos);
    CHECK(*parse_xml(text, "m") == dash::mpd(film));
}
