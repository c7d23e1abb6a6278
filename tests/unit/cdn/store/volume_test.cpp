#include "cdn/store/volume.hpp"

#include <condition_variable>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/residency.hpp"
#include "base/sqlite.hpp"
#include "cdn/store/schema.hpp"
#include "tests/unit/cdn/store/records.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::cdn;
using namespace std::chrono_literals;

namespace {

VolumeOptions options_for(const std::filesystem::path& directory) {
    VolumeOptions options;
    options.directory = directory;
    options.size = 1_GiB;
    options.scrub_rate = BitRate{0};
    options.free_reserve = 1_MiB;
    options.index.batch_time = 1h;
    return options;
}

std::unique_ptr<Volume> open(const VolumeOptions& options) {
    auto volume = Volume::open(options);
    REQUIRE_MESSAGE(volume.has_value(), volume.error().line());
    return std::move(*volume);
}

boost::system::error_code code(int error) { return {error, boost::system::system_category()}; }

// A file of two and a half blocks with its record; the middle one is missing when there is a hole.
std::uint64_t store_object(Volume& volume, const std::string& key, bool hole = false) {
    const std::uint64_t id = volume.index().next_id();
    const std::string content =
        std::string(block_size.count(), 'a') + std::string(block_size.count(), 'b') + "rest";
    const auto file = volume.create(id);
    REQUIRE(file.has_value());
    ObjectRecord record = full_record(id, key);
    record.length = content.size();
    record.checksums.clear();
    BlockMap map;
    for (std::size_t block = 0; block < 3; ++block) {
        record.checksums.push_back(0);
        if (hole && block == 1) continue;
        const ByteRange range = range_of_block(block, content.size());
        const std::string_view bytes = std::string_view{content}.substr(range.offset, range.length);
        REQUIRE(::pwrite(file->get(), bytes.data(), bytes.size(), static_cast<off_t>(range.offset)) ==
                static_cast<ssize_t>(bytes.size()));
        record.checksums.back() = block_checksum(bytes);
        map.set(block);
    }
    record.blocks = map.serialised();
    CHECK(volume.index().put(record));
    REQUIRE(volume.index().flush());
    return id;
}

void flip_bit(Volume& volume, std::uint64_t id, std::uint64_t offset) {
    const auto file = volume.open_file(id);
    REQUIRE(file.has_value());
    char byte = 0;
    REQUIRE(::pread(file->get(), &byte, 1, static_cast<off_t>(offset)) == 1);
    byte ^= 4;
    REQUIRE(::pwrite(file->get(), &byte, 1, static_cast<off_t>(offset)) == 1);
}

using Ids = std::vector<std::uint64_t>;

// Bad objects of one whole pass.
Ids scrubbed(Volume& volume) {
    Ids bad;
    CHECK(volume.scrub({}, [&](std::uint64_t id, KeyHash) { bad.push_back(id); }));
    return bad;
}

}  // namespace

TEST_CASE("a file is made, opened again and removed, and one that is not there is not found") {
    const TemporaryDirectory directory;
    const auto volume = open(options_for(directory / "deep/cache"));
    const std::uint64_t id = volume->index().next_id();
    CHECK(volume->open_file(id).error() == Errc::not_found);
    {
        const auto file = volume->create(id);
        REQUIRE(file.has_value());
        CHECK(::pwrite(file->get(), "abc", 3, 0) == 3);
    }
    char byte = 0;
    CHECK(::pread(volume->open_file(id)->get(), &byte, 1, 2) == 1);
    CHECK(byte == 'c');
    CHECK(facts_of(volume->create(id).value())->size == 0);
    CHECK(volume->remove_file(id).has_value());
    CHECK(volume->remove_file(id).has_value());
    CHECK(volume->open_file(id).error() == Errc::not_found);
    CHECK(volume->writable());
}

TEST_CASE("two servers can't share a directory, and the second is told so") {
    const TemporaryDirectory directory;
    auto first = open(options_for(directory.path()));
    const auto second = Volume::open(options_for(directory.path()));
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().what == "another server uses this cache directory");
    first.reset();
    CHECK(Volume::open(options_for(directory.path())).has_value());
}

