// Comparisons, a search, and the overview of several results.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bench/report/figures.hpp"
#include "bench/report/page.hpp"
#include "bench/report/plot.hpp"
#include "bench/report/sentences.hpp"

namespace outpost::bench {
namespace {

bool is_ours(std::string_view server) { return server.starts_with("outpost"); }

std::string spread_cell(const std::vector<double>& values, std::string_view unit) {
    if (values.empty()) return "<td>–</td>";
    const Spread spread = spread_of(values);
    return fmt::format("<td>{}{} <small>{}…{}</small></td>", shown_number(spread.median), unit,
                       shown_number(spread.low), shown_number(spread.high));
}

Text counted() {
    return [](double value) { return shown_number(value); };
}

Plot over_load(const std::vector<CapacityPoint>& capacity, std::string title, std::string note, Text text) {
    Plot plot;
    plot.title = std::move(title);
    plot.note = std::move(note);
    for (const CapacityPoint& point : capacity) plot.x_high = std::max(plot.x_high, point.load * 1.05);
    plot.x_text = counted();
    plot.y_text = std::move(text);
    return plot;
}

template <class Value>
void add_points(Plot& plot, const std::vector<CapacityPoint>& capacity, Value value) {
    Series curve{"median", Mark::thin, 5, {}}, good{"held", Mark::dots, 3, {}},
        bad{"not", Mark::crosses, 4, {}};
    std::map<double, std::vector<double>> by_load;
    for (const CapacityPoint& point : capacity) {
        by_load[point.load].push_back(value(point));
        (point.holds ? good : bad).points.push_back({point.load, value(point)});
    }
    for (const auto& [load, values] : by_load) curve.points.push_back({load, median(values)});
    plot.series.push_back(std::move(curve));
    plot.series.push_back(std::move(good));
    plot.series.push_back(std::move(bad));
}

std::string capacity_plots(const Result& result) {
    const auto& capacity = result.capacity;
    std::string out = "<div class=\"plots\">\n";
    const auto sustained = [&](Plot& plot) {
        if (result.found->sustained > 0)
            plot.moments.push_back({result.found->sustained,
                                    fmt::format("{} sustained", shown_number(result.found->sustained))});
    };
    if (std::any_of(capacity.begin(), capacity.end(),
                    [](const CapacityPoint& point) { return point.segment_part_p99 > 0; })) {
        Plot plot =
            over_load(capacity, "Capacity", "p99 of a segment's time, part of its duration", shown_part);
        plot.log_y = true;
        add_points(plot, capacity, [](const CapacityPoint& point) { return point.segment_part_p99; });
        if (result.scenario.objective.segment_time > 0)
            plot.levels.push_back({result.scenario.objective.segment_time, "objective"});
        sustained(plot);
        out += figure(plot);
    }
    Plot first_byte = over_load(capacity, "First byte", "p99", shown_seconds);
    first_byte.log_y = true;
    add_points(first_byte, capacity, [](const CapacityPoint& point) {
        return static_cast<double>(point.first_byte_p99.count()) / 1e9;
    });
    if (result.scenario.objective.first_byte_p99.count() > 0)
        first_byte.levels.push_back(
            {static_cast<double>(result.scenario.objective.first_byte_p99.count()) / 1000, "objective"});
    out += figure(first_byte);
    Plot rate = over_load(capacity, "Throughput", "average of a trial", shown_rate);
    add_points(rate, capacity, [](const CapacityPoint& point) { return point.megabits * 1e6; });
    sustained(rate);
    out += figure(rate);
    if (std::any_of(capacity.begin(), capacity.end(),
                    [](const CapacityPoint& point) { return point.cores > 0; })) {
        Plot cores = over_load(capacity, "Server's processor", "of one core", shown_part);
        add_points(cores, capacity, [](const CapacityPoint& point) { return point.cores; });
        out += figure(cores);
    }
    return out + "</div>\n";
}

std::string trials_table(const Found& found) {
    std::string out =
        "<details><summary>All trials <span>in order</span></summary><div class=\"scroll\">"
        "<table class=\"words\"><thead><tr><th>Load</th><th>Objective</th></tr></thead><tbody>\n";
    for (const Trial& trial : found.trials)
        out += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", shown_number(trial.load),
                           trial.judgement.holds
                               ? std::string{"<span class=\"good\">✓ held</span>"}
                               : "<span class=\"bad\">✗</span> " + xml_escape(trial.judgement.why));
    return out + "</tbody></table></div></details>\n";
}

// What a result came to in one line.
std::string outcome(const Result& result) {
    if (result.found) return xml_escape(capacity_in_words(*result.found));
    if (!result.comparisons.empty()) {
        std::string words;
        for (const CompareRow& row : result.comparisons.front().rows)
            if (!is_ours(row.server) && !row.ratios.empty())
                words += fmt::format("{}{}× {}", words.empty() ? "Outpost's cost: " : ", ",
                                     shown_number(median(row.ratios)), row.server);
        return words.empty() ? "–" : xml_escape(words);
    }
    if (result.runs.empty()) return "–";
    const Judgement judgement = judge(result.runs.front().recording, result.scenario.objective);
    return judgement.holds ? "<span class=\"good\">✓ met</span>"
                           : "<span class=\"bad\">✗</span> " + xml_escape(judgement.why);
}

}  // namespace

