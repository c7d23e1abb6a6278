#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bench/report/plot.hpp"
#include "bench/report/result.hpp"

namespace outpost::bench {
namespace {

constexpr double width = 460, left = 118, right = 62, row_height = 34, foot = 22;

}  // namespace

std::string strips(std::string_view title, std::string_view note, const std::vector<Strip>& rows,
                   const Text& text) {
    double high = 0;
    for (const Strip& row : rows)
        for (const double value : row.values) high = std::max(high, value);
    const Scale scale{0, round_up(high), left, width - right, false};
    const double base = row_height * static_cast<double>(rows.size()) + 4;
    std::string out = fmt::format(
        "<figure class=\"plot\"><figcaption><b>{}</b> <span class=\"note\">{}</span></figcaption>"
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">",
        xml_escape(title), xml_escape(note), width, base + foot, xml_escape(title));
    for (const Tick& tick : ticks_of(scale, 5, text)) {
        const double x = scale.at(tick.value);
        out += fmt::format(R"(<path class="grid" d="M{:.1f} 2V{:.1f}"/>)", x, base);
        out += fmt::format(R"(<text class="tick mid" x="{:.1f}" y="{:.1f}">{}</text>)", x, base + 16,
                           xml_escape(tick.text));
    }
    double y = 4;
    for (const Strip& row : rows) {
        const double middle = y + row_height / 2;
        const double median_at = scale.at(median(row.values));
        const int colour = row.ours ? 0 : 5;
        out += fmt::format(R"(<text class="label end" x="{:.0f}" y="{:.1f}" dy=".34em">{}</text>)", left - 8,
                           middle, xml_escape(row.name));
        out += fmt::format(
            R"(<rect class="bar c{}" x="{:.0f}" y="{:.1f}" width="{:.1f}" height="{:.0f}" rx="2"/>)", colour,
            left, y + 8, std::max(0.5, median_at - left), row_height - 16);
        double end = median_at;
        for (const double value : row.values) {
            out += fmt::format(R"(<circle class="round-dot" cx="{:.1f}" cy="{:.1f}" r="3.2"/>)",
                               scale.at(value), middle);
            end = std::max(end, scale.at(value));
        }
        out += fmt::format(R"(<text class="label" x="{:.1f}" y="{:.1f}" dy=".34em">{}</text>)", end + 8,
                           middle, row.values.empty() ? "none" : xml_escape(text(median(row.values))));
        y += row_height;
    }
    return out + "</svg></figure>\n";
}

}  // namespace outpost::bench
