// Runs a scenario against a server: boxes and requesters on epoll, in a few threads of this process. Bodies
// are thrown away in the kernel (recv with MSG_TRUNC) on plain TCP, so that one core drives more than a
// server's core can serve. Thread rule: run_load() in any one thread at a time.
#pragma once

#include <functional>
#include <string>

#include "base/process.hpp"
#include "base/result.hpp"
#include "bench/measure/recording.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

struct LoadOptions {
    std::string target;  // http://host:port or https://host:port
    unsigned threads = 1;
    int first_core = -1;  // thread i is pinned to first_core + i; -1: not pinned
    // One of `shares` processes that run the same scenario: takes every client i with i mod shares == share.
    unsigned share = 0, shares = 1;
    std::string ca_file;    // whom TLS trusts; "" trusts anybody (a load test asks for time, not for truth)
    std::string checksums;  // a file, for crowds that verify; "": the target's /checksums.txt
    SteadyTime begin;       // when the scenario's time 0 is; max of it and now
};

// About twice a second while it runs.
struct LoadProgress {
    Milliseconds at{0}, of{0};
    std::uint64_t clients = 0, playing = 0, stalled = 0, stalls = 0, requests = 0, failures = 0;
    double megabits = 0;  // a second, lately
    Nanoseconds p99{0};   // of segment times, lately
};

struct LoadHooks {
    std::function<void(const LoadProgress&)> progress;  // in the calling thread
    std::function<void(const Event&)> happening;        // in the calling thread; may take its time
};

// Until the scenario is over, or cancelled (what there is by then is returned). A Problem: it could not
// begin (target not reachable at all, limits of descriptors, a token key that can't be read).
Outcome<Recording> run_load(const Scenario& scenario, const LoadOptions& options, const LoadHooks& hooks,
                            const Cancellation& cancellation);

}  // namespace outpost::bench
