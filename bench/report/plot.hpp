// Plots as inline SVG: scales, ticks, and one frame that draws lines, areas, bars and points in it. Colours
// are the page's (classes c0, c1, …), so that they follow its light and dark; each column says its figures
// when it is pointed at, without a script. Thread rule: pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace outpost::bench {

// From data to the picture's units.
struct Scale {
    double low = 0, high = 1;  // of the data, low < high; above 0 when `log`
    double from = 0, to = 1;   // where these are in the picture
    bool log = false;
    [[nodiscard]] double at(double value) const;  // kept between from and to
};

struct Tick {
    double value = 0;
    std::string text;
};

using Text = std::function<std::string(double)>;

// At most `most` or so round values (1, 2, 5 times a power of ten; of `log`, powers of ten, with 2 and 5
// between where there are few) within the scale.
std::vector<Tick> ticks_of(const Scale& scale, unsigned most, const Text& text);
// Moments of a run of so many seconds: steps of a clock.
std::vector<Tick> clock_ticks(double seconds, unsigned most);
// The least round value that is not below `value`: where an axis may end.
double round_up(double value);

struct Point {
    double x = 0, y = 0;
};
enum class Mark { line, thin, dotted, area, bars, dots, crosses };
struct Series {
    std::string name;
    Mark mark = Mark::line;
    unsigned colour = 0;  // of most_colours
    std::vector<Point> points;
};
constexpr unsigned most_colours = 6;

struct Guide {  // a line right across: an objective, an event
    double at = 0;
    std::string text;
};
struct Plot {
    std::string title, note;  // the note stands beside the title: a unit
    std::vector<Series> series;
    double x_low = 0, x_high = 1;
    double y_low = 0, y_high = 0;  // y_high 0: as the data needs, guides included
    bool log_x = false, log_y = false;
    Text x_text, y_text;
    std::vector<Tick> x_ticks, y_ticks;  // empty: made by ticks_of
    std::vector<Guide> levels;           // horizontal
    std::vector<Guide> moments;          // vertical
    double shaded = 0;                   // from x_low to here did not count
};

// <figure> with title, legend and picture. All texts are escaped here.
std::string figure(const Plot& plot);

// Rows of repeated measurements on one scale from 0: every one a dot, the median a bar.
struct Strip {
    std::string name;
    std::vector<double> values;
    bool ours = false;
};
std::string strips(std::string_view title, std::string_view note, const std::vector<Strip>& rows,
                   const Text& text);

}  // namespace outpost::bench
