// The program: its commands, each in a file of its own in server/commands.
#include "server/commands/commands.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Outpost: packages, protects, caches and delivers HLS and DASH.", "outpost"};
    app.set_version_flag("--version", "outpost " OUTPOST_VERSION);
    app.require_subcommand(1);

    int exit_status = 0;
    outpost::server::add_serve(app, exit_status);
    outpost::server::add_check(app, exit_status);
    outpost::server::add_config(app, exit_status);
    outpost::server::add_import(app, exit_status);
    outpost::server::add_fill(app, exit_status);
    outpost::server::add_purge(app, exit_status);
    outpost::server::add_status(app, exit_status);
    outpost::server::add_token(app, exit_status);
    return outpost::server::run_command_line(app, exit_status, argc, argv);
}
