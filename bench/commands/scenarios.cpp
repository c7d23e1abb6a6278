// The reference of scenario files, as docs/bench-scenarios.md has it.
#include <fmt/format.h>

#include "bench/commands/shared.hpp"
#include "bench/scenario/read.hpp"

namespace outpost::bench {

void add_scenarios(CLI::App& app, int& exit_status) {
    auto* command = app.add_subcommand("scenarios", "Print what a scenario file may say, as Markdown");
    command->callback([&exit_status] {
        fmt::print("{}", scenario_reference());
        exit_status = 0;
    });
}

}  // namespace outpost::bench
