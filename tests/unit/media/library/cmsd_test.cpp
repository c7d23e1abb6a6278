#include "media/library/cmsd.hpp"

#include <doctest/doctest.h>

#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::manifest;

TEST_CASE("of each object is said what it is and what its track is") {
    Track video = films::video("v", 1920, 1080, 2'500'000);
    const media::Cmsd cmsd = media::cmsd_of(video);
    CHECK_EQ(cmsd.init, "br=6000, ot=i, com.outpost-h=1080");
    CHECK_EQ(cmsd.segment, "br=6000, ot=v, com.outpost-h=1080");
    CHECK_EQ(cmsd.playlist, "br=6000, ot=m, com.outpost-h=1080");
    CHECK_EQ(media::cmsd_of(films::audio("a", "en", "x", 64'000)).segment, "br=155, ot=a");
    CHECK_EQ(media::cmsd_of(films::text("t", "en", "x")).segment, "br=1, ot=c");
}
