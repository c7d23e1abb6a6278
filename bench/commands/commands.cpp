#include "bench/commands/commands.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bench/commands/shared.hpp"

namespace outpost::bench {
namespace {

// As it may be typed again: words that a shell would take apart are quoted.
std::string as_typed(int argc, const char* const* argv) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%";
    std::string line = "outpost-bench";
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        line += ' ';
        if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) {
            line += word;
            continue;
        }
        line += '\'';
        for (const char c : word) {
            if (c == '\'')
                line += "'\\''";
            else
                line += c;
        }
        line += '\'';
    }
    return line;
}

std::string unknown_command(const CLI::App& app, int argc, const char* const* argv) {
    if (argc < 2 || argv[1][0] == '-') return {};
    const std::string_view word = argv[1];
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) {
        if (command->get_name() == word) return {};
        if (!command->get_group().empty()) names.push_back(command->get_name());
    }
    const auto near = word.size() > 64 ? std::nullopt : nearest(word, names);
    return fmt::format("there is no command \"{}\"; {}", word.substr(0, 64),
                       near ? fmt::format("did you mean {}?", *near) : "see outpost-bench --help");
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
    CLI::App app{"outpost-bench: how many boxes a server can serve, and what they see.", "outpost-bench"};
    app.set_version_flag("--version", "outpost-bench " OUTPOST_VERSION);
    app.require_subcommand(1);
    int exit_status = 0;
    const std::string typed = as_typed(argc, argv);
    add_run(app, exit_status, typed);
    add_find(app, exit_status, typed);
    add_compare(app, exit_status, typed);
    add_report(app, exit_status);
    add_scenarios(app, exit_status);
    add_share(app, exit_status);
    add_floor(app, exit_status);
    if (const std::string wrong = unknown_command(app, argc, argv); !wrong.empty()) {
        fmt::print(stderr, "outpost-bench: {}\n", wrong);
        return 2;
    }
    try {
        app.parse(argc, argv);
        return exit_status;
    } catch (const CLI::Success& wanted) {  // --help and --version
        return app.exit(wanted);
    } catch (const CLI::ParseError& wrong) {
        const auto chosen = app.get_subcommands();
        const std::string command =
            chosen.empty() ? "outpost-bench" : "outpost-bench " + chosen.front()->get_name();
        fmt::print(stderr, "{}: {}; see {} --help\n", command, wrong.what(), command);
        return 2;
    }
}

}  // namespace outpost::bench
