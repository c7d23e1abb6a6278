// A finished run, a search or a comparison, as it is kept in JSON and shown on a page. Never without the
// machine and the versions. Thread rule: values (moved, not copied); pure functions.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
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
    std::string load;    // what was asked of it, where a result has several: "sizes-64k", "512 boxes"
    std::string version, configuration;
    Recording recording;
    std::vector<CostSample> cost;  // empty when the server's process is not known
    std::uint64_t origin_bytes = 0;
    // Of all that ended, the warm-up's as well: the processor worked for those too.
    [[nodiscard]] std::uint64_t requests() const;
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] double cpu_seconds() const;       // between the first sample and the last
    [[nodiscard]] double cpu_per_request() const;   // seconds; 0 when it is not known
    [[nodiscard]] double cpu_per_gigabyte() const;  // seconds for 10^9 bytes of bodies; 0 when not known
};

struct CompareRow {  // one server in a comparison
    std::string server;
    std::vector<double> values;  // of each round
    std::vector<double> ratios;  // Outpost's to it, round by round
};
struct Comparison {
    std::string what, unit;  // "64 KB from cache", "CPU us/request"
    std::vector<CompareRow> rows;
    // How many times the floor's cost a server's is, round by round; empty without a floor.
    [[nodiscard]] std::vector<double> above_floor(const CompareRow& row) const;
};

// What one load of a search came to.
struct CapacityPoint {
    double load = 0;
    bool holds = false;
    double segment_part_p99 = 0;  // of its duration
    Nanoseconds first_byte_p99{0};
    double megabits = 0;  // a second, on average
    double cores = 0;     // that the server kept busy; 0 when not known
    std::uint64_t stalls = 0;
};

struct Result {
    std::string command;  // as typed
    WallTime began;
    Machine machine;
    Scenario scenario;
    std::vector<RunResult> runs;
    std::vector<Comparison> comparisons;
    std::optional<Found> found;
    std::vector<CapacityPoint> capacity;  // of the search's trials, in order
};

std::string to_json(const Result& result);
Outcome<Result> read_result(std::string_view json, const std::string& where);
// The page: self-contained HTML with plots as inline SVG.
std::string to_html(const Result& result);
// Several on one page, an overview before them.
std::string to_html(const std::vector<Result>& results);
// A few lines for a terminal.
std::string to_text(const Result& result);
// A section of Markdown: command, machine, versions, tables. `title` is its heading.
std::string to_markdown(const Result& result, std::string_view title);

double median(std::vector<double> values);  // 0 of none
struct Spread {
    double median = 0, low = 0, high = 0;
};
Spread spread_of(const std::vector<double>& values);

}  // namespace outpost::bench
