#include "cdn/store/schema.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace outpost::cdn {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t application = 0x4f555450;  // "OUTP"

constexpr std::uint64_t most_runs = INT32_MAX;  // an id is a positive number to SQLite

constexpr auto tables = R"(
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stub (
    id INTEGER PRIMARY KEY, key_high INTEGER NOT NULL, key_low INTEGER NOT NULL,
    stored INTEGER NOT NULL, flags INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS stub_by_key ON stub (key_high, key_low);
CREATE TABLE IF NOT EXISTS object (
    id INTEGER PRIMARY KEY, key_text TEXT NOT NULL, vary_names TEXT NOT NULL, selecting_key TEXT NOT NULL,
    status INTEGER NOT NULL, fields TEXT NOT NULL, request_time INTEGER NOT NULL, response_time INTEGER NOT NULL,
    length INTEGER, tags TEXT NOT NULL, body_checksum INTEGER NOT NULL, generation INTEGER NOT NULL,
    blocks BLOB NOT NULL, checksums BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS object_by_text ON object (key_text);
CREATE TABLE IF NOT EXISTS body (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tag (tag TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tag, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tag_by_id ON tag (id);
)";

fs::path mark_path(const fs::path& directory) { return directory / "index.db.suspect"; }

fs::path run_path(const fs::path& directory) { return directory / "index.run"; }

// Where nothing tells of runs before, the seconds since 2020: ids are then not those of files that an older
// index left.
std::uint64_t first_run(WallTime now) {
    constexpr WallTime origin{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};
    const auto seconds = std::chrono::duration_cast<Seconds>(now - origin).count();
    return static_cast<std::uint64_t>(std::clamp<std::int64_t>(seconds, 1, most_runs / 2));
}

// The last run, as the database knows it and as the file beside it does, which outlives a broken database.
Result<std::uint64_t> last_run(sqlite::Database& database, const fs::path& directory) {
    auto statement = database.prepare("SELECT value FROM meta WHERE name = 'run'");
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    const std::uint64_t known = *row ? parse_unsigned(statement->text(0)).value_or(0) : 0;
    const auto beside = read_file(run_path(directory), 64_B);
    return std::max(known, beside ? parse_unsigned(*beside).value_or(0) : 0);
}

// Durable when it returns: no power cut gives a run a second time.
Result<std::uint32_t> begin_run(sqlite::Database& database, const fs::path& directory, WallTime now) {
    auto transaction = sqlite::Transaction::begin(database);
    if (!transaction) return transaction.error();
    if (const auto made = database.execute(tables); !made) return made.error();
    const auto last = last_run(database, directory);
    if (!last) return last.error();
    if (*last >= most_runs) return Errc::corrupt;
    const std::uint64_t run = *last == 0 ? first_run(now) : *last + 1;
    if (!write_file_atomically(run_path(directory), std::to_string(run))) return Errc::disk_failed;
    const auto noted =
        database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};"
                                     "INSERT OR REPLACE INTO meta VALUES ('run', '{}')",
                                     application, index_version, run));
    if (!noted) return noted.error();
    if (const auto done = transaction->commit(); !done) return done.error();
    return static_cast<std::uint32_t>(run);
}

Result<OpenedIndex> attempt(const fs::path& directory, WallTime now) {
    auto database = sqlite::Database::open(index_path(directory), sqlite::Database::Mode::create);
    if (!database) return database.error();
    const auto set = database->execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864");
    if (!set) return set.error();
    const auto version = database->integer("PRAGMA user_version");
    if (!version) return version.error();
    OpenedIndex opened{std::move(*database), *version, 0};
    if (*version > index_version) return opened;
    const auto run = begin_run(opened.database, directory, now);
    if (!run) return run.error();
    opened.run = *run;
    if (const auto calm = opened.database.execute("PRAGMA synchronous = NORMAL"); !calm) return calm.error();
    return opened;
}

bool is_broken_copy(const fs::path& path) { return path.filename().string().starts_with("index.db.broken-"); }

// One copy is kept for who wants to know; those before it go. The log goes before the database: an old log
// beside a new database would be taken for its own.
void move_aside(const fs::path& directory, WallTime now) {
    const fs::path path = index_path(directory);
    std::error_code ignored;  // what can't be moved makes the next attempt fail, and that is told
    fs::directory_iterator at{directory, ignored};
    for (; at != fs::directory_iterator{}; at.increment(ignored)) {
        std::error_code kept;  // one copy too many is no reason to stop
        if (is_broken_copy(at->path())) fs::remove(at->path(), kept);
    }
    fs::remove(path.string() + "-wal", ignored);
    fs::remove(path.string() + "-shm", ignored);
    const fs::path aside = fmt::format("{}.broken-{}", path.string(), now.time_since_epoch().count());
    fs::rename(path, aside, ignored);
    fs::remove(mark_path(directory), ignored);
    log::warning("{}: the index of this cache disk was broken; it is now {}, and the disk begins empty",
                 path.string(), aside.filename().string());
}

}  // namespace

fs::path index_path(const fs::path& directory) { return directory / "index.db"; }

void mark_index_broken(const fs::path& directory) {
    const auto marked = write_file_atomically(mark_path(directory), "");
    if (!marked) log::warning("{}", marked.error().line());
}

Outcome<OpenedIndex> open_index_database(const fs::path& directory, WallTime now) {
    const fs::path path = index_path(directory);
    std::error_code ignored;  // a mark that can't be seen is met again in the database itself
    if (fs::exists(mark_path(directory), ignored)) move_aside(directory, now);
    auto opened = attempt(directory, now);
    if (!opened && opened.error() == Errc::corrupt) {
        move_aside(directory, now);
        opened = attempt(directory, now);
    }
    if (!opened) {
        return Problem{path.string(), "the index can't be opened: " + opened.error().message(),
                       "check the disk and the directory's owner; without index.db the disk begins empty"};
    }
    if (opened->version > index_version) {
        return Problem{path.string(),
                       fmt::format("the index has version {}, and this program knows up to {}",
                                   opened->version, index_version),
                       "start the newer program, or remove the directory's content to begin empty"};
    }
    return std::move(*opened);
}

}  // namespace outpost::cdn