std::string comparison_section(const Comparison& comparison, bool named) {
    std::vector<Strip> rows;
    std::size_t rounds = 0;
    bool with_floor = false;
    for (const CompareRow& row : comparison.rows) {
        rows.push_back({row.server, row.values, is_ours(row.server)});
        rounds = std::max(rounds, row.values.size());
        with_floor = with_floor || !comparison.above_floor(row).empty();
    }
    std::string out = "<section>";
    if (named) out += fmt::format("<h2>{}</h2>\n", xml_escape(comparison.what));
    out += "<div class=\"plots sides\">\n";
    out += strips(comparison.unit,
                  fmt::format("less is better; bar: median, dots: {}", plural(rounds, "round", "rounds")),
                  rows, counted());
    out += fmt::format(
        "<div class=\"scroll\"><table><thead><tr><th>Server</th><th>{}</th><th>Outpost's to it</th>{}</tr>"
        "</thead><tbody>\n",
        xml_escape(comparison.unit), with_floor ? "<th>Times the floor</th>" : "");
    for (const CompareRow& row : comparison.rows)
        out += fmt::format("<tr{}><td>{}</td>{}{}{}</tr>\n", is_ours(row.server) ? " class=\"ours\"" : "",
                           xml_escape(row.server), spread_cell(row.values, ""), spread_cell(row.ratios, "×"),
                           with_floor ? spread_cell(comparison.above_floor(row), "×") : "");
    return out + "</tbody></table></div></div></section>\n";
}

std::string capacity_section(const Result& result) {
    std::string out = "<section><h2>Capacity</h2>\n";
    const Found& found = *result.found;
    const std::string words = capacity_in_words(found);
    const std::size_t first = words.find(';');
    out += fmt::format("<p class=\"verdict{}\"><b>{}</b><span>{}</span></p>\n",
                       found.sustained > 0 ? "" : " bad", xml_escape(words.substr(0, first)),
                       first == std::string::npos ? "" : xml_escape(words.substr(first + 2)));
    if (!result.capacity.empty()) out += capacity_plots(result);
    return out + trials_table(found) + "</section>\n";
}

std::string overview_section(const std::vector<Result>& results) {
    std::string out =
        "<section class=\"overview\"><h1>Results</h1>\n<div class=\"scroll\"><table "
        "class=\"words\"><thead><tr>"
        "<th>Load</th><th>Server</th><th>Objective</th><th>Throughput</th><th>Segment p99</th>"
        "<th>Stalls</th><th>Processor a GB</th></tr></thead><tbody>\n";
    for (std::size_t i = 0; i < results.size(); ++i) {
        const Result& result = results[i];
        const RunResult* run =
            result.runs.empty() || !result.comparisons.empty() ? nullptr : &result.runs.front();
        std::string servers;
        for (const RunResult& each : result.runs)
            if (servers.find(each.server) == std::string::npos)
                servers += (servers.empty() ? "" : ", ") + each.server;
        out += fmt::format("<tr><td><a href=\"#r{}\">{}</a></td><td>{}</td><td>{}</td>", i + 1,
                           xml_escape(result.scenario.name), xml_escape(servers), outcome(result));
        if (run == nullptr)
            out += "<td>–</td><td>–</td><td>–</td><td>–</td></tr>\n";
        else
            out += fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                               shown_rate(average_rate(*run)),
                               shown_time(run->recording.segment_time().quantile(0.99)),
                               shown_count(run->recording.totals().stalls),
                               run->cost.size() > 1 ? shown_seconds(run->cpu_per_gigabyte()) : "–");
    }
    return out + "</tbody></table></div></section>\n";
}

}  // namespace outpost::bench
