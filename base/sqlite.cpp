#include "base/sqlite.hpp"

#include <cerrno>
#include <sqlite3.h>

namespace outpost::sqlite {
namespace {

boost::system::error_code error_of(int code, sqlite3* database) {
    switch (code & 0xff) {
        case SQLITE_FULL: return Errc::disk_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM: break;
        default: return Errc::database;
    }
    const int system = database ? sqlite3_system_errno(database) : 0;
    return system == ENOSPC || system == EDQUOT ? Errc::disk_full : Errc::disk_failed;
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int parameter, std::int64_t value) {
    bind_error_ |= sqlite3_bind_int64(statement_.get(), parameter, value);
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    // A null pointer would be NULL, and empty text is not.
    const char* data = text.data() ? text.data() : "";
    bind_error_ |=
        sqlite3_bind_text64(statement_.get(), parameter, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
    const char* data = bytes.data() ? bytes.data() : "";
    bind_error_ |= sqlite3_bind_blob64(statement_.get(), parameter, data, bytes.size(), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind_null(int parameter) {
    bind_error_ |= sqlite3_bind_null(statement_.get(), parameter);
    return *this;
}

Result<bool> Statement::step() {
    if (std::exchange(bind_error_, 0) != 0) {
        reset();
        return Errc::database;
    }
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    const bool done = code == SQLITE_DONE;
    const auto error =
        done ? boost::system::error_code{} : error_of(code, sqlite3_db_handle(statement_.get()));
    reset();
    if (error) return {boost::system::in_place_error, error};
    return false;
}

Result<void> Statement::run() {
    for (;;) {
        const auto row = step();
        if (!row) return row.error();
        if (!*row) return {};
    }
}

// The code that it returns is that of the last step(), which has told it.
void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    if (!data) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<Database> Database::open(const std::filesystem::path& path, Mode mode,
                                std::chrono::milliseconds lock_wait) {
    const int flags =
        (mode == Mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    Database database;
    database.database_.reset(opened);  // given even when it failed
    if (code != SQLITE_OK) return error_of(code, opened);
    sqlite3_busy_timeout(opened, static_cast<int>(lock_wait.count()));
    return database;
}

Result<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(code, database_.get());
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) return error_of(code, database_.get());
    Statement statement;
    statement.statement_.reset(prepared);
    return statement;
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) return Errc::database;
    return statement->integer(0);
}

std::int64_t Database::changes() const { return sqlite3_changes64(database_.get()); }

std::string Database::message() const { return sqlite3_errmsg(database_.get()); }

Result<Transaction> Transaction::begin(Database& database) {
    if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
    return Transaction{database};
}

// Where an error has rolled it back already, there is nothing left to roll back, and the error was told.
Transaction::~Transaction() {
    if (database_) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
    const auto done = database_->execute("COMMIT");
    if (done) database_ = nullptr;
    return done;
}

}  // namespace outpost::sqlite
