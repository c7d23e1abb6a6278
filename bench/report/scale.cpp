#include <algorithm>
#include <array>
#include <cmath>

#include "bench/report/figures.hpp"
#include "bench/report/plot.hpp"

namespace outpost::bench {
namespace {

// 1, 2 or 5 times a power of ten: the least that is not below.
double round_step(double least) {
    const double power = std::pow(10, std::floor(std::log10(least)));
    for (const double times : {1.0, 2.0, 5.0})
        if (times * power >= least * (1 - 1e-9)) return times * power;
    return 10 * power;
}

std::vector<Tick> log_ticks(const Scale& scale, unsigned most, const Text& text) {
    const int first = static_cast<int>(std::floor(std::log10(scale.low) + 1e-9));
    const int last = static_cast<int>(std::ceil(std::log10(scale.high) - 1e-9));
    const auto decades = static_cast<unsigned>(std::max(1, last - first));
    const int skip = static_cast<int>((decades + most - 1) / most);
    std::vector<Tick> ticks;
    for (int power = first; power <= last; power += skip) {
        for (const double times : {1.0, 2.0, 5.0}) {
            if (times > 1 && decades * 3 > most) break;
            const double value = times * std::pow(10, power);
            if (value >= scale.low * (1 - 1e-9) && value <= scale.high * (1 + 1e-9))
                ticks.push_back({value, text(value)});
        }
    }
    return ticks;
}

}  // namespace

double Scale::at(double value) const {
    double part = 0;
    if (log)
        part = value <= low ? 0 : (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
    else
        part = (value - low) / (high - low);
    if (!std::isfinite(part)) part = 0;
    return from + std::clamp(part, 0.0, 1.0) * (to - from);
}

std::vector<Tick> ticks_of(const Scale& scale, unsigned most, const Text& text) {
    if (!(scale.high > scale.low) || most == 0) return {};
    if (scale.log) return log_ticks(scale, most, text);
    const double step = round_step((scale.high - scale.low) / most);
    std::vector<Tick> ticks;
    for (double n = std::ceil(scale.low / step - 1e-9); n * step <= scale.high + step * 1e-9; ++n)
        ticks.push_back({n * step, text(n * step)});
    return ticks;
}

std::vector<Tick> clock_ticks(double seconds, unsigned most) {
    constexpr std::array<double, 16> steps{1,   2,   5,   10,   15,   30,   60,    120,
                                           300, 600, 900, 1800, 3600, 7200, 14400, 43200};
    double step = steps.back();
    for (auto each = steps.rbegin(); each != steps.rend(); ++each)
        if (seconds / *each <= most) step = *each;
    while (seconds / step > most) step *= 2;
    std::vector<Tick> ticks;
    for (double at = 0; at <= seconds + 1e-9; at += step) ticks.push_back({at, shown_clock(at)});
    return ticks;
}

double round_up(double value) {
    if (!(value > 0)) return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double times : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0})
        if (times * power >= value * (1 - 1e-9)) return times * power;
    return 10 * power;
}

}  // namespace outpost::bench
