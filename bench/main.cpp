// outpost-bench: how many boxes a server can serve, and what they see.
#include "bench/commands/commands.hpp"

int main(int argc, char** argv) { return outpost::bench::run_command_line(argc, argv); }
