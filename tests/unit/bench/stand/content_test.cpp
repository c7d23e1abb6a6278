#include "bench/stand/content.hpp"

#include <fstream>

#include <xxhash.h>

#include "base/text.hpp"
#include "bench/stand/shape.hpp"
#include "media/library/open_asset.hpp"
#include "tests/unit/directory.hpp"

namespace outpost::bench {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) { return read_file(path, 64_MiB).value(); }

void make(const fs::path& folder, std::string_view kind = "tiny") {
    const auto made = make_content(kind, folder, Cancellation{});
    REQUIRE_MESSAGE(made.has_value(), made.error().line());
}

std::shared_ptr<const media::OpenAsset> open_film(const fs::path& content, const std::string& film) {
    std::string why;
    const Fd library = open_directory(content / "library").value();
    auto asset = media::open_asset(library, film, why);
    REQUIRE_MESSAGE(asset.has_value(), why);
    return *asset;
}

TEST_CASE("the library opens a made film, and serves the same bytes as the files at the same URLs") {
    const TemporaryDirectory directory;
    make(directory / "films");
    const fs::path www = directory / "films" / "www" / "vod" / "tiny";
    const auto asset = open_film(directory / "films", "tiny");

    CHECK(*asset->multivariant.text == read(www / "index.m3u8"));
    CHECK(*asset->mpd.text == read(www / "index.mpd"));
    REQUIRE(asset->tracks.size() == 2);
    for (const auto& [id, track] : asset->tracks) {
        CHECK(*track.playlist.text == read(www / id / "index.m3u8"));
        if (track.iframes.text) CHECK(*track.iframes.text == read(www / id / "iframes.m3u8"));
        const std::string whole = read_all(track.file, 1_MiB).value();
        CHECK(whole.substr(0, track.init_size) == read(www / id / "init.mp4"));
        REQUIRE(track.segments.size() == 3);
        for (std::size_t i = 0; i < 3; ++i)
            CHECK(whole.substr(track.segments[i].offset, track.segments[i].length) ==
                  read(www / id / fmt::format("{}.m4s", i + 1)));
    }
}

TEST_CASE("checksums.txt has the XXH3 of every file by its URL") {
    const TemporaryDirectory directory;
    make(directory / "films");
    const std::string text = read(directory / "films" / "checksums.txt");
    std::size_t files = 0;
    for (const std::string_view line : split(text, '\n')) {
        if (line.empty()) continue;
        ++files;
        REQUIRE(line.size() > 19);
        const std::string bytes = read(directory / "films" / "www" / line.substr(19));
        CHECK(line.substr(16, 3) == "  /");
        CHECK(line.substr(0, 16) == to_hex(XXH3_64bits(bytes.data(), bytes.size())));
    }
    // Two tracks of an init and three segments, 8; their playlists, 2; one of key frames; the two
    // manifests; two plain files.
    CHECK(files == 15);
    CHECK(read(directory / "films" / "www" / "checksums.txt") == text);
    CHECK(fs::file_size(directory / "films" / "www" / "sizes" / "1536" / "2") == 1536);
}

TEST_CASE("content is the same bytes wherever and whenever it is made, and no two segments are alike") {
    const TemporaryDirectory directory;
    make(directory / "a");
    make(directory / "b");
    CHECK(read(directory / "a" / "checksums.txt") == read(directory / "b" / "checksums.txt"));
    const fs::path track = directory / "a" / "www" / "vod" / "tiny" / "720p";
    // 20 kb/s for 2 s
    CHECK(read(track / "1.m4s").size() == 5000);
    CHECK(read(track / "1.m4s") != read(track / "2.m4s"));
}

TEST_CASE("content that is there and whole is kept") {
    const TemporaryDirectory directory;
    make(directory / "films");
    const auto before = fs::last_write_time(directory / "films" / "checksums.txt");
    const fs::path extra = directory / "films" / "left-alone";
    std::ofstream{extra} << "x";
    make(directory / "films");
    CHECK(fs::last_write_time(directory / "films" / "checksums.txt") == before);
    CHECK(fs::exists(extra));
}

TEST_CASE("content of which a file is cut short is made again") {
    const TemporaryDirectory directory;
    make(directory / "films");
    const fs::path segment = directory / "films" / "www" / "vod" / "tiny" / "sound" / "3.m4s";
    const std::string bytes = read(segment);
    fs::resize_file(segment, 10);
    make(directory / "films");
    CHECK(read(segment) == bytes);
}

TEST_CASE("an empty folder is taken, and one with anything else in it is left alone") {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "empty");
    make(directory / "empty");
    CHECK(fs::exists(directory / "empty" / "www" / "vod" / "tiny" / "index.mpd"));

    fs::create_directory(directory / "full");
    std::ofstream{directory / "full" / "mine"} << "x";
    const auto made = make_content("tiny", directory / "full", Cancellation{});
    REQUIRE(!made);
    CHECK(made.error().what == "is there already and is no content \"tiny\"");
    CHECK(fs::exists(directory / "full" / "mine"));
    CHECK(!make_content("thin", directory / "empty", Cancellation{}));
    CHECK(content_kind(directory / "empty") == "tiny");
    CHECK(content_kind(directory / "full") == "");
}

TEST_CASE("content that was called off is not there at all") {
    const TemporaryDirectory directory;
    Cancellation cancellation;
    cancellation.request(1);
    CHECK(!make_content("tiny", directory / "films", cancellation));
    CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("what a killed maker left beside it is removed") {
    const TemporaryDirectory directory;
    // Above the largest number that a process can have (PID_MAX_LIMIT, 2^22).
    const fs::path left = directory / "films.making-99999999";
    fs::create_directory(left);
    make(directory / "films");
    CHECK(!fs::exists(left));
}

TEST_CASE("4 s at 25 Mb/s are segments of 12,500,000 bytes; tracks of the film of sizes are named so") {
    const auto county = shape_of("county");
    REQUIRE(county);
    CHECK(county->films.at(0).tracks.at(0).segment_bytes == 12'500'000);
    CHECK(asset_of(county->films[0]).presentation().duration() == Milliseconds{60'000});
    const auto thin = shape_of("thin");
    REQUIRE(thin);
    CHECK(asset_of(thin->films.at(0)).presentation().duration() == Milliseconds{600'000});
    CHECK(shape_of("longtail")->films.size() == 200);
    const auto sizes = shape_of("sizes");
    for (const TrackShape& track : sizes->films.at(0).tracks)
        CHECK(track.id == std::to_string(track.segment_bytes));
    for (const char* kind : {"county", "longtail", "thin", "sizes"}) {
        const auto shape = shape_of(kind);
        for (const FilmShape& film : shape->films)
            CHECK(manifest::check(asset_of(film).presentation()).has_value());
    }
    CHECK(!shape_of("films"));
}

}  // namespace
}  // namespace outpost::bench
