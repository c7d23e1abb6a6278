#include "bench/stand/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/dial.hpp"
#include "base/text.hpp"

extern char** environ;

namespace outpost::bench {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds patience_at_end{10'000};
constexpr std::size_t most_complaint = 2000;

// argv, made before the fork: after it nothing may be allocated.
class Arguments {
  public:
    explicit Arguments(const std::vector<std::string>& words) : words_{words} {
        for (std::string& word : words_) pointers_.push_back(word.data());
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] bool empty() const { return words_.empty(); }
    [[nodiscard]] char* const* get() { return pointers_.data(); }

  private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
};

// What we have changed of signals does not go on to the child.
void usual_signals() {
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD}) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// In the child, from fork to exec: only what POSIX allows there, for other threads may hold any lock.
[[noreturn]] void become(Arguments& main, Arguments& companion, int core, int output, int errors) {
    ::setpgid(0, 0);
    usual_signals();
    if (core >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<unsigned>(core), &set);
        ::sched_setaffinity(0, sizeof set, &set);
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    if (nothing > 2) ::close(nothing);
    if (!companion.empty() && ::fork() == 0) {
        ::execve(companion.get()[0], companion.get(), environ);
        ::_exit(127);
    }
    ::execve(main.get()[0], main.get(), environ);
    const int why = errno;
    [[maybe_unused]] const ssize_t n = ::write(errors, &why, sizeof why);
    ::_exit(127);
}

}  // namespace

Outcome<fs::path> find_program(const std::string& name, std::string_view package) {
    const char* path = ::getenv("PATH");
    const std::string all = fmt::format("{}:/usr/sbin:/usr/local/sbin:/sbin", path == nullptr ? "" : path);
    for (const std::string_view directory : split(all, ':')) {
        const fs::path file = fs::path{directory} / name;
        if (file.is_absolute() && ::access(file.c_str(), X_OK) == 0) return file;
    }
    return Problem{name, "this program is not installed",
                   fmt::format("install it (Debian: apt install {})", package)};
}

Outcome<Child> Child::start(const ChildPlan& plan) {
    Arguments main{plan.words}, companion{plan.companion};
    const Fd output{::open(plan.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    std::array<int, 2> ends{};
    if (!output || ::pipe2(ends.data(), O_CLOEXEC) != 0)
        return Problem{plan.output.string(), fmt::format("can't be opened: {}", std::strerror(errno)), ""};
    const Fd reader{ends[0]};
    Fd writer{ends[1]};
    const pid_t pid = ::fork();
    if (pid == 0) become(main, companion, plan.core, output.get(), writer.get());
    if (pid < 0)
        return Problem{plan.words.front(), fmt::format("can't be started: {}", std::strerror(errno)), ""};
    ::setpgid(pid, pid);  // by whoever comes first
    writer.close();
    Child child;
    child.pid_ = pid;
    child.output_ = plan.output;
    child.ending_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    int why = 0;
    ssize_t n = 0;
    do n = ::read(reader.get(), &why, sizeof why);
    while (n < 0 && errno == EINTR);
    if (n == sizeof why)
        return Problem{plan.words.front(), fmt::format("can't be started: {}", std::strerror(why)), ""};
    return child;
}

Child& Child::operator=(Child&& other) noexcept {
    if (this == &other) return *this;
    end();
    pid_ = std::exchange(other.pid_, -1);
    ending_ = std::move(other.ending_);
    output_ = std::move(other.output_);
    exit_status_ = other.exit_status_;
    return *this;
}

void Child::signal(int number) const {
    if (pid_ > 0) ::kill(-pid_, number);
}

bool Child::ends_within(Milliseconds timeout) {
    if (pid_ <= 0) return true;
    wait_for_socket(ending_.get(), POLLIN, steady_now() + timeout, Cancellation{});
    siginfo_t ended{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        ended.si_pid == 0)
        return false;
    ::kill(-pid_, SIGKILL);  // what it may have left of its group, while the number is still its own
    int status = 0;
    ::waitpid(pid_, &status, 0);
    exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    pid_ = -1;
    ending_.close();
    return true;
}

void Child::end() {
    if (pid_ <= 0) return;
    signal(SIGTERM);
    signal(SIGCONT);  // a stopped one hears nothing
    if (ends_within(patience_at_end)) return;
    signal(SIGKILL);
    ends_within(patience_at_end);
}

std::string Child::complaint() const {
    const auto text = read_file(output_, 64_MiB);
    if (!text) return {};
    std::string_view end = *text;
    end.remove_prefix(end.size() - std::min(end.size(), most_complaint));
    while (end.ends_with('\n')) end.remove_suffix(1);
    return std::string{end};
}

Outcome<void> run_child(const ChildPlan& plan, Milliseconds timeout) {
    auto child = Child::start(plan);
    if (!child) return child.error();
    if (!child->ends_within(timeout))
        return Problem{plan.words.front(), fmt::format("did not end within {}", to_text(timeout)), ""};
    if (child->exit_status() == 0) return {};
    return Problem{plan.words.front(),
                   fmt::format("ended with status {}: {}", child->exit_status(), child->complaint()), ""};
}

Outcome<std::uint16_t> free_port() {
    constexpr std::uint16_t first = 12'000, count = 20'000;
    std::random_device random;
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto port = static_cast<std::uint16_t>(first + random() % count);
        const Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return port;
    }
    return Problem{"127.0.0.1", "no port is free", ""};
}

Outcome<void> wait_for_port(Child& child, std::uint16_t port, Milliseconds timeout,
                            const Cancellation& cancellation) {
    const SteadyTime deadline = steady_now() + timeout;
    const auto problem = [&](std::string_view what) {
        return Problem{child.output().string(), fmt::format("{}; it said: {}", what, child.complaint()), ""};
    };
    while (!cancellation.requested()) {
        if (dial("127.0.0.1", port, Milliseconds{1000}, cancellation)) return {};
        if (child.ends_within(Milliseconds{20}))  // the pause between two attempts
            return problem(fmt::format("the server ended with status {}", child.exit_status()));
        if (steady_now() >= deadline)
            return problem(fmt::format("the server takes no connections at port {}", port));
    }
    return Problem{"", "called off", ""};
}

void wait_until_refused(std::uint16_t port, Milliseconds timeout) {
    const Cancellation never;
    const SteadyTime deadline = steady_now() + timeout;
    while (dial("127.0.0.1", port, timeout, never) && steady_now() < deadline) ::poll(nullptr, 0, 1);
}

}  // namespace outpost::bench
