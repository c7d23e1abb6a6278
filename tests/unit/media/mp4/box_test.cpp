#include "media/mp4/box.hpp"

#include <doctest/doctest.h>

#include "tests/unit/media/bytes.hpp"

using namespace outpost::media::mp4;
using namespace outpost::media::test;

TEST_CASE("a box's size counts its head, in 32 or in 64 bits") {
    const auto narrow = read_head(box("free", "abc"));
    REQUIRE(narrow);
    CHECK(narrow->size == 11);
    CHECK(narrow->head_size == 8);
    const auto wide = read_head(u32(1) + "mdat" + u64(1ULL << 40));
    REQUIRE(wide);
    CHECK(wide->size == 1ULL << 40);
    CHECK(wide->head_size == 16);
}

TEST_CASE("a head cut anywhere asks for more bytes and gives no box") {
    const std::string wide = u32(1) + "mdat" + u64(100);
    for (std::size_t n = 0; n < wide.size(); ++n) {
        CHECK(needs_more(wide.substr(0, n)));
        CHECK_FALSE(read_head(wide.substr(0, n)));
    }
}

TEST_CASE("a size smaller than its own head is refused") {
    for (const std::uint64_t size : {2U, 7U}) CHECK_FALSE(read_head(u32(size) + "free"));
    CHECK_FALSE(read_head(u32(1) + "free" + u64(15)));
    CHECK(read_head(u32(1) + "free" + u64(16)));
}

TEST_CASE("a box of size 0 reaches to the end of its parent") {
    const std::string bytes = box("free", "a") + u32(0) + "mdat" + "rest of all";
    Boxes boxes{bytes};
    REQUIRE(boxes.next());
    const auto last = boxes.next();
    REQUIRE(last);
    CHECK(last->body == "rest of all");
    CHECK_FALSE(boxes.next());
    CHECK_FALSE(boxes.broken());
}

TEST_CASE("a box that reaches past its parent ends the walk, whatever its size says") {
    for (const std::string& bad : {u32(9) + "free", u32(0xffffffff) + "free", u32(1) + "free" + u64(~0ULL)}) {
        const std::string bytes = box("skip", "") + bad;
        Boxes boxes{bytes};
        REQUIRE(boxes.next());
        CHECK_FALSE(boxes.next());
        CHECK(boxes.broken());
        CHECK_FALSE(boxes.next());
    }
}

TEST_CASE("fields past the end read as 0 and say so") {
    Fields fields{"ab"};
    CHECK(fields.u16() == 0x6162);
    CHECK(fields.ok());
    CHECK(fields.u8() == 0);
    CHECK_FALSE(fields.ok());
    CHECK(fields.u64() == 0);
}
