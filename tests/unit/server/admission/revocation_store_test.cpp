#include "server/admission/revocation_store.hpp"

#include <algorithm>
#include <condition_variable>

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::server;
using namespace std::chrono_literals;
using auth::Revocation;
using auth::RevocationKind;
using auth::Revocations;

namespace {

// Far enough away that nothing expires while a test runs.
const WallTime later = wall_now() + 1h;

Revocation of(std::string value, WallTime until = later, RevocationKind kind = RevocationKind::subject) {
    return {kind, std::move(value), until, WallTime{1'700'000'000'123ms}, "id-1", "north"};
}
// Its own thread does nothing while a test runs.
std::unique_ptr<RevocationStore> open(const std::filesystem::path& directory, Revocations& set) {
    auto store = RevocationStore::open({directory, 1h}, set);
    REQUIRE_MESSAGE(store.has_value(), store.error().line());
    return std::move(*store);
}
sqlite::Database database_in(const std::filesystem::path& directory) {
    return sqlite::Database::open(directory / "revocations.db", sqlite::Database::Mode::create).value();
}
std::int64_t rows_in(const std::filesystem::path& directory) {
    return database_in(directory).integer("SELECT count(*) FROM revocation").value();
}

}  // namespace

TEST_CASE("what was revoked is in force again after a restart, with all that is known of it") {
    const TemporaryDirectory directory;
    const auto path = directory / "state" / "revocations";  // made when it is missing
    const std::vector<Revocation> all{of("a"), of("ä \"b\"", later + 1ms, RevocationKind::key),
                                      of("a", later, RevocationKind::token)};
    {
        Revocations set;
        const auto counts = open(path, set)->add(all);
        REQUIRE(counts.has_value());
        CHECK(counts->added == 3);
        CHECK(set.size() == 3);
    }
    Revocations set;
    const auto store = open(path, set);
    auto read = set.all();
    CHECK(read.size() == 3);
    for (const Revocation& revocation : all)
        CHECK(std::find(read.begin(), read.end(), revocation) != read.end());
    CHECK(store->add(all)->known == 3);
    CHECK(store->why_not_ready() == "");
}

TEST_CASE("what was answered for is in the files already, whatever becomes of the program") {
    const TemporaryDirectory directory, copy;
    Revocations set;
    const auto store = open(directory.path(), set);
    REQUIRE(store->add(of("a")).has_value());
    for (const char* name : {"revocations.db", "revocations.db-wal"})
        std::filesystem::copy(directory / name, copy / name);
    Revocations again;
    open(copy.path(), again);
    CHECK(again.size() == 1);
    CHECK(database_in(directory.path()).integer("PRAGMA journal_mode").has_value());
}

TEST_CASE("a longer revocation replaces a shorter one on the disk, and never the other way round") {
    const TemporaryDirectory directory;
    {
        Revocations set;
        const auto store = open(directory.path(), set);
        REQUIRE(store->add(of("a", later)).has_value());
        REQUIRE(store->add(of("a", later + 2h)).has_value());
        CHECK(store->add(of("a", later + 1h))->known == 1);
    }
    CHECK(rows_in(directory.path()) == 1);
    Revocations set;
    open(directory.path(), set);
    CHECK(set.holds(RevocationKind::subject, "a", later + 2h));
}

TEST_CASE("what has expired is forgotten in memory and on the disk, while it runs and at the start") {
    const TemporaryDirectory directory;
    {
        Revocations set;
        const auto store = open(directory.path(), set);
        REQUIRE(
            store->add(std::vector{of("a", later), of("b", later + 1h), of("c", later + 2h)}).has_value());
        store->forget_expired(later);
        CHECK(set.size() == 2);
        CHECK(rows_in(directory.path()) == 2);
    }
    REQUIRE(database_in(directory.path())
                .execute("UPDATE revocation SET until = 1 WHERE value = 'b'")
                .has_value());
    Revocations set;
    const auto store = open(directory.path(), set);
    CHECK(set.size() == 1);
    store->forget_expired(wall_now());
    CHECK(rows_in(directory.path()) == 1);
}

TEST_CASE("the store's own thread forgets what has expired") {
    const TemporaryDirectory directory;
    Revocations set;
    const auto store = RevocationStore::open({directory.path(), 10ms}, set).value();
    REQUIRE(store->add(of("a", wall_now() + 50ms)).has_value());
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock{mutex};
    for (int i = 0; i < 1000 && set.size() != 0; ++i) never.wait_for(lock, 10ms);
    CHECK(set.size() == 0);
}

TEST_CASE("a disk that fails takes nothing back, is told of, and gets what it missed when it works again") {
    const TemporaryDirectory directory;
    Revocations set;
    const auto store = open(directory.path(), set);
    REQUIRE(store->add(of("a")).has_value());
    auto other = database_in(directory.path());
    REQUIRE(other.execute("ALTER TABLE revocation RENAME TO elsewhere").has_value());
    const auto failed = store->add(of("b"));
    REQUIRE(failed.has_error());
    CHECK(failed.error().what.starts_with("revocations can't be kept: "));
    CHECK(set.holds(RevocationKind::subject, "b", later));
    CHECK(store->add(of("b")).has_error());  // known, and still not on the disk
    CHECK(store->why_not_ready() == failed.error().line());
    REQUIRE(other.execute("ALTER TABLE elsewhere RENAME TO revocation").has_value());
    store->forget_expired(wall_now());
    CHECK(store->why_not_ready() == "");
    CHECK(rows_in(directory.path()) == 2);
}

TEST_CASE("those that do not fit are counted, and the others of the same order are kept") {
    const TemporaryDirectory directory;
    Revocations set{2};
    const auto store = open(directory.path(), set);
    const auto counts = store->add(std::vector{of("a"), of("b"), of("c")});
    REQUIRE(counts.has_value());
    CHECK(counts->added == 2);
    CHECK(counts->full == 1);
    CHECK(rows_in(directory.path()) == 2);
}

TEST_CASE("a broken or newer database is a problem at the start, and is not touched") {
    const TemporaryDirectory directory;
    Revocations set;
    const std::string garbage(8192, 'x');
    REQUIRE(write_file_atomically(directory / "revocations.db", garbage).has_value());
    CHECK(RevocationStore::open({directory.path()}, set).error().remedy.starts_with("it is broken: "));
    CHECK(read_file(directory / "revocations.db", Bytes{1 << 20}).value() == garbage);
    std::filesystem::remove(directory / "revocations.db");
    open(directory.path(), set);
    REQUIRE(database_in(directory.path()).execute("PRAGMA user_version = 2").has_value());
    CHECK(RevocationStore::open({directory.path()}, set).error().what ==
          "was written by a newer Outpost (format 2)");
}

TEST_CASE("without a directory revocations are in force and kept nowhere") {
    Revocations set;
    const auto store = open({}, set);
    CHECK(store->add(of("a"))->added == 1);
    CHECK(set.size() == 1);
}
