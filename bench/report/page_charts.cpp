// A run over time, and its times by how seldom they are.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "bench/report/figures.hpp"
#include "bench/report/names.hpp"
#include "bench/report/page.hpp"
#include "bench/report/plot.hpp"

namespace outpost::bench {
namespace {

constexpr std::size_t most_columns = 240;  // more than a screen shows of a plot, and a page of a few 100 KB

// Neighbouring seconds as one, where there are more of them than columns.
struct Column {
    double at = 0, seconds = 1;  // its middle
    Slice sum;
    Histogram segment_times;
};

std::vector<Column> columns_of(const Recording& recording) {
    const std::vector<Slice>& slices = recording.slices();
    const std::size_t each = (slices.size() + most_columns - 1) / most_columns;
    std::vector<Column> columns;
    for (std::size_t i = 0; i < slices.size(); i += each) {
        const std::size_t end = std::min(i + each, slices.size());
        Column column;
        column.seconds = static_cast<double>(end - i);
        column.at = static_cast<double>(i) + column.seconds / 2;
        for (std::size_t k = i; k < end; ++k) {
            column.sum.requests += slices[k].requests;
            column.sum.failures += slices[k].failures;
            column.sum.bytes += slices[k].bytes;
            column.sum.stalls += slices[k].stalls;
            column.sum.playing = std::max(column.sum.playing, slices[k].playing);
            column.sum.stalled = std::max(column.sum.stalled, slices[k].stalled);
            if (slices[k].segment_times != nullptr) column.segment_times.merge(*slices[k].segment_times);
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

template <class Value>
std::vector<Point> points_of(const std::vector<Column>& columns, Value value) {
    std::vector<Point> points;
    for (const Column& column : columns) points.push_back({column.at, value(column)});
    return points;
}

double per_second(const Column& column, std::uint64_t count) {
    return static_cast<double>(count) / column.seconds;
}

// A plot over the run's time, with what happened in it.
Plot over_time(const Result& result, const RunResult& run, std::string title, std::string note, Text text) {
    Plot plot;
    plot.title = std::move(title);
    plot.note = std::move(note);
    const double seconds = std::max<double>(1, static_cast<double>(run.recording.slices().size()));
    plot.x_high = seconds;
    plot.x_ticks = clock_ticks(seconds, 6);
    plot.x_text = shown_clock;
    plot.y_text = std::move(text);
    plot.shaded = static_cast<double>(result.scenario.warm_up.count()) / 1000;
    for (const Event& event : result.scenario.events) {
        std::string name{word_of(happening_names, event.what)};
        std::replace(name.begin(), name.end(), '_', ' ');
        plot.moments.push_back({static_cast<double>(event.at.count()) / 1000, name});
    }
    return plot;
}

Series quantile_series(const std::vector<Column>& columns, double part, Series series) {
    series.points = points_of(columns, [part](const Column& column) {
        return column.segment_times.count() == 0
                   ? std::numeric_limits<double>::quiet_NaN()
                   : static_cast<double>(column.segment_times.quantile(part).count()) / 1e9;
    });
    return series;
}

Text counted() {
    return [](double value) { return shown_number(value); };
}

std::string throughput(const Result& result, const RunResult& run, const std::vector<Column>& columns) {
    Plot plot = over_time(result, run, "Throughput", "bodies", shown_rate);
    plot.series.push_back({"throughput", Mark::area, 0, points_of(columns, [](const Column& column) {
                               return per_second(column, column.sum.bytes) * 8;
                           })});
    return figure(plot);
}

std::string requests(const Result& result, const RunResult& run, const std::vector<Column>& columns) {
    Plot plot = over_time(result, run, "Requests", "a second", counted());
    plot.series.push_back({"requests", Mark::area, 0, points_of(columns, [](const Column& column) {
                               return per_second(column, column.sum.requests);
                           })});
    if (run.recording.totals().failed() > 0)
        plot.series.push_back({"failed", Mark::bars, 4, points_of(columns, [](const Column& column) {
                                   return per_second(column, column.sum.failures);
                               })});
    return figure(plot);
}

std::string segment_times(const Result& result, const RunResult& run, const std::vector<Column>& columns) {
    Plot plot = over_time(result, run, "Segment times", "logarithmic", shown_seconds);
    plot.log_y = true;
    plot.series.push_back(quantile_series(columns, 0.5, {"p50", Mark::line, 0, {}}));
    plot.series.push_back(quantile_series(columns, 0.99, {"p99", Mark::line, 1, {}}));
    plot.series.push_back(quantile_series(columns, 1, {"max", Mark::dotted, 2, {}}));
    return figure(plot);
}

std::string boxes(const Result& result, const RunResult& run, const std::vector<Column>& columns) {
    Plot plot = over_time(result, run, "Boxes", "", counted());
    plot.series.push_back({"playing", Mark::area, 3, points_of(columns, [](const Column& column) {
                               return static_cast<double>(column.sum.playing);
                           })});
    plot.series.push_back({"stalled", Mark::line, 1, points_of(columns, [](const Column& column) {
                               return static_cast<double>(column.sum.stalled);
                           })});
    plot.series.push_back({"stalls that began", Mark::bars, 4, points_of(columns, [](const Column& column) {
                               return static_cast<double>(column.sum.stalls);
                           })});
    return figure(plot);
}

double seconds_of(const CostSample& sample) { return static_cast<double>(sample.at.count()) / 1000; }

std::string processor(const Result& result, const RunResult& run) {
    Plot plot = over_time(result, run, "Server's processor", "of one core", shown_part);
    const std::size_t each = (run.cost.size() + most_columns - 1) / most_columns;
    Series series{"processor", Mark::area, 1, {}};
    for (std::size_t i = each; i < run.cost.size(); i += each) {
        const CostSample &before = run.cost[i - each], &now = run.cost[i];
        const double took = seconds_of(now) - seconds_of(before);
        if (took <= 0) continue;
        const double used = std::max(0.0, now.cost.cpu_seconds - before.cost.cpu_seconds) / took;
        series.points.push_back({(seconds_of(now) + seconds_of(before)) / 2, used});
    }
    plot.series.push_back(std::move(series));
    return figure(plot);
}

std::string memory(const Result& result, const RunResult& run) {
    Plot plot = over_time(result, run, "Server's memory", "its own", shown_memory);
    const std::size_t each = (run.cost.size() + most_columns - 1) / most_columns;
    Series series{"memory", Mark::area, 2, {}};
    for (std::size_t i = 0; i < run.cost.size(); i += each)
        series.points.push_back({seconds_of(run.cost[i]), static_cast<double>(run.cost[i].cost.rss)});
    plot.series.push_back(std::move(series));
    // Round in binary units, as it is written.
    double high = 1 << 20;
    for (const Point& point : plot.series.front().points) high = std::max(high, point.y);
    const double unit = high >= (1 << 30) ? 1 << 30 : 1 << 20;
    plot.y_high = round_up(high / unit) * unit;
    plot.y_ticks = ticks_of({0, plot.y_high / unit, 0, 1, false}, 5, counted());
    for (Tick& tick : plot.y_ticks) {
        tick.value *= unit;
        tick.text = shown_memory(tick.value);
    }
    return figure(plot);
}

}  // namespace

// The x axis counts nines: each step to the right is ten times as seldom.
std::string by_percentile(const Recording& recording) {
    Plot plot;
    plot.title = "Times by percentile";
    plot.note = "from when it was due, logarithmic";
    plot.log_y = true;
    plot.y_text = shown_seconds;
    plot.x_text = [](double nines) { return fmt::format("p{:.6g}", 100 * (1 - std::pow(10, -nines))); };
    plot.x_high = 4;
    plot.x_ticks = {{0, "0"}, {0.30103, "50 %"}, {1, "90 %"}, {2, "99 %"}, {3, "99.9 %"}, {4, "99.99 %"}};
    const auto add = [&](std::string name, Mark mark, unsigned colour, const Histogram& times) {
        if (times.count() == 0) return;
        Series series{std::move(name), mark, colour, {}};
        for (double nines = 0; nines <= 4.001; nines += 0.05) {
            // Beyond what was counted there is only the maximum, again and again.
            if (std::pow(10, nines) > static_cast<double>(times.count()) * 1.12) break;
            const auto time = times.quantile(1 - std::pow(10, -nines));
            series.points.push_back({nines, std::max(1e-6, static_cast<double>(time.count()) / 1e9)});
        }
        plot.series.push_back(std::move(series));
    };
    add("first byte", Mark::line, 0, recording.first_byte());
    add("segments", Mark::line, 1, recording.segment_time());
    if (recording.segment_time().count() == 0) add("whole answer", Mark::line, 1, recording.request_time());
    add("first picture", Mark::thin, 3, recording.start_up());
    add("connecting", Mark::dotted, 2, recording.connect_time());
    return plot.series.empty() ? std::string{} : figure(plot);
}

std::string charts_of(const Result& result, const RunResult& run) {
    const std::vector<Column> columns = columns_of(run.recording);
    if (columns.empty()) return {};
    const auto any = [&](auto counts) { return std::any_of(columns.begin(), columns.end(), counts); };
    std::string out = "<div class=\"plots\">\n" + throughput(result, run, columns);
    const bool plays = any([](const Column& column) { return column.sum.playing + column.sum.stalls > 0; });
    if (any([](const Column& column) { return column.segment_times.count() > 0; }))
        out += segment_times(result, run, columns);
    if (plays) out += boxes(result, run, columns);
    out += requests(result, run, columns);
    if (run.cost.size() > 2) out += processor(result, run) + memory(result, run);
    return out + "</div>\n";
}

}  // namespace outpost::bench
