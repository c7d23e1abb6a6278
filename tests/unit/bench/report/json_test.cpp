#include <doctest/doctest.h>

#include "tests/unit/bench/report/example.hpp"

namespace outpost::bench {

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const std::size_t at = text.find(what);
    REQUIRE_MESSAGE(at != std::string::npos, what);
    return text.replace(at, what.size(), with);
}

Result full_result() {
    Result result = example_comparison();
    result.found = Found{64, 66, 60, 70, {{64, {true, ""}}, {66, {false, "p99 is 0.62"}}}};
    result.capacity = {{64, true, 0.4, Nanoseconds{1'000'000}, 512.5, 0.75, 0}};
    return result;
}

}  // namespace

TEST_SUITE_BEGIN("bench report");

TEST_CASE("a result read back from JSON is the same result") {
    const std::string text = to_json(full_result());
    const auto again = read_result(text, "a.json");
    REQUIRE_MESSAGE(again.has_value(), again.error().line());
    CHECK(to_json(*again) == text);
    CHECK(to_html(*again) == to_html(full_result()));
    CHECK(again->found->trials[1].judgement.why == "p99 is 0.62");
    CHECK(again->runs[0].cost[2].cost.read_bytes == 4096);
    CHECK(again->scenario.events[0].what == Happening::origin_stalls);
    CHECK(again->began == full_result().began);
    CHECK(again->runs[0].recording.totals().statuses.at(503) == 1);
}

TEST_CASE("JSON that --json could not have written is refused by the name of what is wrong") {
    const std::string good = to_json(full_result());
    const struct {
        std::string text, says;
    } hostile[] = {
        {"", "is not JSON"},
        {good.substr(0, good.size() / 2), "is not JSON"},
        {good + "{}", "is not JSON"},
        {"[]", "the whole is no object"},
        {"{}", "outpost_bench is missing"},
        {std::string(100, '['), "is not JSON"},
        {replaced(good, "\"outpost_bench\":1", "\"outpost_bench\":2"), "outpost_bench is not 1"},
        {replaced(good, "\"outpost_bench\":1", "\"outpost_bench\":1,\"outpost_bench\":1"), "is not JSON"},
        {replaced(good, "2023-11-14T22:13:20Z", "yesterday"), "began is no time"},
        {replaced(good, "\"cores\":2", "\"cores\":-2"), "machine.cores is no count"},
        {replaced(good, "\"cores\":2", "\"cores\":2.5"), "machine.cores is no count"},
        {replaced(good, "\"cores\":2", "\"cores\":9999999999"), "machine.cores is no count"},
        {replaced(good, "\"activity\":\"play\"", "\"activity\":\"dance\""),
         "scenario.crowds[0].activity is \"dance\""},
        {replaced(good, "\"titles\":[", "\"titles\":[7,"), "titles holds something that is no text"},
        {replaced(good, "\"lasts_ms\":60000", "\"lasts_ms\":99999999999999"), "scenario.lasts_ms"},
        {replaced(good, "\"recording\":{", "\"recording\":{\"x\":"), "is not JSON"},
        {replaced(good, "\"rows\":[", "\"rows\":[null,"), "comparisons[0].rows[0] is no object"},
        {replaced(good, "\"holds\":true", "\"holds\":\"yes\""), "found.trials[0].holds"},
        {replaced(good, "{\"at_ms\":0,", "{\"at_ms\":700,"), "runs[0].cost goes back in time"},
    };
    for (const auto& each : hostile) {
        CAPTURE(each.says);
        const auto result = read_result(each.text, "a.json");
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error().where == "a.json");
        CHECK_MESSAGE(result.error().what.find(each.says) != std::string::npos, result.error().what);
    }
}

TEST_CASE("a recording that is none is refused, and a number beyond all numbers") {
    const std::string good = to_json(full_result());
    const std::size_t at = good.find("\"recording\":");
    const std::size_t end = good.find(",\"cost\":");
    REQUIRE(at < end);
    const std::string none = good.substr(0, at) + "\"recording\":{}" + good.substr(end);
    const auto result = read_result(none, "a.json");
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().what.find("runs[0].recording") != std::string::npos);
    CHECK_FALSE(read_result(replaced(good, "\"zipf\":", "\"zipf\":1e999,\"was\":"), "a.json").has_value());
}

TEST_SUITE_END();

}  // namespace outpost::bench
