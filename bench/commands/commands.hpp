// The commands of outpost-bench: run, find, compare, report. Exit status: 0 done, 1 something is wrong or the
// objective was not met, 2 the command line was.
#pragma once

namespace outpost::bench {

int run_command_line(int argc, const char* const* argv);

}  // namespace outpost::bench
