// What a run came to in words, for the terminal, the page and Markdown alike. Thread rule: pure.
#pragma once

#include <string>

#include "bench/report/result.hpp"

namespace outpost::bench {

// "205 boxes on the couch", "64 requesters": who came.
std::string crowds_in_words(const Scenario& scenario);
std::string failures_in_words(
    const Recording::Totals& totals);                        // "none", "3 timeout, 2 status (404: 1, 503: 1)"
std::string objective_in_words(const Objective& objective);  // what is 0 is none
std::string machine_in_words(const Machine& machine);
std::string capacity_in_words(const Found& found);
double average_rate(const RunResult& run);           // bits a second, of what counted
double cores_used(const RunResult& run);             // on average; 0 when not known
std::string times_in_words(const Histogram& times);  // "p50 1.2 ms, p99 3 ms, p99.9 4 ms, max 5 ms"

}  // namespace outpost::bench
