#include "base/redis/position_file.hpp"

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::redis;
using namespace std::chrono_literals;

namespace {

const RedisAddress here{"127.0.0.1", 6379, "edge", "secret", 0};

PositionFile file_at(const std::filesystem::path& path, std::string stream = "orders") {
    return {path, here, std::move(stream), "orders"};
}

}  // namespace

TEST_CASE("a position that was kept is read back, by one that follows the same stream of the same Redis") {
    const TemporaryDirectory directory;
    const auto path = directory / "position";
    CHECK_FALSE(file_at(path).load());
    file_at(path).save(StreamId{17, 3});
    CHECK(file_at(path).load() == StreamId{17, 3});
    CHECK_FALSE(file_at(path, "others").load());
    CHECK_FALSE(PositionFile(path, {"127.0.0.1", 6380, "", "", 0}, "orders", "orders").load());
    CHECK(read_file(path, Bytes{4096}).value() ==
          "outpost stream position 1\nredis://127.0.0.1:6379\norders\n17-3\n");
}

TEST_CASE("a position is kept at most once a second, whatever comes") {
    const TemporaryDirectory directory;
    const auto path = directory / "position";
    PositionFile file = file_at(path);
    const SteadyTime start{};
    file.save_now_and_then(StreamId{1, 0}, start);
    file.save_now_and_then(StreamId{2, 0}, start + 999ms);
    CHECK(file_at(path).load() == StreamId{1, 0});
    file.save_now_and_then(StreamId{3, 0}, start + 1s);
    CHECK(file_at(path).load() == StreamId{3, 0});
}

TEST_CASE("without a path nothing is kept, and nothing is wrong") {
    PositionFile file = file_at({});
    file.save(StreamId{1, 0});
    CHECK_FALSE(file.load());
}
