#include "media/mp4/fragment.hpp"

#include <doctest/doctest.h>

#include "media/mp4/write.hpp"
#include "tests/unit/media/bytes.hpp"

using namespace outpost;
using namespace outpost::media::mp4;
using namespace outpost::media::test;

namespace {

TrackHeader video_header() { return read_header(video_moov(25000)).value(); }

std::string moof_of(const std::string& tfhd, const std::string& rest) {
    return box("moof", box("mfhd", u32(0) + u32(1)) + box("traf", box("tfhd", tfhd) + rest));
}
std::string tfdt(std::uint64_t time) { return box("tfdt", u32(1U << 24) + u64(time)); }

std::string codecs_of(const std::string& type, const std::string& fixed, const std::string& children) {
    const auto entry = read_sample_entry(*Boxes{box(type, std::string(8, '\0') + fixed + children)}.next());
    return entry ? entry->codecs : entry.error().line();
}
const std::string video_fixed(70, '\0');
const std::string audio_fixed(20, '\0');

}  // namespace

TEST_CASE("a header tells the track, its timescale, codec and size") {
    const auto header = video_header();
    CHECK(header.track_id == 1);
    CHECK(header.timescale == 25000);
    CHECK(header.entry.codecs == "avc1.640033");
    CHECK(header.entry.width == 1920);
    CHECK(header.entry.height == 1080);
    CHECK(header.default_duration == 512);
}

TEST_CASE("a header cut anywhere is a problem, never a crash") {
    const std::string moov = video_moov(25000);
    for (std::size_t n = 0; n + 40 < moov.size(); ++n) {
        const auto header = read_header(std::string_view{moov}.substr(0, n));
        CHECK_FALSE(header.has_value());
    }
}

TEST_CASE("a header with a timescale of 0 or two tracks is refused") {
    CHECK_FALSE(read_header(video_moov(0)).has_value());
    CHECK_FALSE(read_header(video_moov(25000) + video_moov(25000)).has_value());
}

TEST_CASE("an init segment says what is presented at 0 when pictures are decoded ahead of their time") {
    const auto init = write_init(video_moov(25000), 2000).value();
    Boxes boxes{init};
    boxes.next();
    CHECK(read_header(boxes.next()->body).value().media_time == 2000);
}

TEST_CASE("an init segment has no needless edit list and the brands of CMAF") {
    const auto init = write_init(video_moov(25000), 0).value();
    CHECK(init.find("edts") == std::string::npos);
    CHECK(init.find("cmfc") != std::string::npos);
    Boxes boxes{init};
    CHECK(boxes.next()->type == fourcc("ftyp"));
    const auto moov = boxes.next();
    REQUIRE(moov);
    CHECK(read_header(moov->body).value().entry.codecs == "avc1.640033");
    CHECK_FALSE(boxes.next());
    CHECK_FALSE(boxes.broken());
}

TEST_CASE("a written segment head reads back as the same samples") {
    const std::vector<Sample> samples{
        {1000, 1000, 1000, 50, 0, true}, {2000, 4000, 1000, 7, 0, false}, {3000, 2000, 1000, 9, 0, false}};
    const std::string head = write_segment_head(7, 1, 0, samples);
    const std::string moof = head.substr(0, head.size() - 8);
    const auto read = read_samples(moof, video_header()).value();
    REQUIRE(read.size() == 3);
    std::uint64_t offset = head.size();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(read[i].decode_time == samples[i].decode_time);
        CHECK(read[i].presentation_time == samples[i].presentation_time);
        CHECK(read[i].duration == samples[i].duration);
        CHECK(read[i].size == samples[i].size);
        CHECK(read[i].sync == samples[i].sync);
        CHECK(read[i].offset == offset);
        offset += samples[i].size;
    }
}

