// A line for each change that somebody asked of the admin API, done or refused: who, from where, what, and
// what came of it. It is on disk before the change is answered. A log moved away (logrotate) is noticed at
// the next line. Thread rule: any thread; destroyed when nobody waits for a line any more.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace outpost::server {

struct AuditRecord {
    WallTime time;
    std::string account = "-", role = "-";  // "-": without a key, or with one that is nobody's
    std::string client, method, path;       // path without its query: it may hold a token
    std::string what;                       // in words
    int status = 0;                         // that it was answered with
    std::uint64_t left_out = 0;             // refusals before it that got no line
};
// One line of JSON. Its texts are cut to lengths that keep it within a few KiB.
void append_audit(std::string& out, const AuditRecord& record);

// How many refusals of strangers get a line: so many a second, lest who has no key fills the disk.
// Thread rule: one thread.
class RefusalLines {
  public:
    explicit RefusalLines(std::uint32_t most_a_second) : most_{most_a_second} {}
    bool take(WallTime now);
    // Those that got none since this was asked last.
    std::uint64_t left_out() { return std::exchange(left_out_, 0); }

  private:
    std::uint32_t most_, taken_ = 0;
    std::chrono::seconds second_{0};
    std::uint64_t left_out_ = 0;
};

class AuditLog {
  public:
    // "-" is standard error.
    static Outcome<std::unique_ptr<AuditLog>> open(std::filesystem::path path);

    // Resumes when the line is on disk. What can't be written goes to the program's log instead: a full disk
    // must not keep anybody from purging.
    Task<void> keep(AuditRecord record);
    // Whether a refusal of somebody unknown gets a line too.
    bool has_room_for_refusal(WallTime now);

    // Writes and flushes it; waits for the disk.
    boost::system::error_code write(const std::string& line);

  private:
    AuditLog(std::filesystem::path path, Fd file);
    void reopen_if_moved();
    void note_identity();

    std::filesystem::path path_;
    std::mutex mutex_;  // of the file
    Fd file_;
    std::uint64_t device_ = 0, inode_ = 0;
    bool torn_ = false;  // the last line ends in the middle
    std::mutex refusals_mutex_;
    RefusalLines refusals_;
    BlockingPool writer_;
};

}  // namespace outpost::server
