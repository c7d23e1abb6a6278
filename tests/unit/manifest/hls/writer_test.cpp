#include "manifest/hls/writer.hpp"

#include <doctest/doctest.h>

#include "manifest/hls/reader.hpp"
#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::manifest;
using namespace outpost::manifest::hls;

namespace {

Playlist read_back(const Document& document) {
    Outcome<Playlist> read_again = read(document.text(), "test.m3u8");
    REQUIRE_MESSAGE(read_again.has_value(), (read_again ? "" : read_again.error().line()));
    CHECK_EQ(read_again->document.text(), document.text());
    CHECK(read_again->document == document);
    return std::move(*read_again);
}

Multivariant variants_of(const Presentation& film) {
    return *read_back(multivariant_playlist(film)).multivariant();
}

Period with(Period period, Track track) {
    period.tracks.push_back(std::move(track));
    return period;
}

}  // namespace

TEST_CASE("what is written reads back as the same bytes and the same facts, for every film and track") {
    for (const auto& [name, film] : films::all()) {
        const Multivariant top = variants_of(film);
        CHECK(top.independent_segments);
        for (const Track& track : film.periods.front().tracks) {
            const MediaPlaylist media = *read_back(media_playlist(film, track.id)).media();
            REQUIRE_EQ(media.segments.size(), track.segments.size());
            CHECK(media.ended);
            CHECK_EQ(media.duration().count(),
                     (Ticks{track.duration(), track.timescale}.in(1'000'000).count) * 1000);
            for (const MediaSegment& segment : media.segments)
                CHECK_LE((segment.duration.count() + 500'000'000) / 1'000'000'000,
                         media.target_duration.count());
            if (track.kind != TrackKind::video) continue;
            const MediaPlaylist pictures = *read_back(iframe_playlist(film, track.id)).media();
            CHECK(pictures.iframes_only);
            CHECK_EQ(pictures.segments.size(), track.key_frame_segments().size());
            CHECK(pictures.segments.front().range == track.segments.front().key_frames.front().range);
        }
    }
}

