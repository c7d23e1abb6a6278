// The commands of the program. Each add_…() adds one to the command line; when it is the one that was typed
// it runs while the line is parsed and sets `exit_status`: 0 done, 1 something is wrong, 2 the command line
// itself was.
#pragma once

#include <CLI/CLI.hpp>

namespace outpost::server {

void add_check(CLI::App& app, int& exit_status);
void add_config(CLI::App& app, int& exit_status);
void add_fill(CLI::App& app, int& exit_status);
void add_import(CLI::App& app, int& exit_status);
void add_purge(CLI::App& app, int& exit_status);
void add_serve(CLI::App& app, int& exit_status);
void add_status(CLI::App& app, int& exit_status);
void add_token(CLI::App& app, int& exit_status);

// Parses what was typed, with all commands added to `app`, and returns the exit status. A line that can't be
// parsed is answered with one line on standard error that says what to do.
int run_command_line(CLI::App& app, int& exit_status, int argc, const char* const* argv);

// What is wrong with a command line whose first word is no command; "" when it is one or there is none.
std::string unknown_command(const CLI::App& app, int argc, const char* const* argv);

}  // namespace outpost::server
