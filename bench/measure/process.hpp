// What a server costs, read from /proc: steadier than throughput on a machine that others share.
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/units.hpp"

namespace outpost::bench {

struct ProcessCost {
    double cpu_seconds = 0;  // user and system, of the process, its threads and its living descendants
    std::uint64_t rss = 0;   // bytes of memory of its own: RssAnon, summed over descendants
    std::uint64_t threads = 0, descriptors = 0;
    std::uint64_t read_bytes = 0;  // from disks
};
// Of a process and its descendants; zeros when it has gone. CPU time comes from /proc/PID/task/*/schedstat
// (nanoseconds) where the kernel has it, else from stat (ticks).
ProcessCost cost_of(pid_t process);

struct Machine {
    std::string processor, kernel, memory, system;
    unsigned cores = 0;
    bool kernel_tls = false;
};
Machine this_machine();
// "nginx/1.22.1", from what the program says of itself; "" when it is not there.
std::string version_of(const std::string& program);

}  // namespace outpost::bench
