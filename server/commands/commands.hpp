// The program's commands: each adds itself to the command line and, when it is the one that was typed, runs
// and leaves its exit status. Thread rule: main thread.
#pragma once

namespace CLI {
class App;
}

namespace outpost::server {

// Exit status: 0 done, 1 a problem (one line on standard error), 128 + signal when it was interrupted.
void add_import(CLI::App& app, int& exit_status);

}  // namespace outpost::server
