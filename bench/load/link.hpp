// A thin link: how many bytes may be taken off a socket now, so that what comes has the link's rate. A token
// bucket that holds 50 ms. Pure. Thread rule: one thread; the connections of a client share it.
#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace outpost::bench {

class Link {
  public:
    Link(BitRate rate, SteadyTime now)
        : rate_{static_cast<double>(rate.bytes_per_second()) / 1e9},
          most_{std::max(rate_ * 50e6, 2048.0)},
          at_{now} {}

    // How many may be read now; 0 until ready_at().
    std::size_t allowed(SteadyTime now) {
        if (now > at_) {
            left_ = std::min(most_, left_ + rate_ * static_cast<double>((now - at_).count()));
            at_ = now;
        }
        return left_ < least() ? 0 : static_cast<std::size_t>(left_);
    }
    void took(std::size_t bytes) { left_ -= static_cast<double>(bytes); }
    // When it allows half of what it holds again, so that a thin link is not a call of the system per packet.
    [[nodiscard]] SteadyTime ready_at() const {
        const double missing = std::max(least() - left_, 0.0);
        return at_ + std::chrono::nanoseconds{static_cast<std::int64_t>(missing / rate_) + 1};
    }

  private:
    [[nodiscard]] double least() const { return most_ / 2; }

    double rate_;  // bytes a nanosecond
    double most_, left_ = 0;
    SteadyTime at_;
};

}  // namespace outpost::bench
