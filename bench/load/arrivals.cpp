#include "bench/load/arrivals.hpp"

#include <algorithm>

namespace outpost::bench {
namespace {

Nanoseconds part_of(Nanoseconds whole, double part) {
    return Nanoseconds{static_cast<std::int64_t>(static_cast<double>(whole.count()) * part)};
}

double flash(Random& random) {
    for (;;) {
        const double part = 0.5 + random.normal() / 6;
        if (part >= 0 && part <= 1) return part;
    }
}

}  // namespace

std::vector<Nanoseconds> arrivals(Arrival arrival, std::uint32_t count, Milliseconds start, Milliseconds over,
                                  std::uint64_t seed) {
    std::vector<Nanoseconds> times(count, start);
    Random random{seed};
    double at = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        switch (arrival) {
            case Arrival::at_once: break;
            case Arrival::ramp: at = static_cast<double>(i) / count; break;
            case Arrival::poisson: at += random.exponential() / count; break;
            case Arrival::flash: at = flash(random); break;
        }
        times[i] += part_of(over, at);
    }
    std::sort(times.begin(), times.end());
    return times;
}

}  // namespace outpost::bench
