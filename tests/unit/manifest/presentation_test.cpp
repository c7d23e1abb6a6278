#include <limits>

#include <doctest/doctest.h>

#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::manifest;

namespace {

struct Rates {
    std::vector<Segment> segments;
    std::uint64_t peak;
};

std::vector<Segment> equal(std::size_t count, std::int64_t duration, std::uint64_t size) {
    return std::vector<Segment>(count, Segment{duration, size, {}});
}

std::string refusal(const Presentation& presentation) {
    const Outcome<void> checked = check(presentation);
    return checked ? "" : checked.error().what;
}

}  // namespace

TEST_CASE("the peak is the fattest run that lasts between half and one and a half target durations") {
    // Timescale 10, sizes in bytes: one segment of 40 ticks (4 s) is the target, runs last 2 s to 6 s.
    const std::vector<Rates> table{
        {{{40, 1000, {}}}, 2000},
        {{{40, 1000, {}}, {40, 3000, {}}}, 6000},
        // 1 s alone is too short to count; with its neighbour it is 5 s: (1000 + 4000) bytes in 5 s.
        {{{40, 1000, {}}, {10, 4000, {}}}, 8000},
        // Two short ones make 2 s, which counts: 8000 bytes in 2 s.
        {{{40, 1000, {}}, {10, 4000, {}}, {10, 4000, {}}, {40, 1000, {}}}, 32'000},
        // 7 s is too long, so the fat middle only counts with one neighbour at a time: 5000 bytes in 4.5 s.
        {{{35, 0, {}}, {10, 5000, {}}, {40, 0, {}}}, 8889},
        {{}, 0},
    };
    for (const Rates& row : table) CHECK_EQ(peak_bit_rate(row.segments, 10).bits_per_second(), row.peak);
}

TEST_CASE("the average is all bytes over all time, rounded up") {
    CHECK_EQ(average_bit_rate(equal(3, 3, 1), 1), BitRate{3});  // 24 bits in 9 s
    CHECK_EQ(average_bit_rate({}, 1), BitRate{0});
}

TEST_CASE("a key frame counts until the next one, wherever segments end") {
    const Track large = films::uneven().periods.front().tracks.front();
    const std::vector<Segment> pictures = large.key_frame_segments();
    REQUIRE_EQ(pictures.size(), 7);
    CHECK_EQ(pictures[4].duration, 38656);
    CHECK_EQ(pictures[4].size, 120'000);
}

TEST_CASE("sums stop at the largest number instead of beginning anew") {
    Track track = films::video("v", 2, 2, 1);
    track.segments =
        equal(3, std::numeric_limits<std::int64_t>::max() / 2, std::numeric_limits<std::uint64_t>::max());
    CHECK_EQ(track.duration(), std::numeric_limits<std::int64_t>::max());
    CHECK_EQ(track.size(), std::numeric_limits<std::uint64_t>::max());
    CHECK_GT(track.peak_bit_rate().bits_per_second(), 0);
}

TEST_CASE("a hundred thousand tiny segments around a long one are measured in linear time") {
    std::vector<Segment> segments = equal(200'000, 1, 10);
    segments[100'000].duration = 1'000'000;
    // From the first on: 100,000 tiny ones and the long one, and 256 more, 1,002,570 bytes in 1100.256 s.
    CHECK_EQ(peak_bit_rate(segments, 1000).bits_per_second(), 7290);
}

TEST_CASE("a presentation lasts as long as the longest audio or video of each period, rounded up") {
    Presentation film = films::hevc_pq();
    CHECK_EQ(film.duration(), Milliseconds{22'022});
    film.periods.push_back(films::uhd().periods.front());
    CHECK_EQ(film.duration(), Milliseconds{44'022});
    film.periods.back().tracks.back().segments = equal(1, 100'000, 1);  // subtitles that go on
    CHECK_EQ(film.duration(), Milliseconds{44'022});
}

TEST_CASE("what can't be written as playlists is refused, and the refusal says why") {
    struct Case {
        const char* what;
        void (*spoil)(Presentation&);
    };
    const Case table[] = {
        {"there is no period", [](Presentation& p) { p.periods.clear(); }},
        {"there is neither video nor audio",
         [](Presentation& p) { p.periods[0].tracks = {films::text("t", "en", "English")}; }},
        {"a track's id can't stand in a URL", [](Presentation& p) { p.periods[0].tracks[0].id = "../v"; }},
        {"a track's id can't stand in a URL", [](Presentation& p) { p.periods[0].tracks[0].id = ".."; }},
        {"its id is taken by another track",
         [](Presentation& p) { p.periods[0].tracks[1].id = p.periods[0].tracks[0].id; }},
        {"has a timescale of 0", [](Presentation& p) { p.periods[0].tracks[0].timescale = 0; }},
        {"starts at a time below 0 or beyond counting",
         [](Presentation& p) { p.periods[0].tracks[0].start = -1024; }},
        {"has no segments", [](Presentation& p) { p.periods[0].tracks[0].segments.clear(); }},
        {"has no duration in segment 2",
         [](Presentation& p) { p.periods[0].tracks[0].segments[1].duration = 0; }},
        {"is too long to count from segment 2 on",
         [](Presentation& p) {
             p.periods[0].tracks[0].segments[1].duration = std::numeric_limits<std::int64_t>::max();
         }},
        {"is too long to count from segment 1 on",
         [](Presentation& p) {
             p.periods[0].tracks[0].segments[0].size = std::numeric_limits<std::uint64_t>::max();
         }},
        {"has a key frame outside of its bytes in segment 1",
         [](Presentation& p) {
             p.periods[0].tracks[0].segments[0].key_frames[0].range = {
                 std::numeric_limits<std::uint64_t>::max(), 2};
         }},
        {"has no picture size", [](Presentation& p) { p.periods[0].tracks[0].width = 0; }},
        {"has no frame rate",
         [](Presentation& p) {
             p.periods[0].tracks[0].frame_rate = {25, 0};
         }},
        {"has a codec that is no single RFC 6381 name",
         [](Presentation& p) { p.periods[0].tracks[0].codecs = "avc1,\"\n"; }},
        {"has a name that is no UTF-8, holds control characters or is too long",
         [](Presentation& p) { p.periods[0].tracks[0].name = "a\nb"; }},
        {"its tracks are not of the same kinds as the first period's",
         [](Presentation& p) { p.periods.push_back(films::audio_only().periods[0]); }},
        {"its id is empty or taken by another period",
         [](Presentation& p) { p.periods.push_back(p.periods[0]); }},
    };
    for (const Case& row : table) {
        Presentation film = films::uhd();
        row.spoil(film);
        CHECK_EQ(refusal(film), row.what);
    }
    for (const auto& [name, film] : films::all()) CHECK_EQ(refusal(film), "");
}
