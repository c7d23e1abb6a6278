// A redis-server of a test's own: on a free port of the loopback, with its data in a directory that goes with
// it. Thread rule: one thread.
#pragma once

#include <arpa/inet.h>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/process.hpp"
#include "base/redis/connection.hpp"

namespace outpost::test {

constexpr std::chrono::seconds patience{10};  // more than anything here takes; a wait this long is a failure

struct ScratchDirectory {
    std::filesystem::path path;
    ScratchDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "outpost-redis-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    ~ScratchDirectory() { std::filesystem::remove_all(path); }
};

inline std::uint16_t free_port() {
    const Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket.get(), generic, size) == 0);
    REQUIRE(::getsockname(socket.get(), generic, &size) == 0);
    return ntohs(address.sin_port);
}

class RedisServer {
  public:
    // Its data outlives kill() when `durable`. `password` is the default user's; "" is none.
    explicit RedisServer(bool durable, std::string password = "")
        : durable_{durable}, password_{std::move(password)}, port_{free_port()} {
        start();
    }
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;
    ~RedisServer() { kill(); }

    [[nodiscard]] redis::RedisAddress address() const { return {"127.0.0.1", port_, "", password_, 0}; }
    [[nodiscard]] std::string url() const { return address().text(); }

    void kill() {
        if (!child_.joinable()) return;
        cancellation_->request(1);
        child_.join();
    }

    // Returns once it answers.
    void start() {
        cancellation_ = std::make_unique<Cancellation>();
        ready_ = ended_ = false;
        output_.clear();
        child_ = std::thread{[this] { run(); }};
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, patience, [this] { return ready_ || ended_; });
        REQUIRE_MESSAGE(ready_, "redis-server does not run (Debian: apt install redis-server): " << output_);
    }

    redis::RedisReply command(std::vector<std::string_view> words) {
        const Cancellation never;
        auto connection = redis::RedisConnection::open(address(), Milliseconds{patience}, never);
        REQUIRE_MESSAGE(connection.has_value(), connection.error().line());
        const auto reply = connection->command(words, Milliseconds{patience});
        REQUIRE_MESSAGE(reply.has_value(), reply.error().line());
        return *reply;
    }

  private:
    void run() {
        Command command;
        // It must not outlive a test that crashes.
        command.words = {
            "setpriv",       "--pdeathsig",
            "KILL",          "redis-server",
            "--bind",        "127.0.0.1",
            "--port",        std::to_string(port_),
            "--dir",         directory_.path.string(),
            "--save",        "",
            "--appendonly",  durable_ ? "yes" : "no",
            "--appendfsync", "always"};  // "everysec" may lose what it has confirmed when it is killed
        if (!password_.empty()) command.words.insert(command.words.end(), {"--requirepass", password_});
        command.outputs.push_back([this](std::string_view bytes) {
            const std::lock_guard lock{mutex_};
            output_ += bytes;
            ready_ = ready_ || output_.find("Ready to accept connections") != std::string::npos;
            changed_.notify_all();
            return true;
        });
        const auto end = run_process(command, *cancellation_);
        const std::lock_guard lock{mutex_};
        output_ += end ? end->complaint : end.error().line();
        ended_ = true;
        changed_.notify_all();
    }

    bool durable_;
    std::string password_;
    std::uint16_t port_;
    ScratchDirectory directory_;
    std::unique_ptr<Cancellation> cancellation_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string output_;
    bool ready_ = false, ended_ = false;
    std::thread child_;
};

}  // namespace outpost::test
