#include "bench/commands/share.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "bench/commands/progress.hpp"
#include "bench/report/scenario_json.hpp"

namespace outpost::bench {
namespace {

namespace fs = std::filesystem;

constexpr Bytes most_recording{256 << 20};
constexpr std::chrono::seconds grace{20};  // after our own end, for theirs
constexpr int poll_interval = 200;         // ms; a wish to stop is heard within it

// Starts it with its standard output in a pipe, in a process group of its own: ^C reaches us first.
Outcome<std::pair<pid_t, Fd>> spawn(const std::vector<std::string>& words) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Problem{words[0], std::strerror(errno), ""};
    Fd reader{ends[0]}, writer{ends[1]};
    ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    std::vector<std::string> kept = words;
    std::vector<char*> argv;
    for (std::string& word : kept) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t process = 0;
    const int error = ::posix_spawn(&process, argv[0], &actions, &attributes, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) return Problem{words[0], std::strerror(error), ""};
    return std::pair{process, std::move(reader)};
}

std::vector<std::string> words_of(const fs::path& scenario, const fs::path& recording,
                                  const LoadOptions& options, unsigned share) {
    const int core =
        options.first_core < 0 ? -1 : options.first_core + static_cast<int>(share * options.threads);
    std::error_code error;
    return {fs::read_symlink("/proc/self/exe", error).string(),
            "share",
            scenario.string(),
            "--target",
            options.target,
            "--recording",
            recording.string(),
            "--share",
            fmt::format("{}/{}", share, options.shares),
            "--begin",
            fmt::to_string(Nanoseconds{options.begin.time_since_epoch()}.count()),
            "--threads",
            fmt::to_string(options.threads),
            fmt::format("--first-core={}", core),
            fmt::format("--ca={}", options.ca_file),
            fmt::format("--checksums={}", options.checksums)};
}

// --- the other side

struct ShareChoice {
    std::string scenario, share, recording;
    std::int64_t begin = 0;
    LoadOptions options;
};

Outcome<Scenario> read_scenario(const fs::path& path) {
    const auto text = read_file(path, most_recording);
    if (!text) return text.error();
    const auto json = parse_json(*text, 16);
    if (!json) return Problem{path.string(), "is not JSON", ""};
    std::optional<std::string> wrong;
    Scenario scenario = scenario_from_json(Fields{*json, "", wrong});
    if (wrong) return Problem{path.string(), *wrong, ""};
    return scenario;
}

int be_a_share(ShareChoice& choice) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody would merge what we see
    const auto parts = split(choice.share, '/');
    const auto share = parts.size() == 2 ? parse_unsigned(parts[0]) : std::nullopt;
    const auto shares = parts.size() == 2 ? parse_unsigned(parts[1]) : std::nullopt;
    if (!share || !shares || *share >= *shares || *shares > 4096)
        return complain({"--share", "is no i/N", ""});
    choice.options.share = static_cast<unsigned>(*share);
    choice.options.shares = static_cast<unsigned>(*shares);
    choice.options.begin =
        SteadyTime{std::chrono::duration_cast<SteadyTime::duration>(Nanoseconds{choice.begin})};
    const auto scenario = read_scenario(choice.scenario);
    if (!scenario) return complain(scenario.error());
    Cancellation cancellation;
    const SignalsCancel signals{cancellation};
    LoadHooks hooks;
    hooks.progress = [](const LoadProgress& progress) {
        fmt::print("{}\n", told(progress));
        std::fflush(stdout);
    };
    hooks.happening = [](const Event&) {};  // share 0 sees to it
    const auto recording = run_load(*scenario, choice.options, hooks, cancellation);
    if (!recording) return complain(recording.error());
    const auto wrote = write_file_atomically(choice.recording, recording->json());
    return wrote ? 0 : complain(wrote.error());
}

}  // namespace

std::string told(const LoadProgress& progress) {
    return fmt::format("{} {} {} {} {} {} {} {} {} {}", progress.at.count(), progress.of.count(),
                       progress.clients, progress.playing, progress.stalled, progress.stalls,
                       progress.requests, progress.failures,
                       static_cast<std::uint64_t>(progress.megabits * 1000), progress.p99.count());
}

