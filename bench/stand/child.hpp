// A program that runs beside us until it is told to end: a server under test, or its origin. In a process
// group of its own, so that ^C in a terminal reaches us alone and we decide; pinned to a core from its first
// instruction. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/result.hpp"

namespace outpost::bench {

// Where `name` is, in PATH and where Debian puts servers, which an ordinary user's PATH leaves out. A Problem
// names `package`, which brings it.
Outcome<std::filesystem::path> find_program(const std::string& name, std::string_view package);

struct ChildPlan {
    std::vector<std::string> words;  // words[0] is a path
    // Another program that belongs to it (what writes Varnish's access log): started first, as a child of
    // what becomes words[0], so that whoever adds up a process and its descendants counts it. Empty: none.
    std::vector<std::string> companion;
    int core = -1;                 // both are pinned to it; -1: not pinned
    std::filesystem::path output;  // what both say is appended to this file
};

class Child {
  public:
    Child() = default;
    // A Problem when the program can't be executed.
    static Outcome<Child> start(const ChildPlan& plan);
    Child(Child&& other) noexcept { *this = std::move(other); }
    Child& operator=(Child&& other) noexcept;
    ~Child() { end(); }

    [[nodiscard]] pid_t pid() const { return pid_; }  // -1 when there is none (any more)
    [[nodiscard]] const std::filesystem::path& output() const { return output_; }
    // To all of its group. Nothing when it has ended.
    void signal(int number) const;
    // Whether it has ended within `timeout`; then it is waited for, and pid() is -1.
    bool ends_within(Milliseconds timeout);
    [[nodiscard]] int exit_status() const { return exit_status_; }  // 128 + signal; once it has ended
    // SIGTERM, and SIGKILL for all of its group after 10 s.
    void end();
    // The end of what it said, for a Problem.
    [[nodiscard]] std::string complaint() const;

  private:
    pid_t pid_ = -1;
    Fd ending_;  // a pidfd: readable once the process has ended
    std::filesystem::path output_;
    int exit_status_ = 0;
};

// Runs a short command the same way, to its end. A Problem when it fails, with what it said.
Outcome<void> run_child(const ChildPlan& plan, Milliseconds timeout);

// A free port of 127.0.0.1 below those that the system gives to connections: thousands of boxes take theirs
// from there, and a connection to a server that is down could meet itself.
Outcome<std::uint16_t> free_port();

// Until it takes connections at the port. A Problem: it has ended, or does not within `timeout`, with what it
// said; or it was called off.
Outcome<void> wait_for_port(Child& child, std::uint16_t port, Milliseconds timeout,
                            const Cancellation& cancellation);

// Until nobody takes connections at the port any more: a group's last process may outlive its first for a
// moment. At most `timeout`.
void wait_until_refused(std::uint16_t port, Milliseconds timeout);

}  // namespace outpost::bench
