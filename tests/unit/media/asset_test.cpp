#include "media/asset.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::media;

namespace {

Asset sample() {
    Asset asset;
    asset.id = "film";
    asset.title = "A \"film\" — 电影";
    asset.added = WallTime{Milliseconds{1700000000123}};
    asset.has_poster = true;
    TrackFile video;
    video.track.id = "v1080-0123abcd";
    video.track.codecs = "avc1.640028";
    video.track.language = "und";
    video.track.name = "1080p";
    video.track.timescale = 25000;
    video.track.width = 1920;
    video.track.height = 1080;
    video.track.frame_rate = {25, 1};
    video.track.video_range = manifest::VideoRange::pq;
    video.track.segments = {{100000, 5000, {{{0, 700}, 0, 100000}}}, {50000, 2500, {{{0, 300}, 0, 50000}}}};
    video.file = "v1080-0123abcd.mp4";
    video.init_size = 800;
    video.offsets = {800, 5800};
    TrackFile text;
    text.track.id = "s-zh-01234567";
    text.track.kind = manifest::TrackKind::text;
    text.track.language = "zh";
    text.track.name = "中文";
    text.track.is_default = true;
    text.track.timescale = 1000;
    text.track.segments = {{4000, 60, {}}};
    text.file = "s-zh-01234567.vtt";
    text.full_file = "s-zh-01234567.full.vtt";
    text.offsets = {0};
    TrackFile audio = video;
    audio.track = {};
    audio.track.id = "a-en-89abcdef";
    audio.track.kind = manifest::TrackKind::audio;
    audio.track.codecs = "mp4a.40.2";
    audio.track.language = "en";
    audio.track.timescale = 48000;
    audio.track.channels = 2;
    audio.track.sample_rate = 48000;
    audio.track.segments = {{192000, 5000, {}}, {96000, 2500, {}}};
    asset.tracks = {video, audio, text};
    return asset;
}

std::string with(const std::string& from, const std::string& to) {
    std::string json = write_asset(sample());
    const std::size_t at = json.find(from);
    REQUIRE(at != std::string::npos);
    return json.replace(at, from.size(), to);
}

std::string problem_with(const std::string& from, const std::string& to) {
    const auto read = read_asset(with(from, to), "asset.json");
    return read ? std::string{"none"} : read.error().what;
}

}  // namespace

TEST_CASE("an asset's description reads back as it was written") {
    const Asset asset = sample();
    const auto read = read_asset(write_asset(asset), "asset.json");
    REQUIRE(read.has_value());
    CHECK(read->id == asset.id);
    CHECK(read->title == asset.title);
    CHECK(read->added == asset.added);
    CHECK(read->has_poster);
    CHECK(read->presentation() == asset.presentation());
    REQUIRE(read->tracks.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(read->tracks[i].file == asset.tracks[i].file);
        CHECK(read->tracks[i].init_size == asset.tracks[i].init_size);
        CHECK(read->tracks[i].offsets == asset.tracks[i].offsets);
        CHECK(read->tracks[i].full_file == asset.tracks[i].full_file);
    }
}

TEST_CASE("names can't leave the asset's directory") {
    for (const std::string evil :
         {"../../etc/passwd", "/etc/passwd", ".hidden", "a/b", "", "..", "a\\u0000b"}) {
        CHECK(problem_with("\"v1080-0123abcd.mp4\"", "\"" + evil + "\"") != "none");
        CHECK(problem_with("\"v1080-0123abcd\"", "\"" + evil + "\"") != "none");
        CHECK(problem_with("\"s-zh-01234567.full.vtt\"", "\"" + evil + "\"") != "none");
        CHECK(problem_with("\"film\"", "\"" + evil + "\"") != "none");
    }
}

TEST_CASE("numbers out of bounds are refused, and sums can't overflow") {
    for (const std::string bad :
         {"0", "-1", "1.5", "\"4\"", "null", "9223372036854775807", "18446744073709551615", "1e300"}) {
        CHECK(problem_with("[100000,5000,", "[" + bad + ",5000,") != "none");
        CHECK(problem_with("[100000,5000,", "[100000," + bad + ",") != "none");
        CHECK(problem_with("\"timescale\":25000", "\"timescale\":" + bad) != "none");
    }
    CHECK(problem_with("[100000,5000,800", "[100000,5000,799") != "none");     // inside the init segment
    CHECK(problem_with("[50000,2500,5800", "[50000,2500,5799") != "none");     // inside the segment before
    CHECK(problem_with("[50000,2500,", "[9007199254740992,2500,") != "none");  // with the first: too much
    CHECK(problem_with("[[0,700,0,", "[[4500,700,0,") != "none");              // a key frame past its segment
    CHECK(problem_with("\"frame_rate\":[25,1]", "\"frame_rate\":[25,0]") != "none");
}

TEST_CASE("missing members, other types and other versions are refused") {
    CHECK(problem_with("\"codecs\":", "\"codec\":").find("codecs") != std::string::npos);
    CHECK(problem_with("\"version\":1", "\"version\":2") != "none");
    CHECK(problem_with("\"kind\":\"video\"", "\"kind\":\"film\"") != "none");
    CHECK(problem_with("\"id\":\"a-en-89abcdef\"", "\"id\":\"v1080-0123abcd\"") == "two tracks have one id");
    for (const std::string text :
         {"", "[]", "null", "{", "{\"id\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}) {
        CHECK_FALSE(read_asset(text, "asset.json").has_value());
    }
}

TEST_CASE("a description cut anywhere is refused") {
    const std::string json = write_asset(sample());
    for (std::size_t n = 0; n + 2 < json.size(); ++n)
        CHECK_FALSE(read_asset(json.substr(0, n), "asset.json").has_value());
}

TEST_CASE("an asset's id is a plain file name in small letters") {
    CHECK(is_asset_id("film-2.a_b"));
    for (const std::string bad : {"", "Film", "-a", ".a", "_a", "a/b", "a b", "é"})
        CHECK_FALSE(is_asset_id(bad));
    CHECK(is_asset_id(std::string(64, 'a')));
    CHECK_FALSE(is_asset_id(std::string(65, 'a')));
}

TEST_CASE("progress reads back as it was written") {
    const ImportProgress progress{"film", "A film", "2160p", 12.5, 34, 567};
    const auto read = read_progress(write_progress(progress), "progress.json").value();
    CHECK(read.stage == "2160p");
    CHECK(read.percent == 12.5);
    CHECK(read.seconds_left == 34);
    CHECK(read.pid == 567);
    CHECK_FALSE(read_progress(write_progress({}), "progress.json").value().seconds_left);
    CHECK_FALSE(
        read_progress(
            "{\"id\":\"a\",\"title\":\"\",\"stage\":\"\",\"percent\":101,\"seconds_left\":1,\"pid\":1}", "")
            .has_value());
}
