#include "cdn/store/index.hpp"

#include <csignal>
#include <sys/resource.h>
#include <thread>

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "base/sqlite.hpp"
#include "cdn/store/schema.hpp"
#include "tests/unit/cdn/store/records.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::cdn;
using namespace std::chrono_literals;

namespace {

// Batches that only a flush or a full queue ends, so that what is queued stays queued.
constexpr IndexOptions slow{.batch_time = 1h};

std::unique_ptr<Index> open(const TemporaryDirectory& directory, IndexOptions options = slow,
                            std::function<void(boost::system::error_code)> on_failure = {}) {
    auto index = Index::open(directory.path(), options, std::move(on_failure));
    REQUIRE_MESSAGE(index.has_value(), index.error().line());
    return std::move(*index);
}

std::vector<std::uint64_t> ids(const std::vector<Stub>& stubs) {
    std::vector<std::uint64_t> all;
    for (const Stub& stub : stubs) all.push_back(stub.id);
    return all;
}

std::vector<std::uint64_t> ids(Index& index) {
    std::vector<Stub> stubs;
    REQUIRE(index.flush());
    REQUIRE(index.each_stub([&](const Stub& stub) {
        stubs.push_back(stub);
        return true;
    }));
    return ids(stubs);
}

void check_equal(const ObjectRecord& found, const ObjectRecord& put) {
    CHECK(found.id == put.id);
    CHECK(found.key == put.key);
    CHECK(found.key_text == put.key_text);
    CHECK(found.vary_names == put.vary_names);
    CHECK(found.selecting_key == put.selecting_key);
    CHECK(found.status == put.status);
    CHECK(found.fields.text() == put.fields.text());
    CHECK(found.request_time == put.request_time);
    CHECK(found.response_time == put.response_time);
    CHECK(found.length == put.length);
    CHECK(found.stored == put.stored);
    CHECK(found.blocks == put.blocks);
    CHECK(found.checksums == put.checksums);
    CHECK(found.tags == put.tags);
    CHECK(found.soft_purged == put.soft_purged);
    CHECK(found.pinned == put.pinned);
    CHECK(found.has_body == put.body.has_value());
    CHECK(found.generation == put.generation);
    CHECK_FALSE(found.body.has_value());
}

}  // namespace

TEST_CASE("a record comes back with every field as it was put, in this run and the next") {
    const TemporaryDirectory directory;
    const ObjectRecord record = full_record(7, "https://host/film?q=1");
    {
        const auto index = open(directory);
        CHECK(index->put(record));
        const auto found = index->find(record.key);
        REQUIRE(found.value().size() == 1);
        check_equal(found->front(), record);
    }
    const auto index = open(directory);
    const auto found = index->find(record.key);
    REQUIRE(found.value().size() == 1);
    check_equal(found->front(), record);
    REQUIRE(index->flush());  // the writer has counted before its first batch
    CHECK(index->objects() == 1);
    CHECK(index->stored() == record.stored);
    REQUIRE(index->each_stub([&](const Stub& stub) {
        CHECK(stub.id == 7);
        CHECK(stub.key == record.key);
        CHECK(stub.weight == record.stored);
        CHECK(stub.pinned);
        return true;
    }));
}

