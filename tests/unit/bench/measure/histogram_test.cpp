#include "bench/measure/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

// Times as servers have them: most of them short, some long, over five powers of ten.
std::vector<Nanoseconds> some_times(std::size_t count, unsigned seed) {
    std::mt19937_64 random{seed};
    std::lognormal_distribution<double> draw{14, 2.5};  // ns: around 1.2 ms
    std::vector<Nanoseconds> times;
    for (std::size_t i = 0; i < count; ++i)
        times.emplace_back(static_cast<std::int64_t>(std::min(draw(random), 4e12)));
    return times;
}

Histogram of(const std::vector<Nanoseconds>& times) {
    Histogram histogram;
    for (const Nanoseconds each : times) histogram.record(each);
    return histogram;
}

}  // namespace

TEST_CASE(
    "a quantile is the exactly sorted value, never below it and at most a 128th or a microsecond above") {
    for (const std::size_t count : {1UL, 2UL, 10UL, 999UL, 20000UL}) {
        CAPTURE(count);
        std::vector<Nanoseconds> times = some_times(count, 7);
        const Histogram histogram = of(times);
        std::sort(times.begin(), times.end());
        for (const double part : {0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
            CAPTURE(part);
            // The smallest value that `part` of all are not above: of 10 the 5th for 0.5, the 10th for 0.99.
            const auto rank = std::max<std::size_t>(
                1, static_cast<std::size_t>(std::ceil(part * static_cast<double>(count) - 1e-9)));
            const Nanoseconds exact = times[rank - 1], told = histogram.quantile(part);
            CHECK(told >= exact);
            CHECK(told - exact <= std::max<Nanoseconds>(1us, exact / 128));
            CHECK(told <= histogram.max());
        }
        CHECK(histogram.max() == times.back());
    }
}

TEST_CASE("what lies below 128 µs is known to the microsecond") {
    Histogram histogram;
    for (int i = 0; i < 100; ++i) histogram.record(std::chrono::microseconds{i});
    // The 7th of 100 is 6 µs; its bucket ends a nanosecond before 7 µs. 0.07 * 100 is not 7 in binary.
    CHECK(histogram.quantile(0.07) == 6999ns);
    CHECK(histogram.quantile(1) == 99us);
    CHECK(histogram.mean() == 49500ns);
}

TEST_CASE("the mean is of the values themselves, not of their buckets") {
    Histogram histogram;
    histogram.record(1000003ns, 3);
    histogram.record(2000000007ns);
    CHECK(histogram.mean() == 500750004ns);  // (3 * 1000003 + 2000000007) / 4
    CHECK(histogram.count() == 4);
}

TEST_CASE("one request that waits two seconds among a thousand is what p99.9 and more tell") {
    Histogram histogram;
    histogram.record(1ms, 998);
    histogram.record(2s, 2);
    CHECK(histogram.quantile(0.998) < 1010us);
    CHECK(histogram.quantile(0.999) == 2s);
}

TEST_CASE("below 0 counts as 0, and beyond the range as its end") {
    Histogram histogram;
    histogram.record(-5ms);
    CHECK(histogram.quantile(1) == 0ns);
    histogram.record(100h);
    CHECK(histogram.max() == std::chrono::microseconds{1LL << 32} - 1ns);
    CHECK(histogram.quantile(1) == histogram.max());
    CHECK(histogram.count() == 2);
    histogram.record(1s, 0);
    CHECK(histogram.count() == 2);
}

TEST_CASE("an empty histogram has nothing to tell") {
    const Histogram histogram;
    CHECK(histogram.quantile(0.5) == 0ns);
    CHECK(histogram.mean() == 0ns);
    CHECK(histogram.max() == 0ns);
    CHECK(histogram.serialised().empty());
}

TEST_CASE("a merge is the same as if one had recorded everything, in whatever order") {
    const auto a = some_times(3000, 1), b = some_times(5000, 2);
    std::vector<Nanoseconds> both = a;
    both.insert(both.end(), b.begin(), b.end());
    const Histogram all = of(both);
    Histogram forth = of(a), back = of(b), none;
    forth.merge(of(b));
    back.merge(of(a));
    none.merge(all);
    none.merge(Histogram{});
    for (const Histogram& each : {forth, back, none}) {
        CHECK(each.serialised() == all.serialised());
        CHECK(each.quantile(0.99) == all.quantile(0.99));
        CHECK(each.mean() == all.mean());
    }
}

TEST_CASE("the sum of very many long times ends at the type's end, and does not turn") {
    Histogram histogram;
    histogram.record(1h, 1ULL << 40);
    histogram.record(1h, 1ULL << 40);
    CHECK(histogram.mean() > 0ns);
    CHECK(histogram.quantile(0.5) == 1h);
}

TEST_CASE("a histogram's text says its largest value, its sum and its buckets, and reads back the same") {
    Histogram histogram;
    histogram.record(5us, 3);
    histogram.record(300500ns);
    // 300.5 µs is in [256, 512): two microseconds a bucket, so 300 >> 1 = 150, in the second row: 128 + 150.
    CHECK(histogram.serialised() == "300500 315500 5:3 278:1");
    for (const Histogram& each : {histogram, of(some_times(20000, 3)), Histogram{}}) {
        const auto read = Histogram::parse(each.serialised());
        REQUIRE(read.has_value());
        CHECK(read->serialised() == each.serialised());
        CHECK(read->mean() == each.mean());
        CHECK(read->max() == each.max());
        CHECK(read->quantile(0.9) == each.quantile(0.9));
    }
}

TEST_CASE("a text that could not have been written is refused") {
    for (const char* text : {
             " ",
             "300500",
             "300500 315500",
             "300500 315500 ",
             "x 315500 5:3 278:1",
             "300500 y 5:3 278:1",
             "300500 315500 5:3  278:1",
             "300500 315500 5:3 278:1 ",
             "300500 315500 278:1 5:3",                      // not rising
             "300500 315500 5:3 5:3 278:1",                  // twice
             "300500 315500 5:0 278:1",                      // nothing in a bucket
             "300500 315500 5:-3 278:1",                     //
             "300500 315500 5:3:3 278:1",                    //
             "300500 315500 53 278:1",                       //
             "300500 315500 5:3 278:1 3328:1",               // no such bucket
             "300500 315500 5:3 18446744073709551616:1",     // past 64 bits
             "300500 315500 5:3 278:18446744073709551615",   // more than any run
             "300500 315500 5:9007199254740992 278:1",       // in all more than any run
             "299999 315500 5:3 278:1",                      // the largest is in another bucket
             "302000 315500 5:3 278:1",                      //
             "300500 314999 5:3 278:1",                      // a sum below 3 * 5 µs + 300 µs
             "300500 320001 5:3 278:1",                      // and above 3 * 6 µs + 302 µs
             "99999999999999999 99999999999999999 3327:1",   // past the range
             "300500 99999999999999999999999999 5:3 278:1",  //
             "300500 18446744073709551615 5:3 278:1",        //
             "300500 315500 5:3 278:1 2\xff",                //
         }) {
        CAPTURE(text);
        CHECK_FALSE(Histogram::parse(text).has_value());
    }
}
