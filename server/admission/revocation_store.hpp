// Revocations that outlive the program: the set that requests look them up in, and a SQLite database beside
// it. What add() has returned well for is on the disk, so that it is in force again after a kill or a power
// cut.
//
// A disk that fails takes no revocation back: it is in force as long as the program runs, add() and
// why_not_ready() say that it would not survive a restart, and it is written again and again until that
// works.
//
// Thread rule: add() and forget_expired() from any thread that may wait for a disk (no worker's); the rest
// from any. A thread of the store's own forgets what has expired, once a second.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auth/revocations.hpp"
#include "base/sqlite.hpp"
#include "server/admission/ticker.hpp"

namespace outpost::server {

struct RevocationStoreOptions {
    std::filesystem::path directory;  // made when it is missing; empty: nothing is kept
    Milliseconds sweep_interval{1000};
};

class RevocationStore {
  public:
    struct Counts {
        std::size_t added = 0, known = 0, full = 0;
    };

    // Puts into force what was kept. A Problem when the database can't be used; one that is broken is not
    // replaced, as what it held would be forgotten without anybody being told. `set` outlives the store.
    static Outcome<std::unique_ptr<RevocationStore>> open(const RevocationStoreOptions& options,
                                                          auth::Revocations& set);
    ~RevocationStore();
    RevocationStore(const RevocationStore&) = delete;
    RevocationStore& operator=(const RevocationStore&) = delete;

    // In force and on the disk when it returns, all of them in one write. With a Problem they are in force,
    // but not on the disk. `full`: so many are not in force, as there are too many already.
    Outcome<Counts> add(std::span<const auth::Revocation> revocations);
    Outcome<Counts> add(const auth::Revocation& revocation) { return add({&revocation, 1}); }
    void forget_expired(WallTime now);

    // What is wrong, for /readyz; "" when nothing is.
    [[nodiscard]] std::string why_not_ready() const;
    void stop() { sweeper_.reset(); }

  private:
    RevocationStore(std::filesystem::path path, auth::Revocations& set);
    Outcome<void> prepare();
    Result<void> load(WallTime now);
    Result<void> write(WallTime now);
    Outcome<void> save(WallTime now);
    [[nodiscard]] Problem problem(const boost::system::error_code& error) const;

    const std::filesystem::path path_;  // of the database; empty: there is none
    auth::Revocations& set_;

    mutable std::mutex mutex_;  // for what follows, up to the thread
    std::optional<sqlite::Database> database_;
    sqlite::Statement insert_, remove_;
    std::vector<auth::Revocation> unsaved_;
    bool has_expired_rows_ = false;
    std::string why_;  // the last write failed

    std::unique_ptr<Ticker> sweeper_;  // last: it uses all of the above
};

}  // namespace outpost::server
