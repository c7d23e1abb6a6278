#include "server/admission/rendition.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "media/library/cmsd.hpp"
#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::server;

namespace {

RenditionFacts facts(std::string_view lines) { return rendition_of(lines).value_or(RenditionFacts{7, {}}); }
RenditionFacts none() { return {7, {}}; }
RenditionFacts of_value(std::string_view value) { return facts(fmt::format("CMSD-Static: {}\r\n", value)); }

}  // namespace

TEST_CASE("height and bit rate are found among the header lines, by the field's name in any case") {
    CHECK_EQ(
        facts("Content-Type: video/mp4\r\ncmsd-STATIC:br=5800, ot=v,com.outpost-h=1080\r\nETag: \"x\"\r\n"),
        RenditionFacts{1080, 5800_kbps});
    CHECK_EQ(of_value("br=160, ot=a"), RenditionFacts{0, 160_kbps});
    CHECK_EQ(of_value("com.outpost-h=720"), RenditionFacts{720, {}});
    CHECK_EQ(of_value("n=\"a, br=9\", br=1;x=2"), RenditionFacts{0, 1_kbps});
}

TEST_CASE("several lines are one dictionary, in which the last word counts") {
    CHECK_EQ(facts("CMSD-Static: br=1, com.outpost-h=2\r\nCMSD-Static: br=3\r\n"), RenditionFacts{2, 3_kbps});
}

TEST_CASE("nothing is told without the field, or when it is malformed or tells something else") {
    CHECK_EQ(facts(""), none());
    CHECK_EQ(facts("Content-Type: a\r\n"), none());
    CHECK_EQ(facts("X-CMSD-Static: br=1\r\nCMSD-Static-2: br=1\r\nCMSD-Dynamic: br=1\r\n"), none());
    for (const std::string_view value : {"", "ot=v", "br", "br=1, ot=", "br=1.5", "br=\"1\"", "br=(1)",
                                         "br=-1", "br=0", "BR=1", "br=1 ot=v", "br=9999999999999999"}) {
        CAPTURE(value);
        CHECK_EQ(of_value(value), none());
    }
}

TEST_CASE("numbers beyond what can be counted are the largest that can") {
    CHECK_EQ(of_value("br=999999999999999, com.outpost-h=99999999999"),
             RenditionFacts{4294967295, BitRate{999'999'999'999'999'000}});
}

TEST_CASE("what the library says of a track is read back: height, and the peak rounded up to kbit/s") {
    const manifest::Presentation film = manifest::films::uhd();
    for (const manifest::Track& track : film.periods.front().tracks) {
        const media::Cmsd cmsd = media::cmsd_of(track);
        for (const std::string& value : {cmsd.init, cmsd.segment, cmsd.playlist}) {
            const RenditionFacts read = of_value(value);
            CHECK_EQ(read.height, track.height);
            CHECK(read.bandwidth >= track.peak_bit_rate());
            CHECK(read.bandwidth.bits_per_second() < track.peak_bit_rate().bits_per_second() + 1000);
        }
    }
}
