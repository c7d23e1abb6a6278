#include "server/commands/commands.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::server {

std::string unknown_command(const CLI::App& app, int argc, const char* const* argv) {
    if (argc < 2 || argv[1][0] == '-') return {};
    const std::string_view word = argv[1];
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    if (std::find(names.begin(), names.end(), word) != names.end()) return {};
    const auto near = word.size() > 64 ? std::nullopt : nearest(word, names);
    return fmt::format("there is no command \"{}\"; {}", word.substr(0, 64),
                       near ? fmt::format("did you mean {}?", *near) : "see outpost --help");
}

int run_command_line(CLI::App& app, int& exit_status, int argc, const char* const* argv) {
    if (const std::string wrong = unknown_command(app, argc, argv); !wrong.empty()) {
        fmt::print(stderr, "outpost: {}\n", wrong);
        return 2;
    }
    try {
        app.parse(argc, argv);
        return exit_status;
    } catch (const CLI::Success& wanted) {  // --help and --version
        return app.exit(wanted);
    } catch (const CLI::ParseError& wrong) {
        const auto chosen = app.get_subcommands();
        const std::string command = chosen.empty() ? "outpost" : "outpost " + chosen.front()->get_name();
        fmt::print(stderr, "{}: {}; see {} --help\n", command, wrong.what(), command);
        return 2;
    }
}

}  // namespace outpost::server
