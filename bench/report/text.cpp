// A result in a few lines, for a terminal.
#include <algorithm>

#include <fmt/format.h>

#include "bench/report/figures.hpp"
#include "bench/report/sentences.hpp"

namespace outpost::bench {
namespace {

void line(std::string& out, std::string_view name, const std::string& text) {
    out += fmt::format("  {:<11} {}\n", name, text);
}

std::string requests(const Recording::Totals& totals) {
    std::string text = shown_count(totals.requests);
    if (totals.hits > 0 && totals.requests > 0)
        text += fmt::format(", {} from the cache", shown_part(static_cast<double>(totals.hits) /
                                                              static_cast<double>(totals.requests)));
    return text + fmt::format("; failed: {}", failures_in_words(totals));
}

std::string boxes(const Recording& recording) {
    const Recording::Totals& totals = recording.totals();
    std::string text = plural(totals.stalls, "stall", "stalls");
    if (totals.stalls > 0) text += fmt::format(" ({} in all)", shown_time(totals.stalled_for));
    text += fmt::format(", {}", plural(totals.switches, "switch of rendition", "switches of rendition"));
    if (totals.played.count() > 0)
        text += fmt::format(", {} on average", shown_rate(static_cast<double>(totals.media_bits) * 1e9 /
                                                          static_cast<double>(totals.played.count())));
    return text;
}

std::string connections(const Recording& recording) {
    const Recording::Totals& totals = recording.totals();
    std::string text = shown_count(totals.connections);
    if (totals.tls_full + totals.tls_resumed > 0)
        text += fmt::format(" ({} full handshakes, {} resumed)", shown_count(totals.tls_full),
                            shown_count(totals.tls_resumed));
    return text + ": " + times_in_words(recording.connect_time());
}

std::string server_cost(const RunResult& run) {
    std::uint64_t most = 0;
    for (const CostSample& sample : run.cost) most = std::max(most, sample.cost.rss);
    std::string text = fmt::format("{} of processor ({} of a core)", shown_seconds(run.cpu_seconds()),
                                   shown_part(cores_used(run)));
    if (run.requests() > 0) text += fmt::format(", {} a request", shown_seconds(run.cpu_per_request()));
    if (run.bytes() > 0) text += fmt::format(", {} a GB", shown_seconds(run.cpu_per_gigabyte()));
    return text + fmt::format("; memory up to {}", shown_memory(static_cast<double>(most)));
}

void run_text(std::string& out, const Result& result, const RunResult& run) {
    const Recording& recording = run.recording;
    const Recording::Totals& totals = recording.totals();
    out += fmt::format("{}{} against {}{}\n", result.scenario.name,
                       run.load.empty() ? "" : ", " + run.load + ",", run.server,
                       run.version.empty() ? "" : " (" + run.version + ")");
    line(out, "load",
         fmt::format("{}, {}", crowds_in_words(result.scenario), outpost::to_text(result.scenario.lasts)));
    const Judgement judgement = judge(recording, result.scenario.objective);
    line(out, "objective", judgement.holds ? "met" : "not met: " + judgement.why);
    line(out, "requests", requests(totals));
    line(out, "bytes",
         fmt::format("{}, {} on average", shown_bytes(static_cast<double>(totals.bytes)),
                     shown_rate(average_rate(run))));
    line(out, "first byte", times_in_words(recording.first_byte()));
    if (recording.segment_time().count() > 0) {
        const double part = static_cast<double>(recording.segment_part().quantile(0.99).count()) / 1e9;
        line(out, "segments",
             fmt::format("{}; p99 is {} of a segment's duration", times_in_words(recording.segment_time()),
                         shown_part(part)));
    }
    if (recording.start_up().count() > 0) {
        line(out, "start-up", times_in_words(recording.start_up()));
        line(out, "boxes", boxes(recording));
    }
    if (totals.connections > 0) line(out, "connections", connections(recording));
    if (run.cost.size() > 1) line(out, "server", server_cost(run));
    if (run.origin_bytes > 0)
        line(out, "origin", shown_bytes(static_cast<double>(run.origin_bytes)) + " sent");
}

std::string with_spread(const std::vector<double>& values) {
    if (values.empty()) return "-";
    const Spread spread = spread_of(values);
    return fmt::format("{} ({}..{})", shown_number(spread.median), shown_number(spread.low),
                       shown_number(spread.high));
}

void comparison_text(std::string& out, const Comparison& comparison) {
    out += fmt::format("{}: {}\n", comparison.what, comparison.unit);
    out += fmt::format("  {:<16} {:<26} {:<26} {}\n", "server", "median (min..max)", "Outpost's to it",
                       "times the floor");
    for (const CompareRow& row : comparison.rows)
        out += fmt::format("  {:<16} {:<26} {:<26} {}\n", row.server, with_spread(row.values),
                           with_spread(row.ratios), with_spread(comparison.above_floor(row)));
}

void found_text(std::string& out, const Found& found) {
    out += fmt::format("capacity: {}\n", capacity_in_words(found));
    for (const Trial& trial : found.trials)
        out += fmt::format("  {:>9}  {}\n", shown_number(trial.load),
                           trial.judgement.holds ? "holds" : trial.judgement.why);
}

}  // namespace

std::string to_text(const Result& result) {
    std::string out;
    if (!result.comparisons.empty()) {
        for (const Comparison& comparison : result.comparisons) comparison_text(out, comparison);
    } else if (result.found) {
        found_text(out, *result.found);
    } else {
        for (const RunResult& run : result.runs) run_text(out, result, run);
    }
    return out + fmt::format("{}\n", machine_in_words(result.machine));
}

}  // namespace outpost::bench
