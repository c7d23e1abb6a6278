#include "cdn/store/blocks.hpp"

#include <random>
#include <set>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn;

namespace {

constexpr std::uint64_t block = block_size.count();

BlockMap map_of(std::initializer_list<std::size_t> blocks) {
    BlockMap map;
    for (const std::size_t b : blocks) map.set(b);
    return map;
}

}  // namespace

TEST_CASE("a body has as many blocks as begin in it, and its last may be short") {
    CHECK(blocks_in(0) == 0);
    CHECK(blocks_in(1) == 1);
    CHECK(blocks_in(block) == 1);
    CHECK(blocks_in(block + 1) == 2);
    CHECK(blocks_in(UINT64_MAX) == UINT64_MAX / block + 1);
    CHECK(block_of(block - 1) == 0);
    CHECK(block_of(block) == 1);
    CHECK(range_of_block(1, block + 5) == ByteRange{block, 5});
    CHECK(range_of_block(1, std::nullopt) == ByteRange{block, block});
    CHECK(range_of_block(2, block + 5).length == 0);
}

TEST_CASE("a block is set once and cleared once") {
    BlockMap map;
    CHECK_FALSE(map.test(70));
    CHECK(map.set(70));
    CHECK_FALSE(map.set(70));
    CHECK(map.test(70));
    CHECK_FALSE(map.test(69));
    CHECK(map.count() == 1);
    CHECK(map.clear(70));
    CHECK_FALSE(map.clear(70));
    CHECK(map.count() == 0);
    CHECK(map == BlockMap{});
    CHECK_FALSE(map.set(most_blocks));
    CHECK(map.set(most_blocks - 1));
}

TEST_CASE("runs cross words and end at gaps") {
    BlockMap map = BlockMap::all(200 * block);
    CHECK(map.present_run(0) == 200);
    CHECK(map.present_run(63) == 137);
    CHECK(map.present_run(200) == 0);
    CHECK(map.present_run(1000) == 0);
    CHECK(map.missing_run(0, 300) == 0);
    CHECK(map.missing_run(200, 300) == 100);
    map.clear(128);
    CHECK(map.present_run(0) == 128);
    CHECK(map.present_run(128) == 0);
    CHECK(map.missing_run(128, 300) == 1);
    CHECK(map_of({500}).missing_run(3, 1000) == 497);
    CHECK(map_of({500}).missing_run(3, 100) == 97);
    CHECK(map_of({500}).missing_run(100, 100) == 0);
    CHECK(map_of({500}).missing_run(501, 10'000) == 9499);
}

TEST_CASE("runs are what a look at every block finds") {
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    for (int round = 0; round < 50; ++round) {
        std::set<std::size_t> model;
        BlockMap map;
        for (int i = 0; i < 200; ++i) {
            const std::size_t first = random() % 400, run = random() % 9;
            for (std::size_t b = first; b < first + run; ++b) {
                CHECK(map.set(b) == model.insert(b).second);
            }
        }
        CHECK(map.count() == model.size());
        CHECK(BlockMap::parse(map.serialised()) == map);
        for (std::size_t from = 0; from < 420; ++from) {
            std::size_t present = 0, missing = 0;
            while (model.contains(from + present)) ++present;
            while (from + missing < 415 && !model.contains(from + missing)) ++missing;
            CHECK(map.present_run(from) == present);
            CHECK(map.missing_run(from, 415) == missing);
        }
    }
}

TEST_CASE("the bytes that are there count the last block as long as it is") {
    const std::uint64_t length = 2 * block + 10;
    CHECK(map_of({}).bytes(length) == 0_B);
    CHECK(map_of({0}).bytes(length) == block_size);
    CHECK(map_of({2}).bytes(length) == 10_B);
    CHECK(map_of({0, 1, 2}).bytes(length) == Bytes{length});
    CHECK(map_of({0, 1, 2}).bytes(std::nullopt) == Bytes{3 * block});
    CHECK(map_of({0, 1}).bytes(2 * block) == Bytes{2 * block});
    CHECK(map_of({}).bytes(0) == 0_B);
}

TEST_CASE("a body is complete when no block of it is missing") {
    CHECK(map_of({}).complete(0));
    CHECK_FALSE(map_of({}).complete(1));
    CHECK(map_of({0}).complete(block));
    CHECK_FALSE(map_of({0}).complete(block + 1));
    CHECK_FALSE(map_of({1}).complete(block + 1));
    CHECK(map_of({0, 1}).complete(block + 1));
}

TEST_CASE("a map is written with the first block in the lowest bit, and no more bytes than it needs") {
    CHECK(map_of({}).serialised().empty());
    CHECK(map_of({0}).serialised() == "\x01");
    CHECK(map_of({0, 9}).serialised() == "\x01\x02");
    CHECK(BlockMap::parse(std::string{"\x01\x02\0\0", 4}) == map_of({0, 9}));
    CHECK(BlockMap::parse(std::string(most_blocks / 8 + 100, '\xff')).count() == most_blocks);
}
