#include "cdn/cache/object.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn;
using State = Object::View::State;

namespace {

constexpr std::uint64_t block = block_size.count();

HeadPtr head_with(std::string_view etag) {
    const std::vector<http::Field> fields{{"ETag", etag}, {"Cache-Control", "max-age=60"}};
    return make_head(200, fields, {}, {}, WallTime{}, WallTime{});
}

SharedFile memory_file(std::string_view bytes) {
    auto file = std::make_shared<Fd>(::memfd_create("test", MFD_CLOEXEC));
    REQUIRE(::pwrite(file->get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return file;
}

std::shared_ptr<Object> in_memory(std::optional<std::uint64_t> length) {
    Object::Parts parts;
    parts.head = head_with("\"a\"");
    parts.length = length;
    return std::make_shared<Object>(std::move(parts));
}

// Of `blocks` blocks, with `bytes` behind it.
std::shared_ptr<Object> in_file(std::uint64_t length, std::string_view bytes,
                                std::string_view etag = "\"a\"") {
    Object::Parts parts;
    parts.head = head_with(etag);
    parts.length = length;
    parts.file = memory_file(bytes);
    return std::make_shared<Object>(std::move(parts));
}

std::string text_of(const Object::View& view) {
    REQUIRE(view.state == State::window);
    return std::string{std::get<MemoryWindow>(view.window).bytes};
}

ByteRange range_of(const Object::View& view) {
    REQUIRE(view.state == State::window);
    return std::get<FileWindow>(view.window).range;
}

}  // namespace

TEST_CASE("what has arrived of a small body can be read while the rest is coming") {
    const auto object = in_memory(6);
    const auto span = object->claim({0, 6});
    CHECK(object->look(0, 6, 0).state == State::coming);
    object->append(*span, std::string_view{"abc"});
    CHECK(text_of(object->look(0, 6, 0)) == "abc");
    CHECK(text_of(object->look(1, 2, 0)) == "b");
    CHECK(object->look(3, 6, 0).state == State::coming);
    CHECK_FALSE(object->whole());
    object->append(*span, std::string_view{"def"});
    CHECK(object->whole());
    CHECK(*object->small_body() == "abcdef");
    CHECK(object->look(6, 10, 0).state == State::end);
}

TEST_CASE("a small body whose fill has failed can't be completed") {
    const auto object = in_memory(6);
    const auto span = object->claim({0, 6});
    object->append(*span, std::string_view{"abc"});
    span->fail(Errc::origin_reset);
    const auto view = object->look(3, 6, 0);
    CHECK(view.state == State::failed);
    CHECK(view.error == Errc::origin_reset);
}

TEST_CASE("of a block that is not whole yet, as much can be read as its fill has brought") {
    const auto object = in_file(2 * block, std::string(100, 'x'));
    const auto span = object->claim({0, 2 * block});
    object->advance(*span, 100);
    CHECK(range_of(object->look(10, 2 * block, 0)) == ByteRange{10, 90});
    CHECK(object->look(100, 2 * block, 0).state == State::coming);
}

TEST_CASE("a part that nobody brings is asked for in whole blocks, up to what is there") {
    const auto object = in_file(4 * block, std::string(4 * block, 'x'));
    object->block_done(2, 1);
    const auto view = object->look(block + 5, 4 * block, 0);
    CHECK(view.state == State::missing);
    CHECK(view.range == ByteRange{block, block});
    CHECK(object->look(5, 10, 0).range == ByteRange{0, block});
}

TEST_CASE("two who miss the same part claim it once") {
    const auto object = in_file(4 * block, "");
    const auto first = object->claim({0, block});
    REQUIRE(first);
    CHECK_FALSE(object->claim({0, block}));
    CHECK(object->look(5, 10, 0).state == State::coming);
}

TEST_CASE("a fill that is far behind is not waited for when a part can be asked for") {
    const std::uint64_t length = 64 * block;
    const auto exact = in_file(length, "");
    const auto span = exact->claim({0, length});
    CHECK(exact->look(60 * block, length, 0).state == State::missing);
    CHECK(exact->look(block, length, 0).state == State::coming);
    const auto vague = in_file(length, "", "W/\"a\"");
    const auto other = vague->claim({0, length});
    CHECK(vague->look(60 * block, length, 0).state == State::coming);
}

TEST_CASE("a fill's failure counts for what it should have brought, and for nothing else") {
    const auto object = in_file(4 * block, "");
    {
        const auto span = object->claim({0, 2 * block});
        span->fail(Errc::origin_timeout);
    }
    CHECK(object->failures() == 1);
    CHECK(object->look(0, block, 0).failure == 1);
    CHECK(object->look(0, block, 0).error == Errc::origin_timeout);
    CHECK(object->look(3 * block, 4 * block, 0).failure == 0);
}

TEST_CASE("a block that differs from its checksum counts as missing from then on") {
    const std::string bytes(block, 'x');
    const auto object = in_file(block, bytes);
    object->block_done(0, block_checksum(bytes));
    CHECK_FALSE(object->check({0, block}));
    CHECK(object->whole());
    REQUIRE(::pwrite(object->file(), "y", 1, 7) == 1);
    CHECK(object->check({0, block}) == Errc::corrupt);
    CHECK_FALSE(object->whole());
    CHECK(object->look(0, block, 0).state == State::missing);
}

TEST_CASE("blocks from a disk are cold until they have been checked") {
    const std::string bytes(block, 'x');
    Object::Parts parts;
    parts.head = head_with("\"a\"");
    parts.length = block;
    parts.file = memory_file(bytes);
    parts.from_disk = true;
    parts.blocks = BlockMap::all(block);
    parts.checksums = {block_checksum(bytes)};
    const auto object = std::make_shared<Object>(std::move(parts));
    CHECK(object->look(0, block, 0).state == State::cold);
    CHECK_FALSE(object->check({0, block}));
    CHECK(range_of(object->look(0, block, 0)) == ByteRange{0, block});
}

TEST_CASE("gaps are what is neither there nor coming") {
    const auto object = in_file(4 * block, "");
    object->block_done(0, 1);
    CHECK_FALSE(object->has_gaps(0, block));
    CHECK(object->has_gaps(0, block + 1));
    const auto span = object->claim({block, block});
    CHECK_FALSE(object->has_gaps(0, 2 * block));
    CHECK(object->has_gaps(0, 4 * block));
}

TEST_CASE("an unknown length shows at the end") {
    const auto object = in_memory(std::nullopt);
    const auto span = object->claim({0, UINT64_MAX});
    object->append(*span, std::string_view{"abc"});
    CHECK_FALSE(object->length());
    CHECK(object->look(3, UINT64_MAX, 0).state == State::coming);
    object->set_length(3);
    CHECK(object->whole());
    CHECK(object->look(3, UINT64_MAX, 0).state == State::end);
}
