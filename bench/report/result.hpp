// A finished run, a search or a comparison, as it is kept in JSON and shown on a page. Never without the
// machine and the versions. Thread rule: values; pure functions.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "bench/measure/process.hpp"
#include "bench/measure/recording.hpp"
#include "bench/scenario/scenario.hpp"
#include "bench/search/find.hpp"

namespace outpost::bench {

// The server's cost, a second each.
struct CostSample {
    Milliseconds at{0};
    ProcessCost cost;
};

// One run against one server.
struct RunResult {
    std::string server;  // contestant's name, or the target's URL
    std::string version, configuration;
    Recording recording;
    std::vector<CostSample> cost;  // empty when the server's process is not known
    std::uint64_t origin_bytes = 0;
    [[nodiscard]] double cpu_seconds() const;       // between the first sample and the last
    [[nodiscard]] double cpu_per_request() const;   // seconds
    [[nodiscard]] double cpu_per_gigabyte() const;  // 10^9 bytes of bodies
};

struct CompareRow {  // one server in a comparison
    std::string server;
    std::vector<double> values;  // of each round
    std::vector<double> ratios;  // Outpost's to it, round by round
};
struct Comparison {
    std::string what, unit;  // "64 KB from cache", "CPU us/request"
    std::vector<CompareRow> rows;
};

struct Result {
    std::string command;  // as typed
    WallTime began;
    Machine machine;
    Scenario scenario;
    std::vector<RunResult> runs;
    std::vector<Comparison> comparisons;
    std::optional<Found> found;
};

std::string to_json(const Result& result);
Outcome<Result> read_result(std::string_view json, const std::string& where);
// The page: self-contained HTML with plots as inline SVG.
std::string to_html(const Result& result);
// A few lines for a terminal.
std::string to_text(const Result& result);

double median(std::vector<double> values);

}  // namespace outpost::bench
