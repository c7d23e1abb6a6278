#include "media/import/packager.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "media/mp4/write.hpp"
#include "tests/unit/media/bytes.hpp"

using namespace outpost;
using namespace outpost::media;
using namespace outpost::media::test;

namespace {

Fd memory_file() { return Fd{::memfd_create("track", MFD_CLOEXEC)}; }

// A stream as ffmpeg writes it: pictures of 1000 ticks of 25000, a key frame every `distance`, from decode
// time `first`, presented `delay` later; sample i holds i + 1 bytes.
std::string stream_of(int count, int distance, std::int64_t first, std::int64_t delay) {
    std::string stream = box("ftyp", "isom") + box("moov", video_moov(25000));
    for (int i = 0; i < count; ++i) {
        mp4::Sample sample;
        sample.decode_time = first + i * 1000;
        sample.presentation_time = sample.decode_time + delay;
        sample.duration = 1000;
        sample.size = static_cast<std::uint32_t>(i + 1);
        sample.sync = i % distance == 0;
        stream += mp4::write_segment_head(1, 1, 0, std::vector{sample}) + std::string(sample.size, 'x');
    }
    return stream;
}

PackagedTrack package(const std::string& stream, Cuts cuts, std::size_t step) {
    Packager packager{memory_file(), std::move(cuts)};
    for (std::size_t at = 0; at < stream.size(); at += step) REQUIRE(packager.feed(stream.substr(at, step)));
    return packager.finish().value();
}

}  // namespace

TEST_CASE("a video track starts at 0 and is cut at its key frames") {
    const auto track = package(stream_of(10, 4, 5000, 2000), Cuts{true, {}, {}}, 1 << 20);
    CHECK(track.index.start == 0);
    CHECK(track.index.samples == 10);
    REQUIRE(track.index.segments.size() == 3);
    CHECK(track.index.segments[0].duration == 4000);
    CHECK(track.index.segments[2].duration == 2000);
    CHECK(track.index.offsets[0] == track.index.init_size);
    CHECK(track.index.offsets[1] == track.index.offsets[0] + track.index.segments[0].size);
    REQUIRE(track.index.segments[1].key_frames.size() == 1);
    CHECK(track.index.segments[1].key_frames[0].duration == 4000);
}

TEST_CASE("how the stream is split into reads changes nothing") {
    const std::string stream = stream_of(10, 4, 0, 0);
    const auto whole = package(stream, Cuts{true, {}, {}}, 1 << 20);
    for (const std::size_t step : {1U, 7U, 100U})
        CHECK(package(stream, Cuts{true, {}, {}}, step).hash == whole.hash);
}

TEST_CASE("a segment of several groups of pictures lets each key frame be read alone") {
    const auto track = package(stream_of(12, 3, 0, 0), Cuts{false, {{6000, 25000}}, {}}, 1 << 20);
    REQUIRE(track.index.segments.size() == 2);
    const auto& keys = track.index.segments[0].key_frames;
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].range.offset == 0);
    CHECK(keys[1].time == 3000);
    CHECK(keys[1].range.offset > keys[0].range.end());
    CHECK(keys[1].range.end() < track.index.segments[0].size);
}

TEST_CASE("pictures before the first key frame are left out") {
    std::string stream = box("moov", video_moov(25000));
    for (int i = 0; i < 4; ++i) {
        const mp4::Sample sample{i * 1000, i * 1000, 1000, 1, 0, i == 2};
        stream += mp4::write_segment_head(1, 1, 0, std::vector{sample}) + "x";
    }
    const auto track = package(stream, Cuts{true, {}, {}}, 1 << 20);
    CHECK(track.index.samples == 2);
    CHECK(track.index.start == 0);
}

TEST_CASE("a gap lengthens the picture before it, so that time goes on") {
    std::string stream = box("moov", video_moov(25000));
    for (const std::int64_t time : {0, 1000, 5000}) {
        const mp4::Sample sample{time, time, 1000, 1, 0, time == 0};
        stream += mp4::write_segment_head(1, 1, 0, std::vector{sample}) + "x";
    }
    CHECK(package(stream, Cuts{true, {}, {}}, 1 << 20).index.segments[0].duration == 6000);
}

TEST_CASE("a stream that is malformed, goes back in time or ends inside a fragment is refused") {
    SUBCASE("malformed") {
        Packager packager{memory_file(), {}};
        CHECK_FALSE(packager.feed(u32(3) + "moov"));
        CHECK(packager.problem());
    }
    SUBCASE("samples before a header") {
        Packager packager{memory_file(), {}};
        CHECK_FALSE(packager.feed(stream_of(1, 1, 0, 0).substr(box("moov", video_moov(25000)).size() + 12)));
    }
    SUBCASE("back in time") {
        Packager packager{memory_file(), {}};
        std::string stream = box("moov", video_moov(25000));
        for (const std::int64_t time : {0, 2000, 1000}) {
            const mp4::Sample sample{time, time, 1000, 1, 0, true};
            stream += mp4::write_segment_head(1, 1, 0, std::vector{sample}) + "x";
        }
        CHECK_FALSE(packager.feed(stream));
    }
    SUBCASE("cut") {
        Packager packager{memory_file(), {}};
        const std::string stream = stream_of(3, 1, 0, 0);
        CHECK(packager.feed(stream.substr(0, stream.size() - 1)));
        CHECK_FALSE(packager.finish().has_value());
    }
    SUBCASE("nothing at all") {
        Packager packager{memory_file(), {}};
        CHECK_FALSE(packager.finish().has_value());
    }
}
