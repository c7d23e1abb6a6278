#include "tests/unit/manifest/golden.hpp"

#include <doctest/doctest.h>

#include "manifest/dash/writer.hpp"
#include "manifest/hls/writer.hpp"
#include "tests/unit/manifest/films.hpp"

using namespace outpost::manifest;
using outpost::golden::difference;

TEST_CASE("every playlist and MPD of the films is its golden file, byte for byte") {
    for (const auto& [name, film] : films::all()) {
        REQUIRE(check(film).has_value());
        const std::string directory = "manifest/" + name + "/";
        CHECK_EQ(difference(directory + "index.m3u8", hls::multivariant_playlist(film).text()), "");
        CHECK_EQ(difference(directory + "index.mpd", dash::mpd(film).text()), "");
        for (const Track& track : film.periods.front().tracks) {
            const std::string of_track = directory + track.id + "/";
            CHECK_EQ(difference(of_track + "index.m3u8", hls::media_playlist(film, track.id).text()), "");
            if (track.kind == TrackKind::video)
                CHECK_EQ(difference(of_track + "iframes.m3u8", hls::iframe_playlist(film, track.id).text()),
                         "");
        }
    }
}

TEST_CASE("a difference is told by its first line, also where one text ends early") {
    CHECK_EQ(outpost::golden::first_difference("a\nb\n", "a\nc\n"), "line 2\n- b\n+ c");
    CHECK_EQ(outpost::golden::first_difference("a", "a\nc"), "line 2\n- (the end)\n+ c");
}
