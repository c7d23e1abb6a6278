// SQLite behind one thin wrapper: a connection, prepared statements, transactions; errors as Result.
// SQLite's codes become ours: FULL is Errc::disk_full; CORRUPT and NOTADB are Errc::corrupt; IOERR, CANTOPEN,
// READONLY and PERM are Errc::disk_failed (disk_full when the system said "no space" or "quota"); all others,
// a lock that was not had in time among them, are Errc::database.
// Thread rule: a Database and its Statements belong to one thread at a time; they may move between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace outpost::sqlite {

// Text and blobs are copied when they are bound. A binding that fails is told by the next step().
class Statement {
  public:
    Statement() = default;

    // Parameters count from 1, as SQLite's ?1.
    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, std::uint64_t value) {  // the same 64 bits
        return bind(parameter, static_cast<std::int64_t>(value));
    }
    Statement& bind(int parameter, std::string_view text);
    Statement& bind_blob(int parameter, std::string_view bytes);
    Statement& bind_null(int parameter);

    // True: a row is there. False: at its end, and reset for the next use. An error resets it too.
    Result<bool> step();
    // Steps to the end.
    Result<void> run();
    void reset();

    // Columns count from 0. Views hold until the next step() or reset().
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::uint64_t bits(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    [[nodiscard]] std::string_view text(int column) const;  // of a blob too
    [[nodiscard]] bool is_null(int column) const;

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bind_error_ = 0;
};

class Database {
  public:
    enum class Mode { create, read_only };

    // Waits up to `lock_wait` for a lock that another connection holds.
    static Result<Database> open(const std::filesystem::path& path, Mode mode,
                                 std::chrono::milliseconds lock_wait = std::chrono::seconds{5});

    // Statements without parameters, separated by semicolons; rows are thrown away.
    Result<void> execute(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);
    // The first column of the first row; Errc::database when there is no row.
    Result<std::int64_t> integer(std::string_view sql);
    // Rows that the last statement inserted, changed or deleted.
    [[nodiscard]] std::int64_t changes() const;
    // What SQLite says of the last error, for a person.
    [[nodiscard]] std::string message() const;

  private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> database_;
};

// Rolls back when it dies uncommitted. Its Database outlives it.
class Transaction {
  public:
    // Takes the write lock at once (BEGIN IMMEDIATE).
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_{std::exchange(other.database_, nullptr)} {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

  private:
    explicit Transaction(Database& database) : database_{&database} {}
    Database* database_;
};

}  // namespace outpost::sqlite
