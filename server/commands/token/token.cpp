#include "server/commands/token/token.hpp"

#include <fmt/format.h>

#include "server/commands/commands.hpp"
#include "server/commands/token/account.hpp"

namespace outpost::server {
namespace {

int run_keygen(const AccountWords& words) {
    const auto made = make_account(words);
    if (!made) {
        fmt::print(stderr, "outpost: {}\n", made.error().line());
        return 1;
    }
    fmt::print("{}", *made);
    return 0;
}

}  // namespace

void add_token_keygen(CLI::App& token, int& exit_status) {
    auto words = std::make_shared<AccountWords>();
    CLI::App* command = token.add_subcommand("keygen", "Make a key");
    command->add_option("--account", words->name, "For an account of the admin API, of this name")
        ->required()
        ->type_name("NAME");
    command->add_option("--role", words->role, "viewer, operator or administrator")->capture_default_str();
    command->add_option("--out", words->out, "A new file for the key, which only its owner may read")
        ->type_name("FILE");
    command->callback([words, &exit_status] { exit_status = run_keygen(*words); });
}

void add_token(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("token", "Make keys");
    command->require_subcommand(1);
    add_token_keygen(*command, exit_status);
}

}  // namespace outpost::server
