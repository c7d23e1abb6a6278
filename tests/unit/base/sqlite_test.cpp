#include "base/sqlite.hpp"

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using sqlite::Database;

namespace {

Database open(const std::filesystem::path& path, Database::Mode mode = Database::Mode::create) {
    auto database = Database::open(path, mode, Milliseconds{0});
    REQUIRE(database.has_value());
    return std::move(*database);
}

}  // namespace

TEST_CASE("what is bound is what is read, zero bytes and all 64 bits included") {
    const TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    REQUIRE(database.execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d TEXT, e TEXT)"));
    auto insert = database.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)");
    REQUIRE(insert.has_value());
    const std::string_view text{"a\0b", 3}, blob{"\xff\0", 2};
    REQUIRE(insert->bind(1, UINT64_MAX)
                .bind(2, text)
                .bind_blob(3, blob)
                .bind_null(4)
                .bind(5, std::string_view{})
                .run());
    CHECK(database.changes() == 1);
    auto select = database.prepare("SELECT a, b, c, d, e FROM t");
    REQUIRE(select.has_value());
    REQUIRE(select->step().value());
    CHECK(select->bits(0) == UINT64_MAX);
    CHECK(select->text(1) == text);
    CHECK(select->text(2) == blob);
    CHECK(select->is_null(3));
    CHECK_FALSE(select->is_null(4));
    CHECK(select->text(4).empty());
    CHECK_FALSE(select->step().value());
    CHECK_MESSAGE(select->step().value(), "at its end a statement is reset and may be stepped anew");
}

TEST_CASE("a transaction that is not committed leaves nothing behind") {
    const TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    REQUIRE(database.execute("CREATE TABLE t (a INTEGER)"));
    {
        auto transaction = sqlite::Transaction::begin(database);
        REQUIRE(transaction.has_value());
        REQUIRE(database.execute("INSERT INTO t VALUES (1)"));
    }
    CHECK(database.integer("SELECT count(*) FROM t").value() == 0);
    {
        auto transaction = sqlite::Transaction::begin(database);
        REQUIRE(transaction.has_value());
        REQUIRE(database.execute("INSERT INTO t VALUES (1)"));
        REQUIRE(transaction->commit());
    }
    CHECK(database.integer("SELECT count(*) FROM t").value() == 1);
}

TEST_CASE("a statement that can't be is refused, and a parameter that is not there too") {
    const TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    CHECK(database.execute("SELEKT 1").error() == Errc::database);
    CHECK(database.prepare("SELECT * FROM nothing").error() == Errc::database);
    CHECK(database.message().find("nothing") != std::string::npos);
    CHECK(database.integer("SELECT 1 WHERE 0").error() == Errc::database);
    auto select = database.prepare("SELECT ?1");
    REQUIRE(select.has_value());
    CHECK(select->bind(1, std::int64_t{1}).bind(2, std::int64_t{2}).step().error() == Errc::database);
    CHECK_MESSAGE(select->bind(1, std::int64_t{1}).step().value(), "the error is told once");
}

TEST_CASE("a lock that another holds is not a failure of the disk") {
    const TemporaryDirectory directory;
    Database one = open(directory / "a.db"), other = open(directory / "a.db");
    const auto held = sqlite::Transaction::begin(one);
    REQUIRE(held.has_value());
    CHECK(sqlite::Transaction::begin(other).error() == Errc::database);
}

TEST_CASE("a database without room says that the disk is full, and works on when there is room again") {
    const TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    REQUIRE(database.execute("CREATE TABLE t (a BLOB); PRAGMA max_page_count = 4"));
    CHECK(database.execute("INSERT INTO t VALUES (zeroblob(100000))").error() == Errc::disk_full);
    REQUIRE(database.execute("PRAGMA max_page_count = 1000"));
    CHECK(database.execute("INSERT INTO t VALUES (zeroblob(100000))").has_value());
}

TEST_CASE("a file that is no database is corrupt, and one that can't be opened is the disk's failure") {
    const TemporaryDirectory directory;
    REQUIRE(write_file_atomically(directory / "a.db", std::string(8192, 'x')).has_value());
    CHECK(open(directory / "a.db").execute("SELECT * FROM sqlite_schema").error() == Errc::corrupt);
    CHECK(Database::open(directory / "none.db", Database::Mode::read_only).error() == Errc::disk_failed);
}
