// outpost token: keys, and what is made with them. Each subcommand is a file of its own beside this one.
#pragma once

#include <CLI/CLI.hpp>

namespace outpost::server {

void add_token_keygen(CLI::App& token, int& exit_status);
void add_token_mint(CLI::App& token, int& exit_status);
void add_token_show(CLI::App& token, int& exit_status);    // and verify
void add_token_revoke(CLI::App& token, int& exit_status);  // and revocations

}  // namespace outpost::server
