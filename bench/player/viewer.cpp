#include "bench/player/viewer.hpp"

#include <algorithm>
#include <cmath>

namespace outpost::bench {
namespace {

constexpr std::string_view placeholder = "{}";

// (e^x - 1)/x and log(1 + x)/x, whole at 0: what makes an exponent of 1 no special case below.
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }

// The weight's integral from 1 to x, and its inverse.
double integral(double x, double exponent) {
    const double log_x = std::log(x);
    return expm1_over((1 - exponent) * log_x) * log_x;
}
double inverse_integral(double y, double exponent) {
    const double t = std::max(y * (1 - exponent), -1.0);
    return std::exp(log1p_over(t) * y);
}

}  // namespace

std::uint64_t Chance::bits() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

double Chance::part() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

std::uint64_t Chance::below(std::uint64_t count) {
    return std::min(static_cast<std::uint64_t>(part() * static_cast<double>(count)), count - 1);
}

std::chrono::nanoseconds Chance::gap(Milliseconds mean) {
    const std::chrono::duration<double, std::milli> gap{-std::log1p(-part()) *
                                                        static_cast<double>(mean.count())};
    return std::max(std::chrono::duration_cast<std::chrono::nanoseconds>(gap),
                    std::chrono::nanoseconds{1'000'000});
}

std::uint64_t Chance::zipf(std::uint64_t count, double exponent) {
    if (count <= 1) return 1;
    if (exponent <= 0) return below(count) + 1;
    const auto weight = [&](double x) { return std::pow(x, -exponent); };
    const double first = integral(1.5, exponent) - 1;
    const double last = integral(static_cast<double>(count) + 0.5, exponent);
    const double squeeze = 2 - inverse_integral(integral(2.5, exponent) - weight(2), exponent);
    for (;;) {
        const double u = last + part() * (first - last);
        const double x = inverse_integral(u, exponent);
        const double k = std::clamp(std::round(x), 1.0, static_cast<double>(count));
        if (k - x <= squeeze || u >= integral(k + 0.5, exponent) - weight(k))
            return static_cast<std::uint64_t>(k);
    }
}

std::uint64_t titles_of(const Crowd& crowd) {
    std::uint64_t count = 0;
    for (const std::string& title : crowd.titles)
        count += title.find(placeholder) == std::string::npos ? 1 : std::max(crowd.catalogue, 1U);
    return count;
}

std::string title_at(const Crowd& crowd, std::uint64_t place) {
    for (const std::string& title : crowd.titles) {
        const auto at = title.find(placeholder);
        const std::uint64_t films = at == std::string::npos ? 1 : std::max(crowd.catalogue, 1U);
        if (place >= films) {
            place -= films;
            continue;
        }
        std::string out = title;
        const std::string number = std::to_string(place + 1);
        for (auto next = at; next != std::string::npos; next = out.find(placeholder, next + number.size()))
            out.replace(next, placeholder.size(), number);
        return out;
    }
    return {};
}

Viewer::Viewer(const Crowd& crowd, std::uint64_t seed, SteadyTime now)
    : resume{SteadyTime::max()},
      leave{crowd.stay > Milliseconds{0} ? now + crowd.stay : SteadyTime::max()},
      crowd_{crowd},
      chance_{seed} {
    zap = after(crowd.zap_every, now);
    seek = after(crowd.seek_every, now);
    pause = crowd.pause_for > Milliseconds{0} ? after(crowd.pause_every, now) : SteadyTime::max();
}

std::string Viewer::choose_title() {
    const std::uint64_t count = titles_of(crowd_);
    if (count == 0) return {};
    std::uint64_t next = title_;
    // Where one title outweighs all others, the one behind it does.
    for (int tries = 0; tries < 16 && (next == title_ || !chosen_); ++tries) {
        next = chance_.zipf(count, crowd_.zipf) - 1;
        if (!chosen_) break;
    }
    if (chosen_ && next == title_) next = (next + 1) % count;
    chosen_ = true;
    title_ = next;
    return title_at(crowd_, next);
}

void Viewer::zapped(SteadyTime now) {
    zap = after(crowd_.zap_every, now);
    if (resume != SteadyTime::max()) resumed(now);  // a new film plays
}

void Viewer::sought(SteadyTime now) { seek = after(crowd_.seek_every, now); }

void Viewer::paused(SteadyTime now, bool did) {
    if (did) {
        resume = now + crowd_.pause_for;
        pause = SteadyTime::max();
    } else {
        pause = after(crowd_.pause_every, now);
    }
}

void Viewer::resumed(SteadyTime now) {
    resume = SteadyTime::max();
    pause = after(crowd_.pause_every, now);
}

SteadyTime Viewer::next() const { return std::min({zap, seek, pause, resume, leave}); }

SteadyTime Viewer::after(Milliseconds mean, SteadyTime now) {
    return mean > Milliseconds{0} ? now + chance_.gap(mean) : SteadyTime::max();
}

}  // namespace outpost::bench