TEST_CASE("a small body is kept whole, and one that has changed is told") {
    const TemporaryDirectory directory;
    std::string body(60'000, 'x');
    body.front() = '\0';
    {
        const auto index = open(directory);
        CHECK(index->put(small_record(1, "a", body)));
        CHECK(index->body(1).value() == body);
        CHECK(index->find(key_hash("a")).value().at(0).has_body);
        CHECK(index->find(key_hash("a")).value().at(0).body_checksum == block_checksum(body));
        CHECK(index->put(full_record(2, "b")));
        CHECK(index->body(2).error() == Errc::not_found);
    }
    {
        auto database = sqlite::Database::open(index_path(directory.path()), sqlite::Database::Mode::create);
        REQUIRE(database->execute("UPDATE body SET bytes = 'other'"));
    }
    bool failed = false;
    const auto index = open(directory, slow, [&](boost::system::error_code) { failed = true; });
    CHECK(index->body(1).error() == Errc::corrupt);
    CHECK_FALSE_MESSAGE(failed, "one bad body is not a bad index");
}

TEST_CASE("changes are seen by who asks after them, though they wait to be written") {
    const TemporaryDirectory directory;
    const auto index = open(directory);
    ObjectRecord record = full_record(1, "a");
    CHECK(index->put(record));
    REQUIRE(index->find(record.key).value().size() == 1);
    record.blocks = "\x07";
    record.checksums = {4, 5, 6};
    record.stored = 99_B;
    record.length = std::nullopt;
    CHECK(index->set_blocks(1, record.blocks, record.checksums, record.stored, record.length));
    record.fields.set("Content-Type", "text/plain");
    record.request_time += 1h;
    record.response_time += 2h;
    record.soft_purged = false;
    CHECK(index->set_head(1, record.fields, record.request_time, record.response_time, false));
    CHECK(index->queued() == 2);
    const auto found = index->find(record.key);
    REQUIRE(found.value().size() == 1);
    check_equal(found->front(), record);
    CHECK(index->stored() == 99_B);
    CHECK(index->remove(1));
    CHECK(index->find(record.key).value().empty());
    CHECK(index->stored() == 0_B);
}

TEST_CASE("changes of what is not there change nothing") {
    const TemporaryDirectory directory;
    const auto index = open(directory);
    CHECK(index->remove(5));
    CHECK(index->set_blocks(5, "\x01", {1}, 10_B, 10));
    CHECK(index->set_head(5, {}, {}, {}, true));
    REQUIRE(index->flush());
    CHECK(index->objects() == 0);
    CHECK(index->stored() == 0_B);
}

TEST_CASE("all variants under a key are found, and a put in place of one leaves one") {
    const TemporaryDirectory directory;
    const auto index = open(directory);
    for (const std::uint64_t id : {3, 1, 2}) index->put(full_record(id, "a"));
    index->put(full_record(4, "b"));
    index->put(small_record(2, "a", "body"));
    const auto found = index->find(key_hash("a"));
    REQUIRE(found.value().size() == 3);
    CHECK(found->at(0).id == 1);
    CHECK(found->at(1).has_body);
    CHECK(found->at(2).id == 3);
    CHECK(index->find(key_hash("c")).value().empty());
    CHECK(index->objects() == 4);
    CHECK(ids(index->remove_tag("film-7", false).value()) == std::vector<std::uint64_t>{1, 3, 4});
}

TEST_CASE("changes are written in the order in which they were queued") {
    const TemporaryDirectory directory;
    const auto index = open(directory, {.batch_time = 1ms, .most_queued = 100'000});
    ObjectRecord record = small_record(1, "a", "");
    for (int i = 0; i < 2000; ++i) {
        record.body = std::to_string(i);
        CHECK(index->put(record));
        if (i % 3 == 0) CHECK(index->remove(1));
        if (i % 100 == 0) CHECK(index->find(record.key).value().size() == (i % 3 == 0 ? 0 : 1));
    }
    CHECK(index->body(1).value() == "1999");
}

TEST_CASE("many threads change and ask at once, and each sees what it did") {
    const TemporaryDirectory directory;
    const auto index = open(directory, {.batch_time = 1ms, .most_queued = 100'000, .readers = 2});
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                const std::uint64_t id = index->next_id();
                const std::string key = fmt::format("{}/{}", t, i);
                index->put(small_record(id, key, key));
                const auto found = index->find(key_hash(key));
                const auto body = index->body(id);
                wrong += !found || found->size() != 1 || !body || *body != key;
                if (i % 2 == 0) index->remove(id);
                if (i % 50 == 49)
                    wrong += index->remove_prefix(fmt::format("{}/", t), false).value().size() != 25;
                wrong += !index->find(key_hash(key)).value().empty() != (i % 2 == 1 && i % 50 != 49);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(index->objects() == 0);
    CHECK(index->stored() == 0_B);
}

TEST_CASE("a full queue drops what comes, by count and by bytes, and takes again when it is written") {
    const TemporaryDirectory directory;
    const auto by_count = open(directory, {.batch_time = 1h, .most_queued = 1});
    const TemporaryDirectory other;
    const auto by_bytes = open(other, {.batch_time = 1h, .most_queued_bytes = 100_KiB});
    CHECK(by_bytes->put(small_record(1, "a", std::string(64 << 10, 'x'))));
    CHECK_FALSE(by_bytes->put(small_record(2, "b", std::string(64 << 10, 'x'))));
    CHECK(by_bytes->remove(9));
    REQUIRE(by_bytes->flush());
    CHECK(by_bytes->put(small_record(2, "b", std::string(64 << 10, 'x'))));
    CHECK(ids(*by_bytes) == std::vector<std::uint64_t>{1, 2});
    bool dropped = false;
    for (std::uint64_t id = 1; id <= 10'000 && !dropped; ++id) dropped = !by_count->put(full_record(id, "a"));
    CHECK(dropped);
    REQUIRE(by_count->flush());
    CHECK(by_count->queued() == 0);
}

TEST_CASE("a purge by prefix takes what begins with it, bytes as they are, and what is still queued") {
    const TemporaryDirectory directory;
    const auto index = open(directory);
    const char* keys[] = {"http://h/a", "http://h/a/1", "http://h/a\xff\xff",
                          "http://h/b", "http://h/A/1", "\xff\xff"};
    std::uint64_t id = 0;
    for (const char* key : keys) CHECK(index->put(full_record(++id, key)));
    CHECK(ids(index->remove_prefix("http://h/a", false).value()) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(index->remove_prefix("http://h/a", false).value().empty());
    CHECK(ids(index->remove_prefix("\xff", false).value()) == std::vector<std::uint64_t>{6});
    CHECK(ids(*index) == std::vector<std::uint64_t>{4, 5});
    CHECK(index->stored() == Bytes{2 * full_record(1, "").stored.count()});
    CHECK(ids(index->remove_prefix("", false).value()) == std::vector<std::uint64_t>{4, 5});
    CHECK(index->objects() == 0);
    CHECK(index->stored() == 0_B);
}

TEST_CASE("a purge by tag takes what has it as a whole line") {
    const TemporaryDirectory directory;
    const auto index = open(directory);
    const char* tags[] = {"a", "a\nb", "b\na\nb\n", "ab", "", "A"};
    for (std::uint64_t id = 1; id <= 6; ++id) {
        ObjectRecord record = full_record(id, "k");
        record.tags = tags[id - 1];
        CHECK(index->put(record));
    }
    const auto purged = index->remove_tag("a", false);
    CHECK(ids(purged.value()) == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(purged->front().key == key_hash("k"));
    CHECK(index->remove_tag("b", false).value().empty());
    CHECK(ids(*index) == std::vector<std::uint64_t>{4, 5, 6});
}

TEST_CASE("a soft purge marks and counts each object once, and a validation takes the mark off") {
    const TemporaryDirectory directory;
    const auto index = open(directory);
    for (std::uint64_t id = 1; id <= 3; ++id) {
        ObjectRecord record = full_record(id, id == 3 ? "b" : "a");
        record.soft_purged = false;
        CHECK(index->put(record));
    }
    CHECK(index->remove_prefix("a", true).value().size() == 2);
    CHECK(index->remove_prefix("a", true).value().empty());
    CHECK(index->find(key_hash("a")).value().at(1).soft_purged);
    CHECK_FALSE(index->find(key_hash("b")).value().at(0).soft_purged);
    CHECK(index->set_head(1, {}, {}, {}, false));
    CHECK_FALSE(index->find(key_hash("a")).value().at(0).soft_purged);
    CHECK(index->find(key_hash("a")).value().at(0).pinned);
    CHECK(ids(index->remove_all(true).value()) == std::vector<std::uint64_t>{1, 3});
    CHECK(index->objects() == 3);
    CHECK(index->remove_all(false).value().size() == 3);
    CHECK(index->objects() == 0);
    CHECK(index->find(key_hash("a")).value().empty());
    CHECK_MESSAGE(index->remove_tag("film-7", false).value().empty(), "tags go with their objects");
}

TEST_CASE("a walk ends when it is told to, and goes on after an id") {
    const TemporaryDirectory directory;
    const auto index = open(directory);
    for (std::uint64_t id = 1; id <= 5; ++id) index->put(full_record(id, "a"));
    REQUIRE(index->flush());
    int seen = 0;
    REQUIRE(index->each_stub([&](const Stub&) { return ++seen < 2; }));
    CHECK(seen == 2);
    CHECK(ids(*index).size() == 5);
    const auto records = index->records_after(2, 2);
    REQUIRE(records.value().size() == 2);
    CHECK(records->at(0).id == 3);
    CHECK(records->at(1).id == 4);
    CHECK(index->knows(5).value());
    CHECK_FALSE(index->knows(6).value());
}

TEST_CASE("small facts last, and an id is never given twice") {
    const TemporaryDirectory directory;
    std::uint64_t last = 0;
    for (int run = 0; run < 3; ++run) {
        const auto index = open(directory);
        CHECK(index->meta("position").value() ==
              (run == 0 ? std::nullopt : std::optional{std::to_string(run - 1)}));
        REQUIRE(index->set_meta("position", std::to_string(run)));
        CHECK(index->meta("position").value() == std::to_string(run));
        CHECK(index->meta("other").value() == std::nullopt);
        const std::uint64_t first = index->next_id(), second = index->next_id();
        CHECK(first > last);
        CHECK(second > first);
        CHECK(index->of_this_run(second));
        CHECK_FALSE(index->of_this_run(last));
        last = second;
    }
}

TEST_CASE("a broken database is moved aside and an empty one begun, with ids of its own") {
    const TemporaryDirectory directory;
    const auto broken_copies = [&] {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator{directory.path()}) {
            const std::string name = entry.path().filename();
            if (name.starts_with("index.db.broken-")) found.push_back(name);
        }
        return found;
    };
    std::uint64_t before = 0;
    {
        const auto index = open(directory);
        index->put(full_record(before = index->next_id(), "a"));
    }
    SUBCASE("its first page is not a database's") {
        REQUIRE(write_file_atomically(index_path(directory.path()), std::string(10'000, 'x')).has_value());
    }
    SUBCASE("it was found broken in use") { mark_index_broken(directory.path()); }
    SUBCASE("it is cut short") { std::filesystem::resize_file(index_path(directory.path()), 5000); }
    for (int run = 0; run < 2; ++run) {
        const auto index = open(directory);
        CHECK(index->objects() == 0);
        CHECK(index->find(key_hash("a")).value().empty());
        CHECK(index->next_id() > before);
        CHECK(broken_copies().size() == 1);
    }
}

TEST_CASE("a database that turns out broken in use is told, and begun anew at the next start") {
    const TemporaryDirectory directory;
    {
        const auto index = open(directory);
        for (std::uint64_t id = 1; id <= 500; ++id) index->put(full_record(id, std::to_string(id)));
    }
    {
        // All but the first page, which opening looks at; and the root of stub, which it counts.
        auto database = sqlite::Database::open(index_path(directory.path()), sqlite::Database::Mode::create);
        const auto page =
            database->integer("SELECT rootpage FROM sqlite_schema WHERE name = 'object'").value();
        database = sqlite::Database::open(directory / "other.db", sqlite::Database::Mode::create);
        auto content = read_file(index_path(directory.path()), 100_MiB).value();
        content.replace(static_cast<std::size_t>(page - 1) * 4096, 4096, std::string(4096, '\x7f'));
        REQUIRE(write_file_atomically(index_path(directory.path()), content).has_value());
    }
    {
        boost::system::error_code told;
        const auto index = open(directory, slow, [&](boost::system::error_code error) { told = error; });
        CHECK(index->find(key_hash("1")).error() == Errc::corrupt);
        CHECK(told == Errc::corrupt);
    }
    CHECK(open(directory)->objects() == 0);
}

TEST_CASE("an index of a newer program is left alone, and who starts is told what to do") {
    const TemporaryDirectory directory;
    {
        const auto index = open(directory);
        index->put(full_record(1, "a"));
    }
    {
        auto database = sqlite::Database::open(index_path(directory.path()), sqlite::Database::Mode::create);
        REQUIRE(database->execute("PRAGMA user_version = 2"));
    }
    const auto refused = Index::open(directory.path(), slow, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().what == "the index has version 2, and this program knows up to 1");
    CHECK(refused.error().remedy.starts_with("start the newer program"));
    auto database = sqlite::Database::open(index_path(directory.path()), sqlite::Database::Mode::create);
    CHECK(database->integer("SELECT count(*) FROM object").value() == 1);
}

namespace {

// While it lives, no file may grow past `most`: writes fail as on a disk that can take no more.
class FileLimit {
  public:
    explicit FileLimit(rlim_t most) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit lowered{most, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &lowered);
    }
    ~FileLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_DFL);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

  private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("what the disk refuses stays queued, is told, and is written when the disk takes it again") {
    const TemporaryDirectory directory;
    std::atomic<int> failures{0};
    const auto index =
        open(directory, {.batch_time = 1h, .retry_time = 1h}, [&](boost::system::error_code error) {
            CHECK(error == Errc::disk_failed);
            ++failures;
        });
    {
        const FileLimit limit{1 << 20};
        for (std::uint64_t id = 1; id <= 40; ++id) {
            CHECK(index->put(small_record(id, std::to_string(id), std::string(60'000, 'x'))));
        }
        CHECK(index->flush().error() == Errc::disk_failed);
        CHECK(index->find(key_hash("7")).error() == Errc::disk_failed);
        CHECK(index->set_meta("a", "b").error() == Errc::disk_failed);
        CHECK(index->remove(7));
        CHECK(failures == 3);
        CHECK(index->queued() == 41);
        CHECK(index->objects() == 0);
    }
    REQUIRE(index->flush());
    CHECK(index->queued() == 0);
    CHECK(index->objects() == 39);
    CHECK(index->find(key_hash("7")).value().empty());
    CHECK(index->body(8).value().size() == 60'000);
}
