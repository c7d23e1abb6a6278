// One line per reply, off the hot path: a worker appends to its own buffer, a thread of the log's own writes.
// When the disk can't keep up, lines are dropped and counted; a request never waits for its log line.
// A log moved away (logrotate) is noticed and opened anew within a second.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::server {

struct AccessRecord {
    WallTime time;
    std::string_view client, method, path, host, range,
        user_agent;  // path without its query: it may hold a token
    int minor_version = 1;
    int status = 0;
    std::uint64_t bytes = 0;  // of the body, that went out
    std::chrono::microseconds duration{0};
    bool tls = false;
    bool complete = true;
    std::string_view cache;    // how the edge came by it; empty when it was not the edge
    std::string_view refused;  // why it was not let through; empty when it was
};

enum class AccessFormat { json, combined };
void append_record(std::string& out, const AccessRecord& record, AccessFormat format);

struct AccessLogOptions {
    std::filesystem::path path;  // "-" for standard output
    AccessFormat format = AccessFormat::json;
    Bytes buffer{8 << 20};  // most bytes that wait to be written
    Milliseconds flush{1000};
};

class AccessLog {
  public:
    // A worker's buffer. Thread rule: its worker's thread.
    class Shard {
      public:
        explicit Shard(AccessLog& log) : log_{log} {}
        ~Shard() { hand_over(); }
        void add(const AccessRecord& record);
        void hand_over();

      private:
        AccessLog& log_;
        std::string lines_;
    };

    static Outcome<std::unique_ptr<AccessLog>> open(AccessLogOptions options);
    ~AccessLog();

  private:
    AccessLog(AccessLogOptions options, Fd file);
    void accept(std::string lines);
    void run();
    void write(const std::string& lines);
    void reopen_if_moved();

    AccessLogOptions options_;
    Fd file_;
    std::uint64_t inode_ = 0;
    bool failing_ = false;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::string> waiting_;
    std::uint64_t waiting_bytes_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace outpost::server
