// One run: was the objective met, its figures, its plots, its times in full.
#include <fmt/format.h>

#include "base/text.hpp"
#include "bench/report/figures.hpp"
#include "bench/report/page.hpp"
#include "bench/report/sentences.hpp"

namespace outpost::bench {
namespace {

std::string tile(std::string_view name, const std::string& figure, const std::string& beside) {
    std::string out =
        fmt::format("<div class=\"tile\"><dt>{}</dt><dd><b>{}</b>", xml_escape(name), xml_escape(figure));
    if (!beside.empty()) out += fmt::format("<small>{}</small>", xml_escape(beside));
    return out + "</dd></div>\n";
}

std::string tiles_of_boxes(const Recording& recording) {
    const Recording::Totals& totals = recording.totals();
    std::string out;
    if (totals.stalls > 0 || recording.segment_time().count() > 0)
        out += tile("Stalls", shown_count(totals.stalls),
                    totals.stalls > 0 ? shown_time(totals.stalled_for) + " in all" : "nobody waited");
    if (recording.segment_time().count() > 0) {
        const double part = static_cast<double>(recording.segment_part().quantile(0.99).count()) / 1e9;
        out += tile("Segment, p99", shown_time(recording.segment_time().quantile(0.99)),
                    shown_part(part) + " of its duration");
    }
    if (recording.start_up().count() > 0)
        out += tile("Start-up, p99", shown_time(recording.start_up().quantile(0.99)),
                    "half within " + shown_time(recording.start_up().quantile(0.5)));
    return out;
}

std::string tiles(const RunResult& run) {
    const Recording& recording = run.recording;
    const Recording::Totals& totals = recording.totals();
    std::string out = "<dl class=\"tiles\">\n";
    out += tile("Throughput", shown_rate(average_rate(run)),
                shown_bytes(static_cast<double>(totals.bytes)) + " in all");
    out += tiles_of_boxes(recording);
    out += tile("First byte, p99", shown_time(recording.first_byte().quantile(0.99)),
                "half within " + shown_time(recording.first_byte().quantile(0.5)));
    out += tile("Requests", shown_count(totals.requests),
                totals.failed() == 0 ? "none failed" : "failed: " + failures_in_words(totals));
    if (run.cost.size() > 1) {
        std::uint64_t most = 0;
        for (const CostSample& sample : run.cost) most = std::max(most, sample.cost.rss);
        out += tile("Processor", shown_part(cores_used(run)),
                    fmt::format("of a core; {} a GB, {} a request", shown_seconds(run.cpu_per_gigabyte()),
                                shown_seconds(run.cpu_per_request())));
        out += tile("Memory, at most", shown_memory(static_cast<double>(most)), "without cached files");
    }
    if (run.origin_bytes > 0 && totals.bytes > 0)
        out += tile("From the origin", shown_bytes(static_cast<double>(run.origin_bytes)),
                    shown_part(static_cast<double>(run.origin_bytes) / static_cast<double>(run.bytes())) +
                        " of what clients got");
    return out + "</dl>\n";
}

std::string times_row(std::string_view name, const Histogram& times) {
    if (times.count() == 0) return {};
    std::string out = fmt::format("<tr><td>{}</td>", name);
    for (const double part : {0.5, 0.9, 0.99, 0.999})
        out += fmt::format("<td>{}</td>", shown_time(times.quantile(part)));
    return out +
           fmt::format("<td>{}</td><td>{}</td></tr>\n", shown_time(times.max()), shown_count(times.count()));
}

std::string times_table(const Recording& recording) {
    return "<div class=\"scroll\"><table class=\"times\"><thead><tr><th>Since it was due</th><th>p50</th>"
           "<th>p90</th><th>p99</th><th>p99.9</th><th>max</th><th>count</th></tr></thead><tbody>\n" +
           times_row("First byte", recording.first_byte()) +
           times_row("Whole answer", recording.request_time()) +
           times_row("Segments", recording.segment_time()) +
           times_row("First picture", recording.start_up()) +
           times_row("Connecting", recording.connect_time()) + "</tbody></table></div>\n";
}

}  // namespace

std::string verdict(const Judgement& judgement, std::string_view objective) {
    if (judgement.holds)
        return fmt::format("<p class=\"verdict\"><b>✓ Objective met</b><span>{}</span></p>\n",
                           xml_escape(objective));
    return fmt::format("<p class=\"verdict bad\"><b>✗ Not met</b><span>{}</span></p>\n",
                       xml_escape(judgement.why));
}

std::string run_section(const Result& result, const RunResult& run) {
    const Objective& objective = result.scenario.objective;
    const std::string name = xml_escape(run.server) + (run.load.empty() ? "" : ", " + xml_escape(run.load));
    const std::string body = tiles(run) + charts_of(result, run) + "<div class=\"plots sides\">\n" +
                             by_percentile(run.recording) + times_table(run.recording) + "</div>\n";
    // A comparison is about its tables; who wants to know how a round went opens it.
    if (!result.comparisons.empty())
        return fmt::format(
            "<details class=\"run\"><summary><b>{}</b> "
            "<span>{}</span></summary><section>{}</section></details>\n",
            name, xml_escape(run.version), body);
    std::string out = fmt::format("<section class=\"run\"><div class=\"run-head\"><h2>{}</h2>", name);
    if (!run.version.empty())
        out += fmt::format("<span class=\"version\">{}</span>", xml_escape(run.version));
    out += "</div>\n";
    out += verdict(judge(run.recording, objective), objective_in_words(objective));
    return out + body + "</section>\n";
}

}  // namespace outpost::bench
