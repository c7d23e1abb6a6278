// The floor's server; its stand starts it.
#include "bench/commands/shared.hpp"
#include "bench/stand/floor_server.hpp"

namespace outpost::bench {

void add_floor(CLI::App& app, int& exit_status) {
    struct Choice {
        std::string root;
        std::uint16_t port = 0;
    };
    auto* command = app.add_subcommand("floor", "Serve files at the least cost there is")->group("");
    const auto choice = std::make_shared<Choice>();
    command->add_option("--root", choice->root)->required();
    command->add_option("--port", choice->port)->required();
    command->callback([choice, &exit_status] { exit_status = serve_floor(choice->root, choice->port); });
}

}  // namespace outpost::bench
