#include "bench/report/plot.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::bench {
namespace {

// The picture's own units; the page scales it to the column's width.
constexpr double width = 460, height = 220;
constexpr double left = 62, right = 10, top = 12, bottom = 26;
constexpr unsigned most_x_ticks = 7, most_y_ticks = 5;

struct Frame {
    Scale x, y;
};

// A tenth of a unit is finer than any screen.
std::string units(double value) {
    const double rounded = std::round(value * 10) / 10;
    return rounded == 0 ? "0" : fmt::format("{}", rounded);
}

double highest(const Plot& plot) {
    double high = 0;
    for (const Series& series : plot.series)
        for (const Point& point : series.points) high = std::max(high, point.y);
    for (const Guide& level : plot.levels) high = std::max(high, level.at);
    return high;
}

double lowest_above_zero(const Plot& plot) {
    double low = 0;
    for (const Series& series : plot.series)
        for (const Point& point : series.points)
            if (point.y > 0 && (low == 0 || point.y < low)) low = point.y;
    return low == 0 ? 1 : low;
}

Frame frame_of(const Plot& plot) {
    Frame frame;
    frame.x = {plot.x_low, plot.x_high > plot.x_low ? plot.x_high : plot.x_low + 1, left, width - right,
               plot.log_x};
    const double room = plot.moments.empty() ? 1 : 1.12;  // for their names
    const double high = plot.y_high > 0 ? plot.y_high : round_up(highest(plot) * room);
    frame.y = {plot.y_low, high, height - bottom, top, plot.log_y};
    if (plot.log_y) {
        // Whole decades, so that a small wobble does not look like a mountain.
        const double low = plot.y_low > 0 ? plot.y_low : lowest_above_zero(plot);
        frame.y.low = std::pow(10, std::floor(std::log10(low) + 1e-9));
        frame.y.high = std::pow(10, std::ceil(std::log10(std::max(high, low)) - 1e-9));
    }
    if (!(frame.y.high > frame.y.low)) frame.y.high = frame.y.low + (plot.log_y ? frame.y.low * 9 : 1);
    return frame;
}

std::string axes(const Plot& plot, const Frame& frame) {
    std::string out;
    for (const Tick& tick :
         plot.y_ticks.empty() ? ticks_of(frame.y, most_y_ticks, plot.y_text) : plot.y_ticks) {
        const std::string y = units(frame.y.at(tick.value));
        out += fmt::format(R"(<path class="grid" d="M{} {}H{}"/>)", units(left), y, units(width - right));
        out += fmt::format(R"(<text class="tick end" x="{}" y="{}" dy=".34em">{}</text>)", units(left - 7), y,
                           xml_escape(tick.text));
    }
    const auto across = plot.x_ticks.empty() ? ticks_of(frame.x, most_x_ticks, plot.x_text) : plot.x_ticks;
    for (const Tick& tick : across) {
        const double x = frame.x.at(tick.value);
        // What stands at the edge leans inwards, else it would be cut.
        const char* lean = x > width - right - 14 ? "end" : "mid";
        out += fmt::format(R"(<text class="tick {}" x="{}" y="{}">{}</text>)", lean, units(x),
                           units(height - 8), xml_escape(tick.text));
    }
    out += fmt::format(R"(<path class="axis" d="M{} {}H{}"/>)", units(left), units(height - bottom),
                       units(width - right));
    return out;
}

std::string path_of(const Series& series, const Frame& frame) {
    std::string path;
    char next = 'M';
    for (const Point& point : series.points) {
        if (std::isnan(point.y)) {  // nothing was measured: a gap, not a zero
            next = 'M';
            continue;
        }
        path += fmt::format("{}{} {}", next, units(frame.x.at(point.x)), units(frame.y.at(point.y)));
        next = 'L';
    }
    return path;
}

std::string area(const Series& series, const Frame& frame) {
    if (series.points.empty()) return {};
    const std::string floor = units(frame.y.from);
    return fmt::format(R"(<path class="area c{}" d="M{} {}{}L{} {}Z"/>)", series.colour,
                       units(frame.x.at(series.points.front().x)), floor,
                       "L" + path_of(series, frame).substr(1), units(frame.x.at(series.points.back().x)),
                       floor);
}

std::string bars(const Series& series, const Frame& frame) {
    const double room = (frame.x.to - frame.x.from) / std::max<double>(1, frame.x.high - frame.x.low);
    const double wide = std::clamp(room * 0.8, 1.5, 12.0);
    std::string out;
    for (const Point& point : series.points) {
        if (!(point.y > 0)) continue;
        const double y = frame.y.at(point.y);
        out += fmt::format(R"(<rect class="bar c{}" x="{}" y="{}" width="{}" height="{}"/>)", series.colour,
                           units(frame.x.at(point.x) - wide / 2), units(y), units(wide),
                           units(std::max(1.0, frame.y.from - y)));
    }
    return out;
}

std::string points(const Series& series, const Frame& frame) {
    std::string out;
    for (const Point& point : series.points) {
        const double x = frame.x.at(point.x), y = frame.y.at(point.y);
        if (series.mark == Mark::dots)
            out += fmt::format(R"(<circle class="dot c{}" cx="{}" cy="{}" r="4"/>)", series.colour, units(x),
                               units(y));
        else
            out += fmt::format(R"(<path class="cross c{0}" d="M{1} {2}l8 8m0 -8l-8 8"/>)", series.colour,
                               units(x - 4), units(y - 4));
    }
    return out;
}

std::string drawn(const Series& series, const Frame& frame) {
    switch (series.mark) {
        case Mark::bars: return bars(series, frame);
        case Mark::dots:
        case Mark::crosses: return points(series, frame);
        case Mark::area:
        case Mark::line:
        case Mark::thin:
        case Mark::dotted: break;
    }
    const char* kind = series.mark == Mark::thin     ? "line thin"
                       : series.mark == Mark::dotted ? "line dotted"
                                                     : "line";
    std::string out = series.mark == Mark::area ? area(series, frame) : std::string{};
    const std::string path = path_of(series, frame);
    if (!path.empty()) out += fmt::format(R"(<path class="{} c{}" d="{}"/>)", kind, series.colour, path);
    return out;
}

std::string guides(const Plot& plot, const Frame& frame) {
    std::string out;
    for (const Guide& level : plot.levels) {
        const double y = frame.y.at(level.at);
        out += fmt::format(R"(<path class="guide" d="M{} {}H{}"/>)", units(left), units(y),
                           units(width - right));
        out += fmt::format(R"(<text class="guide-text" x="{}" y="{}">{}</text>)", units(left + 4),
                           units(y < top + 12 ? y + 13 : y - 5), xml_escape(level.text));
    }
    for (const Guide& moment : plot.moments) {
        const double x = frame.x.at(moment.at);
        out += fmt::format(R"(<path class="guide" d="M{} {}V{}"/>)", units(x), units(top),
                           units(height - bottom));
        const bool late = x > width * 0.7;
        out += fmt::format(R"(<text class="guide-text{}" x="{}" y="{}">{}</text>)", late ? " end" : "",
                           units(late ? x - 4 : x + 4), units(top + 9), xml_escape(moment.text));
    }
    return out;
}

// A column that names its figures when it is pointed at.
std::string pointed_at(const Plot& plot, const Frame& frame) {
    std::map<double, std::string> columns;
    for (const Series& series : plot.series)
        for (const Point& point : series.points)
            if (!std::isnan(point.y))
                columns[point.x] += fmt::format("\n{}: {}", series.name, plot.y_text(point.y));
    std::vector<double> xs;
    for (const auto& [x, said] : columns) xs.push_back(frame.x.at(x));
    std::string out;
    std::size_t i = 0;
    for (const auto& [x, said] : columns) {
        const double begin = i == 0 ? left : (xs[i - 1] + xs[i]) / 2;
        const double end = i + 1 == xs.size() ? width - right : (xs[i] + xs[i + 1]) / 2;
        out += fmt::format(
            R"(<rect class="hit" x="{}" y="{}" width="{}" height="{}"><title>{}{}</title></rect>)",
            units(begin), units(top), units(std::max(0.1, end - begin)), units(height - top - bottom),
            xml_escape(plot.x_text(x)), xml_escape(said));
        ++i;
    }
    return out;
}

std::string caption(const Plot& plot) {
    std::string out = fmt::format("<figcaption><b>{}</b>", xml_escape(plot.title));
    if (!plot.note.empty()) out += fmt::format(" <span class=\"note\">{}</span>", xml_escape(plot.note));
    if (plot.series.size() > 1) {
        out += "<span class=\"legend\">";
        for (const Series& series : plot.series) {
            const bool sharp = series.mark == Mark::crosses;
            const char* kind = sharp                         ? " sharp"
                               : series.mark == Mark::dotted ? " dotted"
                               : series.mark == Mark::dots   ? " round"
                                                             : "";
            out += fmt::format("<span><i class=\"c{}{}\">{}</i>{}</span>", series.colour, kind,
                               sharp ? "✕" : "", xml_escape(series.name));
        }
        out += "</span>";
    }
    return out + "</figcaption>";
}

}  // namespace

std::string figure(const Plot& plot) {
    const Frame frame = frame_of(plot);
    std::string out =
        fmt::format("<figure class=\"plot\">{}<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
                    caption(plot), width, height, xml_escape(plot.title));
    if (plot.shaded > plot.x_low)
        out += fmt::format(R"(<rect class="shaded" x="{}" y="{}" width="{}" height="{}"/>)", units(left),
                           units(top), units(frame.x.at(plot.shaded) - left), units(height - top - bottom));
    out += axes(plot, frame);
    for (const Series& series : plot.series) out += drawn(series, frame);
    out += guides(plot, frame);
    out += pointed_at(plot, frame);
    return out + "</svg></figure>\n";
}

}  // namespace outpost::bench
