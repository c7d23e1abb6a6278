// A section of a document of results: what was typed, on what, and what came of it.
#include <set>

#include <fmt/format.h>

#include "bench/report/figures.hpp"
#include "bench/report/sentences.hpp"

namespace outpost::bench {
namespace {

// A cell holds no bar and no line of its own.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|' || c == '\\' || c == '`' || c == '<' || c == '*' || c == '_') out += '\\';
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out;
}

std::string spread(const std::vector<double>& values) {
    if (values.empty()) return "–";
    const Spread all = spread_of(values);
    return fmt::format("**{}** ({}…{})", shown_number(all.median), shown_number(all.low),
                       shown_number(all.high));
}

void comparison_table(std::string& out, const Comparison& comparison) {
    const std::size_t rounds = comparison.rows.empty() ? 0 : comparison.rows.front().values.size();
    out += fmt::format("\n{}, {}, median (least…most) of {}:\n\n", cell(comparison.what),
                       cell(comparison.unit), plural(rounds, "round", "rounds"));
    out += "| Server | Cost | Outpost's to it | Times the floor |\n|---|---|---|---|\n";
    for (const CompareRow& row : comparison.rows)
        out += fmt::format("| {} | {} | {} | {} |\n", cell(row.server), spread(row.values),
                           spread(row.ratios), spread(comparison.above_floor(row)));
}

void run_table(std::string& out, const Result& result) {
    out +=
        "\n| Server | Load | Objective | Average | First byte p50 / p99 | Segment p99 | Stalls | Failed | "
        "Processor |\n|---|---|---|---|---|---|---|---|---|\n";
    for (const RunResult& run : result.runs) {
        const Recording& recording = run.recording;
        const Judgement judgement = judge(recording, result.scenario.objective);
        out += fmt::format(
            "| {} | {} | {} | {} | {} / {} | {} | {} | {} | {} |\n", cell(run.server),
            cell(run.load.empty() ? crowds_in_words(result.scenario) : run.load),
            judgement.holds ? "met" : cell("not met: " + judgement.why), shown_rate(average_rate(run)),
            shown_time(recording.first_byte().quantile(0.5)),
            shown_time(recording.first_byte().quantile(0.99)),
            shown_time(recording.segment_time().quantile(0.99)), shown_count(recording.totals().stalls),
            cell(failures_in_words(recording.totals())),
            run.cost.size() < 2 ? "–"
                                : fmt::format("{} a request, {} a GB", shown_seconds(run.cpu_per_request()),
                                              shown_seconds(run.cpu_per_gigabyte())));
    }
}

void found_list(std::string& out, const Found& found) {
    out += fmt::format("\n**{}.**\n\n| Load | |\n|---|---|\n", cell(capacity_in_words(found)));
    for (const Trial& trial : found.trials)
        out += fmt::format("| {} | {} |\n", shown_number(trial.load),
                           trial.judgement.holds ? "holds" : cell(trial.judgement.why));
}

}  // namespace

std::string to_markdown(const Result& result, std::string_view title) {
    std::string out = fmt::format("\n## {}\n\n", cell(title));
    if (!result.scenario.doc.empty()) out += fmt::format("{}\n\n", cell(result.scenario.doc));
    std::string command = result.command;
    std::replace(command.begin(), command.end(), '\n', ' ');
    out += fmt::format("```\n{}\n```\n\n", command);
    out += fmt::format("{}; {}.\n", iso_time(result.began), cell(machine_in_words(result.machine)));
    std::set<std::string> versions;
    for (const RunResult& run : result.runs)
        if (!run.version.empty()) versions.insert(fmt::format("{}: {}", run.server, run.version));
    if (!versions.empty()) {
        out += "Versions: ";
        for (const std::string& each : versions)
            out += fmt::format("{}{}", each == *versions.begin() ? "" : "; ", cell(each));
        out += ".\n";
    }
    for (const Comparison& comparison : result.comparisons) comparison_table(out, comparison);
    if (result.found) found_list(out, *result.found);
    if (result.comparisons.empty() && !result.runs.empty()) run_table(out, result);
    return out;
}

}  // namespace outpost::bench