TEST_CASE("samples take what they lack from tfhd, and tfhd from trex") {
    const auto header = video_header();
    const std::string trun = box("trun", u32(0) + u32(2));
    const auto from_trex = read_samples(moof_of(u32(0x020000) + u32(1), tfdt(10) + trun), header).value();
    REQUIRE(from_trex.size() == 2);
    CHECK(from_trex[1].decode_time == 522);
    CHECK(from_trex[1].size == 3);
    const auto from_tfhd =
        read_samples(moof_of(u32(0x020008) + u32(1) + u32(40), tfdt(10) + trun), header).value();
    CHECK(from_tfhd[1].decode_time == 50);
}

TEST_CASE("a moof that lies about its samples is refused") {
    const auto header = video_header();
    const std::string tfhd = u32(0x020000) + u32(1);
    const std::string good = box("trun", u32(0) + u32(1));
    CHECK(read_samples(moof_of(tfhd, tfdt(0) + good), header).has_value());
    SUBCASE("more samples than any fragment has") {
        CHECK_FALSE(
            read_samples(moof_of(tfhd, tfdt(0) + box("trun", u32(0) + u32(0xffffffff))), header).has_value());
        std::string many;
        for (int i = 0; i < 3; ++i) many += box("trun", u32(0) + u32(most_samples / 2));
        CHECK_FALSE(read_samples(moof_of(tfhd, tfdt(0) + many), header).has_value());
    }
    SUBCASE("a table shorter than its count") {
        CHECK_FALSE(read_samples(moof_of(tfhd, tfdt(0) + box("trun", u32(0x200) + u32(2) + u32(5))), header)
                        .has_value());
    }
    SUBCASE("a decode time that sums would overflow") {
        CHECK_FALSE(read_samples(moof_of(tfhd, tfdt(~0ULL) + good), header).has_value());
    }
    SUBCASE("data in front of the moof") {
        CHECK_FALSE(
            read_samples(moof_of(tfhd, tfdt(0) + box("trun", u32(1) + u32(1) + u32(0x80000000))), header)
                .has_value());
    }
    SUBCASE("another track, or no decode time") {
        CHECK_FALSE(read_samples(moof_of(u32(0x020000) + u32(2), tfdt(0) + good), header).has_value());
        CHECK_FALSE(read_samples(moof_of(tfhd, good), header).has_value());
    }
}

TEST_CASE("an HEVC codec string is written in full") {
    // Main 10, level 5.1, constraint bytes 90 then zeros.
    const std::string hvcc("\x01\x02\x20\x00\x00\x00\x90\x00\x00\x00\x00\x00\x99", 13);
    CHECK(codecs_of("hvc1", video_fixed, box("hvcC", hvcc)) == "hvc1.2.4.L153.90");
    // Main, high tier, no constraints.
    const std::string high("\x01\x21\x60\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7b", 13);
    CHECK(codecs_of("hvc1", video_fixed, box("hvcC", high)) == "hvc1.1.6.H123");
}

TEST_CASE("an AAC codec string names the audio object type of esds") {
    const auto esds = [](char object_type, const std::string& specific) {
        const std::string decoder =
            object_type + std::string(12, '\0') + "\x05" + static_cast<char>(specific.size()) + specific;
        const std::string es = std::string(3, '\0') + "\x04" + static_cast<char>(decoder.size()) + decoder;
        return box("esds", u32(0) + "\x03" + static_cast<char>(es.size()) + es);
    };
    CHECK(codecs_of("mp4a", audio_fixed, esds('\x40', "\x11\x90")) == "mp4a.40.2");
    CHECK(codecs_of("mp4a", audio_fixed, esds('\x40', "\x2b\x92")) == "mp4a.40.5");
    CHECK(codecs_of("mp4a", audio_fixed, esds('\x40', "\xf9\x40")) == "mp4a.40.42");
    CHECK(codecs_of("mp4a", audio_fixed, esds('\x6b', "\x11\x90")).find("0x6b") != std::string::npos);
    CHECK(codecs_of("ec-3", audio_fixed, "") == "ec-3");
}

TEST_CASE("a codec that can't be taken as it is is refused by name") {
    CHECK(codecs_of("mp4v", video_fixed, "").find("mp4v") != std::string::npos);
    CHECK(codecs_of("alac", audio_fixed, "").find("alac") != std::string::npos);
}
