#include "base/metrics.hpp"

#include <optional>
#include <thread>

#include <doctest/doctest.h>

using namespace outpost;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a family is in the reference before it has a member, and its members come and go") {
    std::optional<metrics::Family> family{std::in_place, "gauge", "test_disk_state", "A test's.", "disk"};
    CHECK(has(metrics::reference_markdown(), "| `test_disk_state` | gauge | `disk` | A test's. |\n"));
    CHECK_FALSE(has(metrics::prometheus_text(), "test_disk_state"));
    {
        metrics::Gauge one{*family, "/b"}, other{*family, "/a\"\\\n"};
        one.set(2);
        CHECK(has(metrics::prometheus_text(),
                  "# HELP test_disk_state A test's.\n# TYPE test_disk_state gauge\n"
                  "test_disk_state{disk=\"/a\\\"\\\\\\n\"} 0\ntest_disk_state{disk=\"/b\"} 2\n"));
        const std::string page = metrics::reference_markdown();
        CHECK_MESSAGE(page.find("test_disk_state") == page.rfind("test_disk_state"), "listed once");
    }
    CHECK_FALSE(has(metrics::prometheus_text(), "test_disk_state"));
    family.reset();
    CHECK_FALSE(has(metrics::reference_markdown(), "test_disk_state"));
}

TEST_CASE("metrics may come and go while they are read") {
    const metrics::Family family{"counter", "test_short_lived", "A test's.", "n"};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                metrics::Counter counter{family, std::to_string(t)};
                counter.add();
            }
        });
    }
    for (int i = 0; i < 50; ++i) CHECK(has(metrics::prometheus_text(), "outpost_"));
    for (std::thread& thread : threads) thread.join();
    CHECK_FALSE(has(metrics::prometheus_text(), "test_short_lived"));
}
