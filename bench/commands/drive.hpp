// One load against one server, by this process and, when asked, others beside it; the server's cost measured
// meanwhile. Thread rule: the main thread.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "bench/commands/progress.hpp"
#include "bench/commands/shared.hpp"

namespace outpost::bench {

struct DriveOptions {
    unsigned threads = 1;
    unsigned processes = 1;
    int first_core = -1;  // process p's thread t is pinned to first_core + p·threads + t; -1: not pinned
    std::string ca_file;
};
void add_drive_options(CLI::App& command, DriveOptions& options);

// Until it is over or cancelled; what there is by then is returned.
Outcome<RunResult> drive(const Scenario& scenario, const Server& server, const DriveOptions& options,
                         ProgressLine& progress, const Cancellation& cancellation);

}  // namespace outpost::bench
