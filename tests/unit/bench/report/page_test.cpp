#include <doctest/doctest.h>

#include "tests/unit/bench/report/example.hpp"

namespace outpost::bench {

TEST_SUITE_BEGIN("bench report");

TEST_CASE("nothing that was read or typed is markup on the page") {
    const std::string evil = "<script>alert(\"1\")</script>&";
    Result result = example_comparison();
    result.command = result.scenario.name = result.scenario.doc = result.scenario.content = evil;
    Crowd& crowd = result.scenario.crowds[0];
    crowd.name = crowd.titles[0] = evil;
    crowd.paths = {evil};
    result.machine = {evil, evil, evil, evil, 2, false};
    RunResult& run = result.runs[0];
    run.server = run.load = run.version = run.configuration = evil;
    result.comparisons[0].what = result.comparisons[0].unit = result.comparisons[0].rows[0].server = evil;
    result.found = Found{1, 2, 1, 2, {{1, {false, evil}}}};
    result.capacity.resize(1);
    std::vector<Result> two;
    two.push_back(std::move(result));
    two.push_back(example_result());
    const std::string page = to_html(two);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("alert(\"1\")") == std::string::npos);
    CHECK(page.find("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;") != std::string::npos);
}

TEST_CASE("the page asks nothing of anybody") {
    const std::string page = to_html(example_comparison());
    for (const char* word : {"http:", "https:", "//", "src=", "<link", "@import", "url("}) {
        CAPTURE(word);
        CHECK(page.find(word) == std::string::npos);
    }
    CHECK(page.find("default-src 'none'") != std::string::npos);
}

TEST_CASE("the page shows the machine, the version and the configuration") {
    const std::string page = to_html(example_result());
    CHECK(page.find("A processor, 2 cores") != std::string::npos);
    CHECK(page.find("outpost 0.1.0") != std::string::npos);
    CHECK(page.find("memory = &quot;1GiB&quot;") != std::string::npos);
    CHECK(page.find("origin stalls") != std::string::npos);  // marked in the plots
}

TEST_CASE("an hour's page is no larger than it must be") {
    Result result = example_result();
    Recording& recording = result.runs[0].recording;
    for (int second = 0; second < 3600; ++second) {
        Exchange exchange;
        exchange.kind = RequestKind::segment;
        exchange.due = exchange.first_byte = SteadyTime{} + std::chrono::seconds{second};
        exchange.done = exchange.due + std::chrono::milliseconds{100 + second % 7};
        exchange.bytes = 1'000'000;
        exchange.media = std::chrono::seconds{4};
        recording.ended(exchange);
    }
    CHECK(to_html(result).size() < 400'000);
}

TEST_SUITE_END();

}  // namespace outpost::bench