TEST_CASE("a disk that fails leaves service, says why, and returns when a probe works") {
    const TemporaryDirectory directory;
    const auto volume = open(options_for(directory.path()));
    volume->fail(code(EMFILE), "opening a file");
    CHECK(volume->state() == DiskState::good);
    volume->fail(code(EIO), "reading a body");
    CHECK_FALSE(volume->usable());
    CHECK_FALSE(volume->writable());
    CHECK(volume->facts().reason == "reading a body: Input/output error");
    CHECK(metrics::prometheus_text().find(fmt::format("outpost_disk_state{{disk=\"{}\"}} 2\n",
                                                      directory.path().string())) != std::string::npos);
    std::filesystem::create_directory(directory / "probe");
    volume->probe();
    CHECK_FALSE(volume->usable());
    std::filesystem::remove(directory / "probe");
    volume->probe();
    CHECK(volume->writable());
    CHECK(volume->facts().reason.empty());
    CHECK_FALSE(std::filesystem::exists(directory / "probe"));
}

TEST_CASE("a disk without room goes on for readers, and takes fills again once the reserve can be had") {
    const TemporaryDirectory directory;
    VolumeOptions options = options_for(directory.path());
    SUBCASE("the reserve is there") { options.free_reserve = 1_MiB; }
    SUBCASE("the reserve can't be had") { options.free_reserve = Bytes{std::uint64_t{1} << 50}; }
    const auto volume = open(options);
    volume->fail(code(ENOSPC), "writing a body");
    CHECK(volume->usable());
    CHECK_FALSE(volume->writable());
    volume->probe();
    CHECK(volume->writable() == (options.free_reserve == 1_MiB));
    CHECK(volume->usable());
}

