#include "bench/report/figures.hpp"

#include <doctest/doctest.h>

namespace outpost::bench {

TEST_SUITE_BEGIN("bench report");

TEST_CASE("figures have three digits that count, and a unit") {
    using std::chrono::nanoseconds;
    CHECK(shown_number(0) == "0");
    CHECK(shown_number(0.01234) == "0.0123");
    CHECK(shown_number(1) == "1");
    CHECK(shown_number(1.2) == "1.2");
    CHECK(shown_number(99.96) == "100");
    CHECK(shown_number(12345.4) == "12,345");
    CHECK(shown_count(999) == "999");
    CHECK(shown_count(1234567) == "1,234,567");
    CHECK(shown_time(nanoseconds{0}) == "0");
    CHECK(shown_time(nanoseconds{850}) == "850 ns");
    CHECK(shown_time(nanoseconds{12345}) == "12.3 µs");
    CHECK(shown_time(nanoseconds{999'999}) == "1 ms");
    CHECK(shown_time(nanoseconds{150'000'000'000}) == "150 s");
    CHECK(shown_bytes(5.12e9) == "5.12 GB");
    CHECK(shown_memory(80.1 * 1024 * 1024) == "80.1 MiB");
    CHECK(shown_memory(0) == "0 B");
    CHECK(shown_rate(25e6) == "25 Mb/s");
    CHECK(shown_part(0.998) == "99.8 %");
    CHECK(shown_clock(5) == "0:05");
    CHECK(shown_clock(3600) == "1:00:00");
    CHECK(plural(1, "box", "boxes") == "1 box");
    CHECK(plural(2000, "box", "boxes") == "2,000 boxes");
}

TEST_SUITE_END();

}  // namespace outpost::bench
