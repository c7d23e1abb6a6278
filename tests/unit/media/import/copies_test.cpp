#include "media/import/copies.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::media;

namespace {

const CopiedPicture hd{"hd.mp4", Milliseconds{12'000}, 1920, 1080, {25, 1}};

std::string complaint(const CopiedPicture& other) {
    const auto checked = check_one_film({hd, other});
    return checked ? "" : checked.error().line();
}

}  // namespace

TEST_CASE("renditions of one film have one length, to a frame of the slower") {
    CHECK(complaint({"sd.mp4", Milliseconds{12'040}, 640, 360, {25, 1}}).empty());
    CHECK(complaint({"sd.mp4", Milliseconds{11'920}, 640, 360, {25, 2}}).empty());
    CHECK(complaint({"sd.mp4", Milliseconds{12'080}, 640, 360, {25, 1}}) ==
          "sd.mp4: is not the film of hd.mp4: one lasts 12.080 s, the other 12.000 s; "
          "--copy takes renditions of one film");
}

TEST_CASE("renditions of one film have one shape, to 2 percent") {
    CHECK(complaint({"sd.mp4", Milliseconds{12'000}, 426, 240, {25, 1}}).empty());
    CHECK(complaint({"sd.mp4", Milliseconds{12'000}, 360, 640, {25, 1}}).find("360x640 and 1920x1080") !=
          std::string::npos);
    CHECK_FALSE(complaint({"sd.mp4", Milliseconds{12'000}, 640, 480, {25, 1}}).empty());
}

TEST_CASE("renditions of one film have one frame rate or a whole multiple of it") {
    for (const Ratio rate : {Ratio{50, 1}, Ratio{25, 2}, Ratio{25000, 1000}, Ratio{75, 1}})
        CHECK(complaint({"sd.mp4", Milliseconds{12'000}, 640, 360, rate}).empty());
    for (const Ratio rate : {Ratio{12, 1}, Ratio{24, 1}, Ratio{25000, 1001}, Ratio{0, 1}})
        CHECK(complaint({"sd.mp4", Milliseconds{12'000}, 640, 360, rate}).find("frames a second") !=
              std::string::npos);
}

TEST_CASE("every file is compared with every other") {
    const CopiedPicture a{"a.mp4", Milliseconds{10'030}, 640, 360, {25, 1}};
    const CopiedPicture b{"b.mp4", Milliseconds{10'060}, 640, 360, {25, 1}};
    const CopiedPicture c{"c.mp4", Milliseconds{10'090}, 640, 360, {25, 1}};
    CHECK(check_one_film({a, b}).has_value());
    CHECK_FALSE(check_one_film({b, a, c}).has_value());
}
