#include "base/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace outpost {
namespace {

constexpr std::size_t read_at_once = 256 << 10;

struct Pipe {
    Fd reader, writer;
};

Outcome<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return Problem{"", fmt::format("no pipe for a child process: {}", std::strerror(errno)), ""};
    }
    Pipe pipe{Fd{ends[0]}, Fd{ends[1]}};
    ::fcntl(pipe.reader.get(), F_SETPIPE_SZ, 1 << 20);  // fewer wake-ups; a refusal does no harm
    return pipe;
}

// posix_spawn's two objects, freed when they go.
class SpawnPlan {
  public:
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none, usual;
        ::sigemptyset(&none);
        ::sigemptyset(&usual);
        for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::sigaddset(&usual, signal);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &usual);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    void pass(int ours, int theirs) { ::posix_spawn_file_actions_adddup2(&actions_, ours, theirs); }
    void drop(int theirs) { ::posix_spawn_file_actions_addclose(&actions_, theirs); }

    // errno's value, 0 when the child runs.
    int start(const std::vector<std::string>& words, pid_t& pid) {
        std::vector<std::string> copies = words;
        std::vector<char*> argv;
        argv.reserve(words.size() + 1);
        for (std::string& word : copies) argv.push_back(word.data());
        argv.push_back(nullptr);
        return ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), environ);
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

class Child {
  public:
    Child(const Command& command, const Cancellation& cancellation)
        : command_{command}, cancellation_{cancellation} {}

    Outcome<void> start();
    ProcessEnd run();

  private:
    void read_from(std::size_t index);
    void take(std::size_t index, std::string_view bytes);
    void kill_group() { ::kill(-pid_, SIGKILL); }
    [[nodiscard]] bool any_open() const;

    const Command& command_;
    const Cancellation& cancellation_;
    pid_t pid_ = -1;
    std::vector<Fd> readers_;  // the outputs' and, last, descriptor 2's
    std::string buffer_;
    ProcessEnd end_;
};

Outcome<void> Child::start() {
    std::vector<Pipe> pipes;
    for (std::size_t i = 0; i <= command_.outputs.size(); ++i) {
        auto pipe = make_pipe();
        if (!pipe) return pipe.error();
        pipes.push_back(std::move(*pipe));
    }
    // Our ends first go where no dup2 below can overwrite them.
    const int base = static_cast<int>(command_.outputs.size()) + 8;
    SpawnPlan plan;
    for (std::size_t i = 0; i < pipes.size(); ++i) {
        Fd high{::fcntl(pipes[i].writer.get(), F_DUPFD_CLOEXEC, base)};
        if (!high) return Problem{"", "no descriptor for a child process", ""};
        pipes[i].writer = std::move(high);
        const bool errors = i == command_.outputs.size();
        plan.pass(pipes[i].writer.get(), errors ? 2 : i == 0 ? 1 : static_cast<int>(i) + 2);
    }
    if (command_.outputs.empty()) plan.drop(1);
    const int failed = plan.start(command_.words, pid_);
    if (failed != 0) {
        const std::string& name = command_.words.front();
        if (failed == ENOENT) {
            return Problem{
                name, "this program is not installed",
                fmt::format("install it (Debian: apt install {})", name == "ffprobe" ? "ffmpeg" : name)};
        }
        return Problem{name, fmt::format("can't be started: {}", std::strerror(failed)), ""};
    }
    for (Pipe& pipe : pipes) readers_.push_back(std::move(pipe.reader));
    return {};
}

bool Child::any_open() const {
    return std::any_of(readers_.begin(), readers_.end(), [](const Fd& fd) { return bool(fd); });
}

void Child::take(std::size_t index, std::string_view bytes) {
    if (index < command_.outputs.size()) {
        if (end_.stopped_by_sink || end_.cancelled) return;
        if (command_.outputs[index](bytes)) return;
        end_.stopped_by_sink = true;
        kill_group();
        return;
    }
    if (command_.errors && !end_.stopped_by_sink && !command_.errors(bytes)) {
        end_.stopped_by_sink = true;
        kill_group();
    }
    end_.complaint += bytes;
    const std::size_t most = command_.most_kept.count();
    if (end_.complaint.size() > most) end_.complaint.erase(0, end_.complaint.size() - most);
}

void Child::read_from(std::size_t index) {
    buffer_.resize(read_at_once);
    const ssize_t n = ::read(readers_[index].get(), buffer_.data(), buffer_.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) {
        readers_[index].close();
        return;
    }
    take(index, {buffer_.data(), static_cast<std::size_t>(n)});
}

ProcessEnd Child::run() {
    while (any_open()) {
        std::vector<pollfd> waits;
        waits.reserve(readers_.size() + 1);
        for (const Fd& reader : readers_) waits.push_back({reader.get(), POLLIN, 0});
        waits.push_back({end_.cancelled ? -1 : cancellation_.event(), POLLIN, 0});
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) break;
        if (!end_.cancelled && cancellation_.requested()) {
            end_.cancelled = true;
            kill_group();
        }
        for (std::size_t i = 0; i < readers_.size(); ++i) {
            if (waits[i].revents != 0) read_from(i);
        }
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    end_.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (cancellation_.requested()) end_.cancelled = true;
    return std::move(end_);
}

}  // namespace

Cancellation::Cancellation() : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

void Cancellation::request(int reason) noexcept {
    int none = 0;
    reason_.compare_exchange_strong(none, reason == 0 ? 1 : reason);
    const std::uint64_t one = 1;
    const int saved = errno;
    [[maybe_unused]] const ssize_t n = ::write(event_.get(), &one, sizeof one);
    errno = saved;
}

Outcome<ProcessEnd> run_process(const Command& command, const Cancellation& cancellation) {
    if (cancellation.requested()) {
        ProcessEnd end;
        end.cancelled = true;
        return end;
    }
    Child child{command, cancellation};
    if (auto started = child.start(); !started) return started.error();
    return child.run();
}

Outcome<Captured> capture_process(std::vector<std::string> words, Bytes most,
                                  const Cancellation& cancellation) {
    Captured captured;
    Command command;
    command.words = std::move(words);
    command.outputs.push_back([&](std::string_view bytes) {
        captured.too_long = bytes.size() > most.count() - captured.output.size();
        if (captured.too_long) return false;
        captured.output += bytes;
        return true;
    });
    auto end = run_process(command, cancellation);
    if (!end) return end.error();
    captured.end = std::move(*end);
    return captured;
}

}  // namespace outpost
