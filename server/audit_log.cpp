#include "server/audit_log.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "server/measures.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t most_path = 256;
constexpr std::size_t most_what = 1024;
constexpr std::uint32_t refusals_a_second = 10;
constexpr std::size_t most_waiting = 1024;

boost::system::error_code system_error() { return {errno, boost::system::system_category()}; }

void append_text(std::string& out, std::string_view name, std::string_view text, std::size_t most) {
    out.append(",\"").append(name).append("\":");
    if (text.size() <= most) return append_json(out, text);
    append_json(out, std::string{text.substr(0, most)} + "…");
}

// A new file is found after a power cut only when its directory knows it.
void sync_directory_of(const std::filesystem::path& path) {
    const auto parent = path.parent_path();
    const Fd directory{::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory) ::fsync(directory.get());
}

Fd open_log(const std::filesystem::path& path) {
    if (path == "-") return Fd{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)};
    Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)};
    if (file) sync_directory_of(path);
    return file;
}

struct WriteLine {
    AuditLog* log;
    const std::string* line;
    boost::system::error_code operator()() const { return log->write(*line); }
};

}  // namespace

void append_audit(std::string& out, const AuditRecord& r) {
    fmt::format_to(std::back_inserter(out), R"({{"time":"{}")", iso_time(r.time));
    append_text(out, "account", r.account, most_path);
    append_text(out, "role", r.role, most_path);
    append_text(out, "client", r.client, most_path);
    append_text(out, "method", r.method, most_path);
    append_text(out, "path", r.path, most_path);
    append_text(out, "what", r.what, most_what);
    fmt::format_to(std::back_inserter(out), R"(,"status":{})", r.status);
    if (r.left_out > 0) fmt::format_to(std::back_inserter(out), R"(,"left_out":{})", r.left_out);
    out += "}\n";
}

bool RefusalLines::take(WallTime now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    if (second != second_) {
        second_ = second;
        taken_ = 0;
    }
    if (taken_ < most_) {
        ++taken_;
        return true;
    }
    ++left_out_;
    return false;
}

Outcome<std::unique_ptr<AuditLog>> AuditLog::open(std::filesystem::path path) {
    Fd file = open_log(path);
    if (!file) {
        return Problem{path.string(), fmt::format("the audit log can't be opened: {}", std::strerror(errno)),
                       "make its directory, or choose another audit_log in [admin]"};
    }
    return std::unique_ptr<AuditLog>{new AuditLog{std::move(path), std::move(file)}};
}

AuditLog::AuditLog(std::filesystem::path path, Fd file)
    : path_{std::move(path)}, file_{std::move(file)}, refusals_{refusals_a_second}, writer_{1, most_waiting} {
    note_identity();
}

void AuditLog::note_identity() {
    struct stat now {};
    if (::fstat(file_.get(), &now) != 0) return;
    device_ = now.st_dev;
    inode_ = now.st_ino;
}

bool AuditLog::has_room_for_refusal(WallTime now) {
    const std::lock_guard lock{refusals_mutex_};
    return refusals_.take(now);
}

Task<void> AuditLog::keep(AuditRecord record) {
    {
        const std::lock_guard lock{refusals_mutex_};
        record.left_out = refusals_.left_out();
    }
    std::string line;
    append_audit(line, record);
    const WriteLine work{this, &line};
    const auto error = co_await writer_.run(work);
    if (!error) co_return;
    measures::audit_log_failed.add();
    line.pop_back();
    log::error("{}: the audit log can't be written: {}; the line: {}", path_.string(), error.message(), line);
}

boost::system::error_code AuditLog::write(const std::string& line) {
    const std::lock_guard lock{mutex_};
    reopen_if_moved();
    const std::string whole = torn_ ? "\n" + line : line;  // a line in one write, so that none runs into it
    ssize_t n = 0;
    do {
        n = ::write(file_.get(), whole.data(), whole.size());
    } while (n < 0 && errno == EINTR);
    if (n < 0) return system_error();
    torn_ = static_cast<std::size_t>(n) < whole.size();
    if (torn_) return {ENOSPC, boost::system::system_category()};
    // Pipes and terminals have nothing to flush.
    if (path_ != "-" && ::fdatasync(file_.get()) != 0 && errno != EINVAL) return system_error();
    return {};
}

void AuditLog::reopen_if_moved() {
    if (path_ == "-") return;
    struct stat now {};
    if (::stat(path_.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_) return;
    Fd fresh = open_log(path_);
    if (!fresh) return;  // keep writing to the old one
    file_ = std::move(fresh);
    torn_ = false;
    note_identity();
}

}  // namespace outpost::server
