// outpost config: the reference of every option, and of every metric.
#include <fmt/format.h>

#include "base/metrics.hpp"
#include "config/reference.hpp"
#include "server/commands/commands.hpp"

namespace outpost::server {

void add_config(CLI::App& app, int& exit_status) {
    CLI::App* command =
        app.add_subcommand("config", "Print every option with its default, as a file to start from");
    command->add_flag("--markdown")->description("Print docs/configuration.md instead");
    command->add_flag("--metrics")->description("Print docs/metrics.md instead")->excludes("--markdown");
    command->callback([command, &exit_status] {
        if (command->count("--metrics") > 0) {
            fmt::print("{}", metrics::reference_markdown());
        } else {
            const bool markdown = command->count("--markdown") > 0;
            fmt::print("{}", markdown ? config::reference_markdown() : config::reference_toml());
        }
        exit_status = 0;
    });
}

}  // namespace outpost::server
