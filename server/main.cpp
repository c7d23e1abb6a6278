#include <CLI/CLI.hpp>

#include "server/commands/commands.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Outpost"};
    app.require_subcommand(1);
    int exit_status = 0;
    outpost::server::add_import(app, exit_status);
    CLI11_PARSE(app, argc, argv);
    return exit_status;
}
