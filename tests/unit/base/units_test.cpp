#include "base/units.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace std::chrono_literals;

TEST_CASE("a quantity is a number and a unit, exact, or nothing") {
    CHECK(parse_duration("250ms") == 250ms);
    CHECK(parse_duration("1.5h") == 90min);
    CHECK(parse_duration("0s") == 0ms);
    CHECK(parse_bytes("64KiB") == 64_KiB);
    CHECK(parse_bytes("64KB") == Bytes{64'000});
    CHECK(parse_bytes("0.5KiB") == Bytes{512});
    CHECK(parse_bytes("9223372036854775807B") == Bytes{INT64_MAX});
    CHECK(parse_bit_rate("1.5Gbps") == BitRate{1'500'000'000});
    for (const std::string_view bad :
         {"", "s", "5", "-5s", "+5s", "5 s", " 5s", "5S", "5sec", "1.s", ".5s", "1..5s", "1e3s", "0.0001ms",
          "0.3ms", "9223372036854775808ms", "99999999999999999999d", "106751991168d", "1.00000000000s"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_duration(bad));
    }
    CHECK_FALSE(parse_bytes("0.5B"));
    CHECK_FALSE(parse_bytes("8388608TiB"));
}

TEST_CASE("a quantity's text is the shortest that reads back the same") {
    for (const std::int64_t n : {0LL, 1LL, 999LL, 1000LL, 90'000LL, 3'600'000LL, 86'400'000LL, 86'400'001LL})
        CHECK(parse_duration(to_text(Milliseconds{n})) == Milliseconds{n});
    for (const std::uint64_t n : {0ULL, 1ULL, 1000ULL, 1024ULL, 1'000'000ULL, 1ULL << 40, (1ULL << 40) + 1})
        CHECK(parse_bytes(to_text(Bytes{n})) == Bytes{n});
    CHECK(to_text(90'000ms) == "90s");
    CHECK(to_text(1_MiB) == "1MiB");
}

TEST_CASE("ticks change their timescale to the nearest, halves away from zero, without overflow") {
    CHECK(Ticks{1, 2}.in(1).count == 1);
    CHECK(Ticks{-1, 2}.in(1).count == -1);
    CHECK(Ticks{1, 3}.in(1).count == 0);
    CHECK(Ticks{INT64_MAX / 2, 90'000}.in(90'000).count == INT64_MAX / 2);
    CHECK(Ticks{INT64_MAX, UINT32_MAX}.in(1).count == INT64_MAX / UINT32_MAX);
    CHECK(Ticks{3, 2}.to_milliseconds() == 1500ms);
    CHECK(Ticks{1, 3} < Ticks{1, 2});
    CHECK(Ticks{2, 4} == Ticks{1, 2});
    CHECK(Ticks{INT64_MAX, 1} > Ticks{INT64_MAX, 2});
}