std::optional<LoadProgress> understood(std::string_view line) {
    std::vector<std::uint64_t> numbers;
    for (const std::string_view word : split(line, ' ')) {
        const auto number = parse_unsigned(word);
        if (!number || *number > std::uint64_t{1} << 62) return std::nullopt;
        numbers.push_back(*number);
    }
    if (numbers.size() != 10) return std::nullopt;
    LoadProgress progress;
    progress.at = Milliseconds{numbers[0]};
    progress.of = Milliseconds{numbers[1]};
    progress.clients = numbers[2];
    progress.playing = numbers[3];
    progress.stalled = numbers[4];
    progress.stalls = numbers[5];
    progress.requests = numbers[6];
    progress.failures = numbers[7];
    progress.megabits = static_cast<double>(numbers[8]) / 1000;
    progress.p99 = Nanoseconds{numbers[9]};
    return progress;
}

Outcome<Shares> Shares::start(const Scenario& scenario, const LoadOptions& options,
                              const Cancellation& cancellation) {
    Shares shares{cancellation};
    if (options.shares < 2) return shares;
    auto folder = Folder::make({});
    if (!folder) return folder.error();
    shares.folder_ = std::move(*folder);
    const fs::path file = shares.folder_.path() / "scenario.json";
    if (const auto wrote = write_file_atomically(file, boost::json::serialize(scenario_to_json(scenario)));
        !wrote)
        return wrote.error();
    for (unsigned i = 1; i < options.shares; ++i) {
        Share share;
        share.recording = shares.folder_.path() / fmt::format("recording-{}.json", i);
        auto spawned = spawn(words_of(file, share.recording, options, i));
        if (!spawned) return spawned.error();
        share.process = spawned->first;
        share.output = std::move(spawned->second);
        shares.shares_.push_back(std::move(share));
    }
    return shares;
}

Shares::~Shares() {
    for (Share& share : shares_) {
        if (share.process <= 0) continue;
        ::kill(share.process, SIGKILL);
        ::waitpid(share.process, nullptr, 0);
    }
}

void Shares::take(Share& share) {
    char buffer[4096];
    for (;;) {
        const ssize_t got = ::read(share.output.get(), buffer, sizeof buffer);
        if (got > 0) {
            share.unread.append(buffer, static_cast<std::size_t>(got));
            continue;
        }
        if (got == 0) share.output.close();
        break;
    }
    const std::size_t end = share.unread.rfind('\n');
    if (end == std::string::npos) return;
    const std::size_t before = end == 0 ? std::string::npos : share.unread.rfind('\n', end - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    if (const auto progress = understood(std::string_view{share.unread}.substr(begin, end - begin)))
        share.last = *progress;
    share.unread.erase(0, end + 1);
}

LoadProgress Shares::with(const LoadProgress& own) {
    LoadProgress all = own;
    for (Share& share : shares_) {
        if (share.output) take(share);
        all = together(all, share.last);
    }
    return all;
}

Outcome<void> Shares::wait_for(Share& share, SteadyTime deadline) {
    bool asked = false;
    while (share.output) {
        if (steady_now() > deadline) return Problem{"", "a loading process did not end", ""};
        if (cancellation_->requested() && !std::exchange(asked, true)) ::kill(share.process, SIGTERM);
        pollfd wait{share.output.get(), POLLIN, 0};
        ::poll(&wait, 1, poll_interval);
        take(share);
    }
    int status = 0;
    ::waitpid(share.process, &status, 0);
    share.process = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return Problem{"", "a loading process failed", "see what it said"};
    return {};
}

Outcome<void> Shares::merge_into(Recording& recording) {
    const SteadyTime deadline = steady_now() + grace;
    for (Share& share : shares_) {
        if (const auto ended = wait_for(share, deadline); !ended) return ended.error();
        const auto text = read_file(share.recording, most_recording);
        if (!text) return text.error();
        const auto theirs = Recording::parse(*text, share.recording.string());
        if (!theirs) return theirs.error();
        recording.merge(*theirs);
    }
    return {};
}

void add_share(CLI::App& app, int& exit_status) {
    auto* command = app.add_subcommand("share", "One process of several of a load")->group("");
    const auto choice = std::make_shared<ShareChoice>();
    command->add_option("scenario", choice->scenario)->required();
    command->add_option("--target", choice->options.target)->required();
    command->add_option("--recording", choice->recording)->required();
    command->add_option("--share", choice->share)->required();
    command->add_option("--begin", choice->begin)->required();
    command->add_option("--threads", choice->options.threads);
    command->add_option("--first-core", choice->options.first_core);
    command->add_option("--ca", choice->options.ca_file);
    command->add_option("--checksums", choice->options.checksums);
    command->callback([choice, &exit_status] { exit_status = be_a_share(*choice); });
}

}  // namespace outpost::bench
