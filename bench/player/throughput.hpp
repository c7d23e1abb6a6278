// How fast a player believes its line to be, from what it has fetched: the estimators of four players. Each
// knows only finished downloads, as the players do. Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/units.hpp"

namespace outpost::bench {

using Nanoseconds = std::chrono::nanoseconds;

// What of a download counts: shorter ones count as this long, since nothing can be told from them.
constexpr Nanoseconds shortest_download{1'000'000};

// An exponentially weighted mean whose weight is the time that was spent downloading (dash.js, hls.js,
// Shaka): after `half_life` of it, an old sample has half its weight. Corrected for having begun at zero.
class MovingAverage {
  public:
    explicit MovingAverage(std::chrono::duration<double> half_life) : half_life_{half_life} {}
    void sample(double value, std::chrono::duration<double> weight);
    [[nodiscard]] double value() const;  // 0 before the first sample

  private:
    std::chrono::duration<double> half_life_;
    double estimate_ = 0;
    double unseen_ = 1;  // what part of the weight still stands on the zero that it began with
};

// The median of the latest samples, each weighted by the square root of its bytes (ExoPlayer's
// DefaultBandwidthMeter): at most 2000 of weight, the oldest leaves first.
class SlidingMedian {
  public:
    void sample(double value, double weight);
    [[nodiscard]] double value() const;  // 0 before the first sample

  private:
    struct Sample {
        double value, weight;
    };
    std::vector<Sample> samples_;  // in order of arrival
    double total_ = 0;
};

struct HalfLives {
    std::chrono::duration<double> fast{3}, slow{8};
};

class Throughput {
  public:
    // Two moving averages, of which the lower counts; `initial` stands until there is a sample.
    Throughput(BitRate initial, HalfLives half_lives);
    // ExoPlayer's: `initial` stands until 2 s were spent or 512 KiB fetched.
    explicit Throughput(BitRate initial);

    void downloaded(std::uint64_t bytes, Nanoseconds took);
    [[nodiscard]] BitRate estimate() const;
    [[nodiscard]] bool measured() const;  // whether it is more than `initial`

  private:
    struct Averages {
        MovingAverage fast, slow;
    };
    BitRate initial_;
    std::variant<Averages, SlidingMedian> samples_;
    std::uint64_t bytes_ = 0;
    Nanoseconds spent_{0};
};

}  // namespace outpost::bench
