#include "media/import/staging.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::media;

namespace {

namespace fs = std::filesystem;

// A directory that goes with the test.
class Scratch {
  public:
    Scratch() {
        std::string name = fs::temp_directory_path() / "outpost-staging-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { fs::remove_all(path_); }
    fs::path operator/(const std::string& name) const { return path_ / name; }

  private:
    fs::path path_;
};

Asset sound_asset(const std::string& id) {
    TrackFile file;
    file.track.id = "a-en-00000000";
    file.track.kind = manifest::TrackKind::audio;
    file.track.codecs = "mp4a.40.2";
    file.track.language = "en";
    file.track.name = "English";
    file.track.timescale = 48000;
    file.track.channels = 2;
    file.track.sample_rate = 48000;
    file.track.segments.push_back({});
    file.track.segments.back().duration = 48000;
    file.track.segments.back().size = 10;
    file.file = "a.mp4";
    file.init_size = 5;
    file.offsets = {5};
    Asset asset;
    asset.id = id;
    asset.title = "A sound";
    asset.tracks.push_back(file);
    return asset;
}

}  // namespace

TEST_CASE("what the server would refuse is not published") {
    const Scratch scratch;
    auto staging = Staging::open(scratch / "library", "sound", false, "sound.m4a");
    REQUIRE(staging.has_value());
    REQUIRE(staging->begin("key").has_value());
    Asset asset = sound_asset("sound");
    const auto missing = staging->publish(asset);
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().line().find("a.mp4 can't be opened") != std::string::npos);
    REQUIRE(write_file_atomically(staging->directory() / "a.mp4", "123456789012345").has_value());
    asset.tracks[0].track.name = "two\nlines";
    const auto refused = staging->publish(asset);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().where == "sound.m4a");
    CHECK_FALSE(fs::exists(scratch / "library/sound"));
    asset.tracks[0].track.name = "one line";
    CHECK(staging->publish(asset).has_value());
    CHECK(fs::exists(scratch / "library/sound/asset.json"));
}

TEST_CASE("a problem about an id names the film") {
    const Scratch scratch;
    fs::create_directories(scratch / "library/taken");
    const auto where = [&](const std::string& id) {
        const auto opened = Staging::open(scratch / "library", id, false, "film.mp4");
        return opened ? "fine" : opened.error().where;
    };
    CHECK(where("") == "film.mp4");
    CHECK(where("../evil") == "film.mp4");
    CHECK(where("taken") == "film.mp4");
    CHECK(where("other") == "fine");
    const auto held = Staging::open(scratch / "library", "held", false, "first.mp4");
    REQUIRE(held.has_value());
    CHECK(where("held") == "film.mp4");
}

TEST_CASE("a library that can't be written is told by its name and the system's reason") {
    const Scratch scratch;
    REQUIRE(write_file_atomically(scratch / "file", "no directory").has_value());
    const auto opened = Staging::open(scratch / "file", "film", false, "film.mp4");
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().where == (scratch / "file").string());
    CHECK(opened.error().what == "the library can't be written: Not a directory");
    fs::create_directories(scratch / "library");
    REQUIRE(write_file_atomically(scratch / "library/.importing", "no directory").has_value());
    const auto blocked = Staging::open(scratch / "library", "film", false, "film.mp4");
    REQUIRE_FALSE(blocked.has_value());
    CHECK(blocked.error().where == (scratch / "library").string());
    CHECK(blocked.error().what == "the library can't be written: Not a directory");
}

TEST_CASE("an import that comes to nothing leaves no library that was not there") {
    const Scratch scratch;
    {
        const auto opened = Staging::open(scratch / "new/library/", "film", false, "film.mp4");
        REQUIRE(opened.has_value());
        CHECK(fs::exists(scratch / "new/library/.importing"));
    }
    CHECK_FALSE(fs::exists(scratch / "new"));
    fs::create_directories(scratch / "old");
    CHECK(Staging::open(scratch / "old", "film", false, "film.mp4").has_value());
    CHECK(fs::exists(scratch / "old"));
    CHECK_FALSE(fs::exists(scratch / "old/.importing"));
    {
        auto opened = Staging::open(scratch / "kept", "film", false, "film.mp4");
        REQUIRE(opened.has_value());
        REQUIRE(opened->begin("key").has_value());
        REQUIRE(opened->keep("a", sound_asset("film").tracks).has_value());
    }
    CHECK(fs::exists(scratch / "kept/.importing/film"));
}
