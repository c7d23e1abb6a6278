#include "bench/report/sentences.hpp"

#include <fmt/format.h>

#include "bench/report/figures.hpp"
#include "bench/report/names.hpp"

namespace outpost::bench {
namespace {

std::string one_crowd(const Crowd& crowd) {
    switch (crowd.activity) {
        case Activity::play: return plural(crowd.count, "box", "boxes");
        case Activity::request:
            return crowd.rate > 0 ? fmt::format("{} requests/s", shown_number(crowd.rate))
                                  : plural(crowd.connections, "requester", "requesters");
        case Activity::hold: return plural(crowd.count, "idle connection", "idle connections");
        case Activity::connect:
            return crowd.rate > 0 ? fmt::format("{} connections/s", shown_number(crowd.rate))
                                  : plural(crowd.connections, "connecting client", "connecting clients");
    }
    return {};
}

}  // namespace

std::string crowds_in_words(const Scenario& scenario) {
    std::string words;
    for (const Crowd& crowd : scenario.crowds) {
        if (!words.empty()) words += ", ";
        words += one_crowd(crowd);
        if (!crowd.name.empty() && scenario.crowds.size() > 1) words += fmt::format(" ({})", crowd.name);
    }
    return words.empty() ? "nobody" : words;
}

std::string failures_in_words(const Recording::Totals& totals) {
    std::string words;
    for (std::size_t i = 1; i < failure_kinds; ++i) {
        if (totals.failures[i] == 0) continue;
        if (!words.empty()) words += ", ";
        words += fmt::format("{} {}", shown_count(totals.failures[i]), failure_names[i]);
        if (static_cast<Failure>(i) != Failure::status) continue;
        std::string statuses;
        for (const auto& [status, times] : totals.statuses)
            if (status >= 400)
                statuses += fmt::format("{}{}: {}", statuses.empty() ? "" : ", ", status, shown_count(times));
        if (!statuses.empty()) words += fmt::format(" ({})", statuses);
    }
    return words.empty() ? "none" : words;
}

std::string objective_in_words(const Objective& objective) {
    std::string words =
        objective.stalls == 0 ? "no stall" : "at most " + plural(objective.stalls, "stall", "stalls");
    words += fmt::format(", {} of requests failed", shown_part(objective.errors));
    if (objective.segment_time > 0)
        words +=
            fmt::format(", p99 of a segment within {} of its duration", shown_part(objective.segment_time));
    if (objective.first_byte_p99.count() > 0)
        words += fmt::format(", p99 of the first byte within {}", shown_time(objective.first_byte_p99));
    return words;
}

std::string machine_in_words(const Machine& machine) {
    return fmt::format("{}, {}, {}, {}, {}{}", machine.processor, plural(machine.cores, "core", "cores"),
                       machine.memory, machine.kernel, machine.system,
                       machine.kernel_tls ? ", kernel TLS" : "");
}

std::string capacity_in_words(const Found& found) {
    if (!(found.sustained > 0)) return fmt::format("not even {} held", shown_number(found.refused));
    std::string words = fmt::format("{} sustained", shown_number(found.sustained));
    if (found.refused > 0) words += fmt::format("; {} not", shown_number(found.refused));
    if (found.low > 0 && found.high > 0)
        words += fmt::format("; every trial up to {} held, none from {} on", shown_number(found.low),
                             shown_number(found.high));
    return words;
}

double average_rate(const RunResult& run) {
    const auto lasted = run.recording.lasted().count();
    return lasted <= 0
               ? 0
               : static_cast<double>(run.recording.totals().bytes) * 8000 / static_cast<double>(lasted);
}

double cores_used(const RunResult& run) {
    if (run.cost.size() < 2) return 0;
    const double seconds = static_cast<double>((run.cost.back().at - run.cost.front().at).count()) / 1000;
    return seconds > 0 ? run.cpu_seconds() / seconds : 0;
}

std::string times_in_words(const Histogram& times) {
    if (times.count() == 0) return "none";
    return fmt::format("p50 {}, p99 {}, p99.9 {}, max {}", shown_time(times.quantile(0.5)),
                       shown_time(times.quantile(0.99)), shown_time(times.quantile(0.999)),
                       shown_time(times.max()));
}

}  // namespace outpost::bench