TEST_CASE("ten thousand segments of a length that no decimal holds add up to the microsecond") {
    Presentation film = films::hevc_pq();
    Track& track = film.periods.front().tracks.front();
    track.segments.assign(10'000, Segment{100'100, 1000, {}});  // 4.1708333… s
    const Playlist playlist = read_back(media_playlist(film, track.id));
    CHECK_EQ(playlist.media()->duration(), std::chrono::microseconds{41'708'333'333});
    std::int64_t ticks = 0;
    std::int64_t nanoseconds = 0;
    for (const MediaSegment& segment : playlist.media()->segments) {
        nanoseconds += segment.duration.count();
        ticks += 100'100;
        const std::int64_t exact = Ticks{ticks, 24000}.in(1'000'000'000).count;
        REQUIRE_LE(std::abs(nanoseconds - exact), 500);
    }
}

TEST_CASE("BANDWIDTH is the video's peak, its fattest audio and the fattest subtitles together") {
    const Presentation film = films::uhd();
    const std::vector<Track>& tracks = film.periods.front().tracks;
    const Multivariant top = variants_of(film);
    REQUIRE_EQ(top.variants.size(), 8);
    const Variant& fattest = top.variants.back();
    CHECK_EQ(fattest.uri, "v2160-aa/index.m3u8");
    // 9.6 MB and, for E-AC-3, 230,400 bytes in 4 and 3.989333 s; the text's 360 bytes in 4 s.
    CHECK_EQ(tracks[0].peak_bit_rate(), BitRate{19'200'000});
    CHECK_EQ(tracks[6].peak_bit_rate(), BitRate{462'033});
    CHECK_EQ(fattest.bandwidth, BitRate{19'200'000 + 462'033 + 720});
}

TEST_CASE("the start-up variant leads: the best within the start-up rate, in what most boxes play") {
    Presentation film = films::uhd();
    CHECK_EQ(variants_of(film).variants.front().uri, "v720-cc/index.m3u8");
    CHECK_EQ(variants_of(film).variants.front().audio, "audio-mp4a.40.2-2");
    Track thin = films::video("hevc", 1280, 720, 600'000);
    thin.codecs = "hvc1.1.6.L93.B0";
    film.periods.front() = with(film.periods.front(), thin);
    CHECK_EQ(variants_of(film).variants.front().uri, "v720-cc/index.m3u8");
    MultivariantOptions none;
    none.start_up = BitRate{1};
    const Playlist poorest = read_back(multivariant_playlist(film, none));
    CHECK_EQ(poorest.multivariant()->variants.front().uri, "v360-dd/index.m3u8");
}

TEST_CASE("every audio group has the same members, so that no codec costs a language") {
    const Multivariant top = variants_of(films::uhd());
    std::vector<std::string> uris;
    for (const Rendition& rendition : top.renditions) {
        if (rendition.group == "audio-ec-3-6") uris.push_back(rendition.name + " " + rendition.uri);
    }
    CHECK(uris == std::vector<std::string>{"English a-en51-2e/index.m3u8", "中文 a-zh-3d/index.m3u8"});
}

TEST_CASE("renditions of a group have different names, also where the tracks have the same") {
    Presentation film{{{"p",
                        {films::audio("a", "en", "Sound", 1000), films::audio("b", "fr", "Sound", 1000),
                         films::audio("c", "en", "Sound", 3000), films::audio("d", "de", "", 1000)}}}};
    const Multivariant top = variants_of(film);
    std::vector<std::string> names;
    for (const Rendition& rendition : top.renditions) names.push_back(rendition.group + " " + rendition.name);
    CHECK(names == std::vector<std::string>{"audio-mp4a.40.2-2 Sound", "audio-mp4a.40.2-2 Sound (fr)",
                                            "audio-mp4a.40.2-2 de", "audio-mp4a.40.2-2-2 Sound",
                                            "audio-mp4a.40.2-2-2 Sound (fr)", "audio-mp4a.40.2-2-2 de"});
    CHECK(top.renditions.front().is_default);
}

TEST_CASE("one audio track alone is the variant itself; of several the default one is") {
    const Multivariant alone = variants_of({{{"p", {films::audio("a", "en", "English", 64'000)}}}});
    CHECK(alone.renditions.empty());
    REQUIRE_EQ(alone.variants.size(), 1);
    CHECK_EQ(alone.variants.front().audio, "");
    CHECK_EQ(alone.variants.front().uri, "a/index.m3u8");
    const Multivariant two = variants_of(films::audio_only());
    CHECK_EQ(two.variants.front().uri, "a-en/index.m3u8");
    CHECK_EQ(two.renditions.size(), 2);
}

TEST_CASE("video without sound and subtitles names no groups") {
    const Multivariant top = variants_of({{{"p", {films::video("v", 1280, 720, 900'000)}}}});
    REQUIRE_EQ(top.variants.size(), 1);
    CHECK_EQ(top.variants.front().codecs, "avc1.640028");
    CHECK_EQ(top.variants.front().audio + top.variants.front().subtitles, "");
}

TEST_CASE("at the boundary of two periods stand a discontinuity and the new track's map") {
    Presentation film = films::uhd();
    film.periods.push_back(film.periods.front());
    film.periods.back().id = "second";
    film.periods.back().tracks.front().id = "other";
    const MediaPlaylist media = *read_back(media_playlist(film, "v2160-aa")).media();
    REQUIRE_EQ(media.segments.size(), 12);
    CHECK_EQ(media.maps.size(), 2);
    CHECK_FALSE(media.segments[5].discontinuity);
    CHECK(media.segments[6].discontinuity);
    CHECK_EQ(media.maps[*media.segments[6].map].uri, "../other/init.mp4");
    CHECK_EQ(media.segments[6].uri, "../other/1.m4s");
    CHECK_EQ(read_back(iframe_playlist(film, "v2160-aa")).media()->maps.size(), 2);
}

TEST_CASE("audio and video playlists of a presentation share one target duration, subtitles have their own") {
    const Presentation film = films::uneven();
    CHECK_EQ(target_duration(film), std::chrono::seconds{6});
    for (const Track& track : film.periods.front().tracks)
        CHECK_EQ(read_back(media_playlist(film, track.id)).media()->target_duration.count(), 6);
}

TEST_CASE("a name with quotes can't end its attribute") {
    Presentation film = films::audio_only();
    film.periods.front().tracks.front().name = "a\",URI=\"evil";
    CHECK_EQ(variants_of(film).renditions.front().name, "a',URI='evil");
}
