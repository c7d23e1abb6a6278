#include "server/admission/revocation_store.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "server/admission/measures.hpp"

namespace outpost::server {
namespace {

namespace fs = std::filesystem;
using auth::Revocation;
using auth::RevocationKind;

constexpr std::int64_t application = 0x4f555452;  // "OUTR"
constexpr std::int64_t format_version = 1;

// FULL: each commit is on the disk when it returns, also before a power cut.
constexpr auto pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;";
constexpr auto tables = R"(
CREATE TABLE IF NOT EXISTS revocation (
    kind INTEGER NOT NULL, value TEXT NOT NULL, until INTEGER NOT NULL, at INTEGER NOT NULL,
    id TEXT NOT NULL, node TEXT NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS revocation_by_until ON revocation (until);
)";

std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

RevocationStore::RevocationStore(fs::path path, auth::Revocations& set) : path_{std::move(path)}, set_{set} {}

RevocationStore::~RevocationStore() { stop(); }

Outcome<std::unique_ptr<RevocationStore>> RevocationStore::open(const RevocationStoreOptions& options,
                                                                auth::Revocations& set) {
    const fs::path path = options.directory.empty() ? fs::path{} : options.directory / "revocations.db";
    std::unique_ptr<RevocationStore> store{new RevocationStore{path, set}};
    if (!path.empty()) {
        if (const auto prepared = store->prepare(); !prepared) return prepared.error();
    }
    measures::revocations_in_force.set(static_cast<std::int64_t>(set.size()));
    store->sweeper_ = std::make_unique<Ticker>(options.sweep_interval,
                                               [self = store.get()] { self->forget_expired(wall_now()); });
    return store;
}

Problem RevocationStore::problem(const boost::system::error_code& error) const {
    return {path_.string(), "revocations can't be kept: " + error.message(),
            error == Errc::corrupt
                ? "it is broken: take it away and start again; other edges tell what they know through Redis"
                : "check the disk and the directory's owner"};
}

Outcome<void> RevocationStore::prepare() {
    std::error_code made;
    fs::create_directories(path_.parent_path(), made);
    if (made) return Problem{path_.parent_path().string(), "can't be made: " + made.message(), ""};
    auto database = sqlite::Database::open(path_, sqlite::Database::Mode::create);
    if (!database) return problem(database.error());
    database_ = std::move(*database);
    if (const auto set = database_->execute(pragmas); !set) return problem(set.error());
    const auto version = database_->integer("PRAGMA user_version");
    if (!version) return problem(version.error());
    if (*version > format_version)
        return Problem{path_.string(), fmt::format("was written by a newer Outpost (format {})", *version),
                       "update this node"};
    const auto created = database_->execute(fmt::format(
        "{} PRAGMA application_id = {}; PRAGMA user_version = {};", tables, application, format_version));
    if (!created) return problem(created.error());
    auto insert = database_->prepare("INSERT OR REPLACE INTO revocation VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert) return problem(insert.error());
    auto remove = database_->prepare("DELETE FROM revocation WHERE until <= ?1");
    if (!remove) return problem(remove.error());
    insert_ = std::move(*insert);
    remove_ = std::move(*remove);
    if (const auto loaded = load(wall_now()); !loaded) return problem(loaded.error());
    return {};
}

Result<void> RevocationStore::load(WallTime now) {
    auto rows = database_->prepare(
        "SELECT kind, value, until, at, id, node FROM revocation WHERE until > ?1 ORDER BY until DESC");
    if (!rows) return rows.error();
    rows->bind(1, milliseconds(now));
    std::size_t left_out = 0;
    for (;;) {
        const auto row = rows->step();
        if (!row) return row.error();
        if (!*row) break;
        const std::int64_t kind = rows->integer(0);
        if (kind < 0 || kind >= std::int64_t{auth::revocation_kind_count}) return Errc::corrupt;
        Revocation revocation{static_cast<RevocationKind>(kind),
                              std::string{rows->text(1)},
                              WallTime{Milliseconds{rows->integer(2)}},
                              WallTime{Milliseconds{rows->integer(3)}},
                              std::string{rows->text(4)},
                              std::string{rows->text(5)}};
        if (set_.add(std::move(revocation)) == auth::Revocations::Added::full) ++left_out;
    }
    if (left_out != 0)
        log::error("{}: {} revocations are not in force: at most {} are", path_.string(), left_out,
                   set_.most());
    has_expired_rows_ = true;
    return {};
}

Outcome<RevocationStore::Counts> RevocationStore::add(std::span<const Revocation> revocations) {
    const std::lock_guard lock{mutex_};
    Counts counts;
    for (const Revocation& revocation : revocations) {
        switch (set_.add(revocation)) {
            case auth::Revocations::Added::yes:
                ++counts.added;
                if (database_) unsaved_.push_back(revocation);
                break;
            case auth::Revocations::Added::known: ++counts.known; break;
            case auth::Revocations::Added::full: ++counts.full; break;
        }
    }
    measures::revocations_in_force.set(static_cast<std::int64_t>(set_.size()));
    if (const auto saved = save(wall_now()); !saved) return saved.error();
    return counts;
}

void RevocationStore::forget_expired(WallTime now) {
    const std::lock_guard lock{mutex_};
    if (set_.remove_expired(now) != 0) has_expired_rows_ = true;
    std::erase_if(unsaved_, [&](const Revocation& revocation) { return revocation.until <= now; });
    measures::revocations_in_force.set(static_cast<std::int64_t>(set_.size()));
    (void)save(now);  // a failure is logged there, and it is tried again in a second
}

// Writes what is not on the disk yet, and logs when that begins to fail.
Outcome<void> RevocationStore::save(WallTime now) {
    if (!database_ || (unsaved_.empty() && !has_expired_rows_)) return {};
    if (const auto written = write(now); !written) {
        const Problem failure = problem(written.error());
        measures::revocation_writes_failed.add();
        if (why_.empty()) log::error("{}; trying again", failure.line());
        why_ = failure.line();
        return unsaved_.empty() ? Outcome<void>{} : failure;
    }
    why_.clear();
    unsaved_.clear();
    has_expired_rows_ = false;
    return {};
}

Result<void> RevocationStore::write(WallTime now) {
    auto transaction = sqlite::Transaction::begin(*database_);
    if (!transaction) return transaction.error();
    for (const Revocation& revocation : unsaved_) {
        insert_.bind(1, static_cast<std::int64_t>(revocation.kind))
            .bind(2, std::string_view{revocation.value});
        insert_.bind(3, milliseconds(revocation.until)).bind(4, milliseconds(revocation.at));
        insert_.bind(5, std::string_view{revocation.id}).bind(6, std::string_view{revocation.node});
        if (const auto inserted = insert_.run(); !inserted) return inserted.error();
    }
    if (const auto removed = remove_.bind(1, milliseconds(now)).run(); !removed) return removed.error();
    return transaction->commit();
}

std::string RevocationStore::why_not_ready() const {
    const std::lock_guard lock{mutex_};
    return why_;
}

}  // namespace outpost::server
