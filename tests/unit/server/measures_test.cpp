// The metrics' mechanics, on the server's own: the registry knows all that there are.
#include "server/measures.hpp"

#include <thread>

#include <doctest/doctest.h>

using namespace outpost;

namespace {

bool shows(std::string_view line) {
    return ("\n" + metrics::prometheus_text()).find(fmt::format("\n{}\n", line)) != std::string::npos;
}

}  // namespace

TEST_CASE("what many threads add is all counted") {
    const std::uint64_t before = server::measures::access_log_dropped.value();
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([] {
            for (int n = 0; n < 1000; ++n) server::measures::access_log_dropped.add();
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(server::measures::access_log_dropped.value() == before + 20'000);
    CHECK(shows(fmt::format("outpost_access_log_dropped_total {}", before + 20'000)));
    CHECK(shows("# TYPE outpost_access_log_dropped_total counter"));
}

TEST_CASE("a gauge goes up, down and to what it is set to") {
    auto& gauge = server::measures::library_importing;
    gauge.set(0);
    gauge.add(5);
    gauge.add(-7);
    CHECK(shows("outpost_library_importing -2"));
    gauge.set(3);
    CHECK(shows("outpost_library_importing 3"));
}

TEST_CASE("a histogram's buckets add up and hold their bound") {
    for (const double seconds : {0.0, 0.0005, 0.00051, 0.2, 100.0})
        server::measures::first_byte_time.observe(seconds);
    CHECK(shows(R"(outpost_http_first_byte_seconds_bucket{le="0.0005"} 2)"));
    CHECK(shows(R"(outpost_http_first_byte_seconds_bucket{le="0.001"} 3)"));
    CHECK(shows(R"(outpost_http_first_byte_seconds_bucket{le="0.25"} 4)"));
    CHECK(shows(R"(outpost_http_first_byte_seconds_bucket{le="60"} 4)"));
    CHECK(shows(R"(outpost_http_first_byte_seconds_bucket{le="+Inf"} 5)"));
    CHECK(shows("outpost_http_first_byte_seconds_count 5"));
}

TEST_CASE("a reply is counted by the class of its status") {
    const std::uint64_t before = server::measures::requests_4xx.value();
    server::measures::count_reply(404);
    server::measures::count_reply(499);
    server::measures::count_reply(500);
    CHECK(server::measures::requests_4xx.value() == before + 2);
}