TEST_CASE("a file system that is really full is noticed, and used again when there is room") {
    const TemporaryDirectory directory;
    if (::mount("none", directory.path().c_str(), "tmpfs", 0, "size=8m") != 0) {
        MESSAGE("skipped: a small file system can't be mounted here");
        return;
    }
    {
        VolumeOptions options = options_for(directory.path());
        options.index.retry_time = 1h;
        const auto volume = open(options);
        const auto file = volume->create(1);
        REQUIRE(file.has_value());
        const std::string mebibyte(1 << 20, 'x');
        off_t end = 0;
        for (ssize_t n = 1; n > 0; end += n) n = ::pwrite(file->get(), mebibyte.data(), mebibyte.size(), end);
        CHECK(errno == ENOSPC);
        volume->index().put(small_record(2, "a", std::string(60'000, 'x')));
        CHECK(volume->index().flush().error() == Errc::disk_full);
        CHECK(volume->state() == DiskState::full);
        CHECK(volume->facts().file_system_free < 1_MiB);
        volume->probe();
        CHECK(volume->state() == DiskState::full);
        REQUIRE(::ftruncate(file->get(), 0) == 0);
        volume->probe();
        CHECK(volume->state() == DiskState::good);
        REQUIRE(volume->index().flush());
        CHECK(volume->index().body(2).has_value());
    }
    CHECK(::umount(directory.path().c_str()) == 0);
}

TEST_CASE("an index that is broken takes its disk out until a restart, which begins empty") {
    const TemporaryDirectory directory;
    {
        const auto volume = open(options_for(directory.path()));
        volume->fail(make_error_code(Errc::corrupt), "using the index");
        volume->probe();
        CHECK(volume->state() == DiskState::failed);
        mark_index_broken(directory.path());
    }
    CHECK(open(options_for(directory.path()))->writable());
}

TEST_CASE("the sweep removes files of earlier runs that nobody knows, and nothing else") {
    const TemporaryDirectory directory;
    std::uint64_t known = 0, unknown = 0;
    {
        const auto volume = open(options_for(directory.path()));
        known = store_object(*volume, "a");
        unknown = volume->index().next_id();
        REQUIRE(volume->create(unknown).has_value());
    }
    const auto volume = open(options_for(directory.path()));
    const std::uint64_t filling = volume->index().next_id();
    REQUIRE(volume->create(filling).has_value());
    const auto strange = directory / "files/00/notes.txt";
    std::filesystem::create_directories(strange.parent_path());
    REQUIRE(write_file_atomically(strange, "not ours").has_value());
    std::stop_source stopped;
    stopped.request_stop();
    CHECK(volume->sweep(stopped.get_token()) == 0);
    CHECK(volume->sweep({}) == 1);
    CHECK(volume->open_file(unknown).error() == Errc::not_found);
    CHECK(volume->open_file(known).has_value());
    CHECK(volume->open_file(filling).has_value());
    CHECK(std::filesystem::exists(strange));
}

TEST_CASE("the scrub finds a flipped bit, a short file, a lost file and a changed small body") {
    const TemporaryDirectory directory;
    const auto volume = open(options_for(directory.path()));
    const std::uint64_t sound = store_object(*volume, "sound"), holed = store_object(*volume, "holed", true);
    const std::uint64_t small = volume->index().next_id();
    CHECK(volume->index().put(small_record(small, "small", "body")));
    REQUIRE(volume->index().flush());
    CHECK(scrubbed(*volume).empty());
    CHECK(volume->facts().scrub.checked == Bytes{2 * block_size.count() + 4 + block_size.count() + 4 + 4});
    flip_bit(*volume, holed, block_size.count() + 77);
    CHECK_MESSAGE(scrubbed(*volume).empty(), "what is not there is not looked at");
    const std::uint64_t cut = store_object(*volume, "cut"), lost = store_object(*volume, "lost");
    flip_bit(*volume, sound, 2 * block_size.count() + 3);
    REQUIRE(::ftruncate(volume->open_file(cut)->get(), 100) == 0);
    REQUIRE(volume->remove_file(lost));
    {
        auto database = sqlite::Database::open(index_path(directory.path()), sqlite::Database::Mode::create);
        REQUIRE(database->execute("UPDATE body SET bytes = 'tidy'"));
    }
    CHECK(scrubbed(*volume) == Ids{sound, small, cut, lost});
    CHECK(volume->facts().scrub.bad == 4);
    CHECK(volume->facts().scrub.passes == 3);
    CHECK(volume->writable());
}

TEST_CASE("a scrub that was interrupted goes on where it was, in the next run too") {
    const TemporaryDirectory directory;
    Ids all, seen;
    std::stop_source stop;
    {
        const auto volume = open(options_for(directory.path()));
        for (int i = 0; i < 4; ++i) {
            all.push_back(store_object(*volume, "a"));
            flip_bit(*volume, all.back(), 5);
        }
        CHECK_FALSE(volume->scrub(stop.get_token(), [&](std::uint64_t id, KeyHash) {
            seen.push_back(id);
            if (seen.size() == 2) stop.request_stop();
        }));
        CHECK(volume->facts().scrub.position == all[1]);
    }
    const auto volume = open(options_for(directory.path()));
    for (const std::uint64_t id : scrubbed(*volume)) seen.push_back(id);
    CHECK(seen == all);
    CHECK(scrubbed(*volume) == all);
}

TEST_CASE("a scrub leaves the page cache as it was") {
    const TemporaryDirectory directory;
    const auto volume = open(options_for(directory.path()));
    const std::uint64_t cold = store_object(*volume, "cold"), warm = store_object(*volume, "warm");
    const auto cold_file = volume->open_file(cold), warm_file = volume->open_file(warm);
    const ByteRange whole{0, 2 * block_size.count() + 4};
    for (const auto* file : {&cold_file, &warm_file}) REQUIRE(::fsync((*file)->get()) == 0);
    ::posix_fadvise(cold_file->get(), 0, 0, POSIX_FADV_DONTNEED);
    if (is_resident(cold_file->get(), {0, block_size.count()})) {
        MESSAGE("skipped: this file system keeps its files in memory");
        return;
    }
    CHECK(scrubbed(*volume).empty());
    for (std::size_t block = 0; block < 3; ++block) {
        CHECK_FALSE(is_resident(cold_file->get(), range_of_block(block, whole.length)));
    }
    CHECK(is_resident(warm_file->get(), whole));
}

TEST_CASE("an object that is removed while it is checked is not called bad") {
    const TemporaryDirectory directory;
    const auto volume = open(options_for(directory.path()));
    const std::uint64_t id = store_object(*volume, "a");
    CHECK(volume->index().remove(id));  // waits in the queue
    REQUIRE(volume->remove_file(id));
    CHECK(scrubbed(*volume).empty());
}

TEST_CASE("a started disk sweeps, scrubs and probes by itself, and stops at once") {
    const TemporaryDirectory directory;
    VolumeOptions options = options_for(directory.path());
    options.scrub_rate = BitRate{8'000'000'000};
    options.probe_every = 1ms;
    const auto volume = open(options);
    const std::uint64_t bad = store_object(*volume, "a");
    flip_bit(*volume, bad, 0);
    std::mutex mutex;
    std::condition_variable found;
    Ids dropped;
    volume->start([&](std::uint64_t id, KeyHash key) {
        const std::scoped_lock held{mutex};
        CHECK(key == key_hash("a"));
        dropped.push_back(id);
        found.notify_all();
    });
    std::unique_lock held{mutex};
    CHECK(found.wait_for(held, 10s, [&] { return !dropped.empty(); }));
    CHECK(dropped == Ids{bad});
    held.unlock();
    volume->fail(code(EIO), "reading");
    for (SteadyTime end = steady_now() + 10s; !volume->writable() && steady_now() < end;)
        std::this_thread::yield();
    CHECK(volume->writable());
}
