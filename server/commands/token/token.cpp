#include "server/commands/token/token.hpp"

#include "server/commands/commands.hpp"

namespace outpost::server {

void add_token(CLI::App& app, int& exit_status) {
    CLI::App* command =
        app.add_subcommand("token", "Make, explain and revoke tokens, and the keys that sign them");
    command->require_subcommand(1);
    add_token_keygen(*command, exit_status);
    add_token_mint(*command, exit_status);
    add_token_show(*command, exit_status);
    add_token_revoke(*command, exit_status);
}

}  // namespace outpost::server
