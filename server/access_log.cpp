#include "server/access_log.hpp"

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

constexpr std::size_t hand_over_size = 32 << 10;

void append_member(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append(",\"").append(name).append("\":");
    append_json(out, value);
}

// A moment has as many lines as replies: its text is made once.
std::string_view time_text(WallTime time) {
    thread_local WallTime made_for;
    thread_local std::string text;
    if (text.empty() || made_for != time) {
        made_for = time;
        text = iso_time(time);
    }
    return text;
}

void append_json_line(std::string& out, const AccessRecord& r) {
    out.append(R"({"time":")").append(time_text(r.time)).append(R"(","client":")").append(r.client);
    out += R"(","method":)";
    append_json(out, r.method);
    append_member(out, "path", r.path);
    out += R"(,"protocol":"HTTP/1.)";
    append_number(out, std::int64_t{r.minor_version});
    out += r.tls ? R"(","tls":true,"status":)" : R"(","tls":false,"status":)";
    append_number(out, std::int64_t{r.status});
    out += R"(,"bytes":)";
    append_number(out, r.bytes);
    out += R"(,"duration_us":)";
    append_number(out, std::int64_t{r.duration.count()});
    if (!r.complete) out += R"(,"complete":false)";
    if (!r.cache.empty()) out.append(R"(,"cache":")").append(r.cache).append("\"");
    if (!r.refused.empty()) out.append(R"(,"refused":")").append(r.refused).append("\"");
    append_member(out, "host", r.host);
    append_member(out, "range", r.range);
    append_member(out, "agent", r.user_agent);
    out += "}\n";
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7F) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

// 127.0.0.1 - - [23/Nov/2026:15:21:00 +0000] "GET /vod/… HTTP/1.1" 200 1234 "-" "agent"
void append_combined_line(std::string& out, const AccessRecord& r) {
    const std::string date = http_date(r.time);  // "Sun, 06 Nov 1994 08:49:37 GMT"
    fmt::format_to(std::back_inserter(out), "{} - - [{}/{}/{}:{} +0000] ", r.client, date.substr(5, 2),
                   date.substr(8, 3), date.substr(12, 4), date.substr(17, 8));
    append_quoted(out, fmt::format("{} {} HTTP/1.{}", r.method, r.path, r.minor_version));
    fmt::format_to(std::back_inserter(out), " {} {} \"-\" ", r.status, r.bytes);
    append_quoted(out, r.user_agent.empty() ? "-" : r.user_agent);
    out += '\n';
}

Fd open_log(const std::filesystem::path& path) {
    if (path == "-") return Fd{::dup(STDOUT_FILENO)};
    return Fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)};
}

}  // namespace

void append_record(std::string& out, const AccessRecord& record, AccessFormat format) {
    format == AccessFormat::json ? append_json_line(out, record) : append_combined_line(out, record);
}

void AccessLog::Shard::add(const AccessRecord& record) {
    append_record(lines_, record, log_.options_.format);
    if (lines_.size() >= hand_over_size) hand_over();
}

void AccessLog::Shard::hand_over() {
    if (lines_.empty()) return;
    log_.accept(std::move(lines_));
    lines_ = {};
}

Outcome<std::unique_ptr<AccessLog>> AccessLog::open(AccessLogOptions options) {
    Fd file = open_log(options.path);
    if (!file) {
        return Problem{options.path.string(),
                       fmt::format("the access log can't be opened: {}", std::strerror(errno)),
                       "make its directory, or choose another path in [access_log]"};
    }
    return std::unique_ptr<AccessLog>{new AccessLog{std::move(options), std::move(file)}};
}

AccessLog::AccessLog(AccessLogOptions options, Fd file)
    : options_{std::move(options)}, file_{std::move(file)} {
    if (const auto facts = facts_of(file_)) inode_ = facts->inode;
    thread_ = std::thread{[this] { run(); }};
}

AccessLog::~AccessLog() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void AccessLog::accept(std::string lines) {
    const std::lock_guard lock{mutex_};
    if (waiting_bytes_ + lines.size() > options_.buffer.count()) {
        measures::access_log_dropped.add(
            static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n')));
        return;
    }
    waiting_bytes_ += lines.size();
    waiting_.push_back(std::move(lines));
}

void AccessLog::run() {
    while (true) {
        std::vector<std::string> batch;
        bool last = false;
        {
            std::unique_lock lock{mutex_};
            wake_.wait_for(lock, options_.flush, [this] { return stopping_; });
            batch.swap(waiting_);
            waiting_bytes_ = 0;
            last = stopping_;
        }
        reopen_if_moved();
        for (const std::string& lines : batch) write(lines);
        if (last) return;
    }
}

void AccessLog::write(const std::string& lines) {
    std::string_view left = lines;
    while (!left.empty()) {
        const ssize_t n = ::write(file_.get(), left.data(), left.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            measures::access_log_dropped.add(
                static_cast<std::uint64_t>(std::count(left.begin(), left.end(), '\n')));
            if (!std::exchange(failing_, true)) {
                log::error("{}: the access log can't be written: {}; lines are dropped until it can",
                           options_.path.string(), std::strerror(errno));
            }
            return;
        }
        left.remove_prefix(static_cast<std::size_t>(n));
    }
    if (std::exchange(failing_, false))
        log::info("{}: the access log can be written again", options_.path.string());
}

void AccessLog::reopen_if_moved() {
    if (options_.path == "-") return;
    struct stat now {};
    if (::stat(options_.path.c_str(), &now) == 0 && now.st_ino == inode_) return;
    Fd fresh = open_log(options_.path);
    if (!fresh) return;  // keep writing to the old one
    if (const auto facts = facts_of(fresh)) inode_ = facts->inode;
    file_ = std::move(fresh);
}

}  // namespace outpost::server
