#include "bench/report/plot.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "bench/report/figures.hpp"

namespace outpost::bench {

namespace {

std::string texts_of(const std::vector<Tick>& ticks) {
    std::string all;
    for (const Tick& tick : ticks) all += (all.empty() ? "" : " ") + tick.text;
    return all;
}

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

Plot small_plot() {
    Plot plot;
    plot.title = "Rates";
    plot.x_high = 10;
    plot.x_text = plot.y_text = [](double value) { return shown_number(value); };
    plot.series.push_back({"rate", Mark::line, 0, {{0, 0}, {5, 10}, {10, 5}}});
    return plot;
}

}  // namespace

TEST_SUITE_BEGIN("bench report");

TEST_CASE("a linear scale goes through its ends and its middle, and keeps what is beyond at its ends") {
    const Scale scale{0, 200, 50, 450, false};
    CHECK(scale.at(0) == 50);
    CHECK(scale.at(100) == 250);  // half of 400 after 50
    CHECK(scale.at(200) == 450);
    CHECK(scale.at(300) == 450);
    CHECK(scale.at(-5) == 50);
    CHECK(scale.at(std::nan("")) == 50);
}

TEST_CASE("a scale may go downwards, as a picture's y does") {
    const Scale scale{0, 10, 200, 0, false};
    CHECK(scale.at(0) == 200);
    CHECK(scale.at(2.5) == 150);
}

TEST_CASE("on a logarithmic scale equal factors are equal ways, and zero is its lower end") {
    const Scale scale{1, 1000, 0, 300, true};
    CHECK(scale.at(10) == doctest::Approx(100));
    CHECK(scale.at(100) == doctest::Approx(200));
    CHECK(scale.at(0) == 0);
    CHECK(scale.at(1e9) == doctest::Approx(300));
}

TEST_CASE("ticks are round and within the scale") {
    const Text text = shown_number;
    CHECK(texts_of(ticks_of({0, 100, 0, 1, false}, 5, text)) == "0 20 40 60 80 100");
    // 7.3 / 5 is 1.46: the next round step is 2.
    CHECK(texts_of(ticks_of({0, 7.3, 0, 1, false}, 5, text)) == "0 2 4 6");
    CHECK(texts_of(ticks_of({0.13, 0.42, 0, 1, false}, 3, text)) == "0.2 0.3 0.4");
    CHECK(texts_of(ticks_of({0.001, 10, 0, 1, true}, 5, text)) == "0.001 0.01 0.1 1 10");
    CHECK(texts_of(ticks_of({1, 10, 0, 1, true}, 5, text)) == "1 2 5 10");
    CHECK(ticks_of({3, 3, 0, 1, false}, 5, text).empty());
}

TEST_CASE("moments of a run are steps of a clock") {
    CHECK(texts_of(clock_ticks(60, 6)) == "0:00 0:10 0:20 0:30 0:40 0:50 1:00");
    CHECK(texts_of(clock_ticks(3600, 6)) == "0:00 10:00 20:00 30:00 40:00 50:00 1:00:00");
    CHECK(texts_of(clock_ticks(1, 6)) == "0:00 0:01");
}

TEST_CASE("an axis ends at a round value that is not below the highest") {
    CHECK(round_up(0) == 1);
    CHECK(round_up(1) == doctest::Approx(1));
    CHECK(round_up(1.01) == doctest::Approx(1.2));
    CHECK(round_up(0.87) == doctest::Approx(1));
    CHECK(round_up(4321) == doctest::Approx(5000));
}

TEST_CASE("a line goes where its points are") {
    const std::string svg = figure(small_plot());
    // 460 wide with margins 62 and 10; 220 high with 12 and 26: (0, 0) is at 62, 194 and (10, 5), half
    // of the height 182 up, at 450, 103.
    CHECK(svg.find("d=\"M62 194L256 12L450 103\"") != std::string::npos);
}

TEST_CASE("what was not measured is a gap in the line") {
    Plot plot = small_plot();
    plot.series[0].points = {{0, 10}, {4, std::nan("")}, {5, 10}, {10, 10}};
    const std::string svg = figure(plot);
    CHECK(svg.find("d=\"M62 12M256 12L450 12\"") != std::string::npos);
    CHECK(count_of(svg, "class=\"hit\"") == 3);
    CHECK(svg.find("nan") == std::string::npos);
}

TEST_CASE("a plot without points, of zeros or of one point is a plot") {
    Plot plot = small_plot();
    for (const auto& points :
         {std::vector<Point>{}, std::vector<Point>{{0, 0}, {1, 0}}, std::vector<Point>{{3, 7}}}) {
        for (const Mark mark : {Mark::line, Mark::area, Mark::bars, Mark::dots, Mark::crosses}) {
            for (const bool log : {false, true}) {
                plot.series[0].points = points;
                plot.series[0].mark = mark;
                plot.log_y = log;
                const std::string svg = figure(plot);
                CHECK(svg.find("nan") == std::string::npos);
                CHECK(svg.find("inf") == std::string::npos);
                CHECK(count_of(svg, "<svg") == count_of(svg, "</svg>"));
            }
        }
    }
}

TEST_CASE("texts of a plot are escaped") {
    Plot plot = small_plot();
    plot.title = "<b>\"&";
    plot.series[0].name = "<script>";
    plot.levels = {{5, "<level>"}};
    plot.moments = {{5, "<moment>"}};
    const std::string svg = figure(plot);
    CHECK(svg.find("<script>") == std::string::npos);
    CHECK(svg.find("<level>") == std::string::npos);
    CHECK(svg.find("<moment>") == std::string::npos);
    CHECK(svg.find("aria-label=\"&lt;b&gt;&quot;&amp;\"") != std::string::npos);
}

TEST_CASE("each round of a strip is a dot, and the median its bar") {
    const std::string svg =
        strips("CPU", "less", {{"outpost", {1, 2, 3}, true}, {"none", {}, false}}, shown_number);
    CHECK(count_of(svg, "<circle") == 3);
    // The scale is 280 wide and ends at 3: the median 2 is 186.7 of it.
    CHECK(svg.find("width=\"186.7\"") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace outpost::bench
