#include "bench/player/throughput.hpp"

#include <algorithm>
#include <cmath>

namespace outpost::bench {
namespace {

constexpr double most_weight = 2000;       // ExoPlayer's DEFAULT_SLIDING_WINDOW_MAX_WEIGHT
constexpr std::size_t most_samples = 200;  // a bound on memory; the weight's is reached first by far
constexpr std::uint64_t enough_bytes = 512 << 10;
constexpr Nanoseconds enough_time = std::chrono::seconds{2};

}  // namespace

void MovingAverage::sample(double value, std::chrono::duration<double> weight) {
    const double old = std::exp2(-weight / half_life_);
    estimate_ = old * estimate_ + (1 - old) * value;
    unseen_ *= old;
}

double MovingAverage::value() const { return unseen_ < 1 ? estimate_ / (1 - unseen_) : 0; }

void SlidingMedian::sample(double value, double weight) {
    samples_.push_back({value, weight});
    total_ += weight;
    // The oldest sample leaves bit by bit: no more weight goes than has to.
    while (total_ > most_weight || samples_.size() > most_samples) {
        Sample& oldest = samples_.front();
        const double excess = total_ - most_weight;
        if (samples_.size() <= most_samples && oldest.weight > excess) {
            oldest.weight -= excess;
            total_ -= excess;
        } else {
            total_ -= oldest.weight;
            samples_.erase(samples_.begin());
        }
    }
}

double SlidingMedian::value() const {
    if (samples_.empty()) return 0;
    std::vector<Sample> sorted = samples_;
    std::sort(sorted.begin(), sorted.end(),
              [](const Sample& a, const Sample& b) { return a.value < b.value; });
    double reached = 0;
    for (const Sample& sample : sorted) {
        reached += sample.weight;
        if (reached >= total_ / 2) return sample.value;
    }
    return sorted.back().value;
}

Throughput::Throughput(BitRate initial, HalfLives half_lives)
    : initial_{initial}, samples_{Averages{MovingAverage{half_lives.fast}, MovingAverage{half_lives.slow}}} {}

Throughput::Throughput(BitRate initial) : initial_{initial}, samples_{SlidingMedian{}} {}

void Throughput::downloaded(std::uint64_t bytes, Nanoseconds took) {
    if (bytes == 0) return;
    const std::chrono::duration<double> seconds = std::max(took, shortest_download);
    const double rate = static_cast<double>(bytes) * 8 / seconds.count();
    if (auto* averages = std::get_if<Averages>(&samples_)) {
        averages->fast.sample(rate, seconds);
        averages->slow.sample(rate, seconds);
    } else {
        std::get<SlidingMedian>(samples_).sample(rate, std::sqrt(static_cast<double>(bytes)));
    }
    bytes_ += bytes;
    spent_ += std::max(took, shortest_download);
}

bool Throughput::measured() const {
    if (std::holds_alternative<Averages>(samples_)) return bytes_ > 0;
    return bytes_ >= enough_bytes || spent_ >= enough_time;
}

BitRate Throughput::estimate() const {
    if (!measured()) return initial_;
    double rate = 0;
    if (const auto* averages = std::get_if<Averages>(&samples_)) {
        rate = std::min(averages->fast.value(), averages->slow.value());
    } else {
        rate = std::get<SlidingMedian>(samples_).value();
    }
    return BitRate{static_cast<std::uint64_t>(std::round(rate))};
}

}  // namespace outpost::bench
