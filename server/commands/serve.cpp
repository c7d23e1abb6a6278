// outpost serve: a node, until it is told to stop.
#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <thread>

#include <fmt/format.h>

#include "base/log.hpp"
#include "config/load.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/demo.hpp"
#include "server/commands/ports.hpp"
#include "server/node.hpp"

namespace outpost::server {
namespace {

log::Level level_of(config::LogLevel level) {
    switch (level) {
        case config::LogLevel::debug: return log::Level::debug;
        case config::LogLevel::info: return log::Level::info;
        case config::LogLevel::warning: return log::Level::warning;
        case config::LogLevel::error: return log::Level::error;
    }
    return log::Level::info;
}

// A connection takes a descriptor; the soft limit is often far below what the system allows.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t signals_of_ours() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, signal);
    return set;
}

// SIGHUP reads the certificates again; SIGTERM and ^C drain, and a second one of them does not wait for the
// rest.
void run_until_told(Node& node, const sigset_t& signals) {
    int signal = 0;
    while (::sigwait(&signals, &signal) == 0 && signal == SIGHUP) node.reload();
    log::info("stopping: replies under way are finished first");
    std::atomic<bool> drained{false};
    std::thread drainer{[&] {
        node.drain();
        drained = true;
        ::kill(::getpid(), SIGHUP);  // wakes the wait below
    }};
    while (!drained && ::sigwait(&signals, &signal) == 0) {
        if (signal != SIGHUP) node.hurry();
    }
    drainer.join();
}

// Says who holds each address that is taken, with its line in the file.
bool ports_are_free(const config::Settings& settings, const std::filesystem::path& file) {
    bool all = true;
    const auto look = [&](const config::Option<config::Address>& option) {
        const auto taken = try_port(option());
        if (!taken) return;
        all = false;
        fmt::print(stderr, "{}\n", problem_of(*taken, option, file).line());
    };
    for (const config::ListenOptions& listen : settings.listen) look(listen.address);
    look(settings.admin.address);
    return all;
}

int serve(const std::filesystem::path& file) {
    const config::Loaded loaded = config::load(file);
    for (const Problem& problem : loaded.problems) fmt::print(stderr, "{}\n", problem.line());
    if (!loaded || !ports_are_free(*loaded.settings, file)) return 1;
    log::set_level(level_of(loaded.settings->log.level()));
    raise_file_limit();
    ::signal(SIGPIPE, SIG_IGN);
    const sigset_t signals = signals_of_ours();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread exists, so that all inherit it

    auto node = Node::start(*loaded.settings);
    if (!node) {
        fmt::print(stderr, "{}\n", node.error().line());
        return 1;
    }
    for (const std::string& address : (*node)->addresses()) log::info("listening on {}", address);
    run_until_told(**node, signals);
    node->reset();
    log::info("stopped");
    return 0;
}

}  // namespace

void add_serve(CLI::App& app, int& exit_status) {
    CLI::App* command =
        app.add_subcommand("serve", "Runs a node; the configuration's sections decide its role.");
    auto file = std::make_shared<std::string>();
    auto demo = std::make_shared<std::string>();
    CLI::Option* config = command->add_option("--config", *file, "Configuration file (see outpost config).");
    command
        ->add_option("--demo", *demo,
                     "A node to try out in this directory: writes a configuration, a library and a "
                     "self-signed certificate "
                     "there if they are missing.")
        ->excludes(config);
    command->callback([file, demo, &exit_status] {
        if (!demo->empty()) {
            const auto prepared = prepare_demo(*demo);
            if (!prepared) {
                fmt::print(stderr, "{}\n", prepared.error().line());
                exit_status = 1;
                return;
            }
            *file = prepared->string();
        }
        if (file->empty()) throw CLI::RequiredError{"--config"};
        exit_status = serve(*file);
    });
}

}  // namespace outpost::server
