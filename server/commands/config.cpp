// outpost config: the reference of every option.
#include <fmt/format.h>

#include "config/reference.hpp"
#include "server/commands/commands.hpp"

namespace outpost::server {

void add_config(CLI::App& app, int& exit_status) {
    CLI::App* command =
        app.add_subcommand("config", "Print every option with its default, as a file to start from");
    command->add_flag("--markdown")->description("Print docs/configuration.md instead");
    command->callback([command, &exit_status] {
        const bool markdown = command->count("--markdown") > 0;
        fmt::print("{}", markdown ? config::reference_markdown() : config::reference_toml());
        exit_status = 0;
    });
}

}  // namespace outpost::server
