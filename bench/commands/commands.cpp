#include "bench/commands/commands.hpp"

namespace outpost::bench {

int run_command_line(int, const char* const*) { return 2; }

}  // namespace outpost::bench
