// A histogram of times in the manner of HdrHistogram (Gil Tene): buckets whose width doubles, each divided
// evenly, so that every value is known to 1/128 of itself from 1 µs to over an hour, in a fixed 20 KiB.
// Merging is adding, so threads, processes and runs can be put together without losing a percentile.
// Thread rule: one thread at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace outpost::bench {

using Nanoseconds = std::chrono::nanoseconds;

class Histogram {
  public:
    void record(Nanoseconds value,
                std::uint64_t times = 1);  // below 0 counts as 0, above the range as its end
    void merge(const Histogram& other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] Nanoseconds max() const { return max_; }
    [[nodiscard]] Nanoseconds mean() const;
    // The smallest recorded value (to its bucket's upper edge, never above max()) that at least this part
    // of all is not above; `part` from 0 to 1. Zero when nothing was recorded.
    [[nodiscard]] Nanoseconds quantile(double part) const;

    // "bucket:count bucket:count …", for results in JSON; and back, refusing what could not have been
    // written.
    [[nodiscard]] std::string serialised() const;
    static Outcome<Histogram> parse(std::string_view text);

  private:
    static constexpr unsigned sub_bits = 7;                                       // 128 parts a power of two
    static constexpr std::size_t bucket_count = (32 - sub_bits + 1) << sub_bits;  // up to 2^32 µs
    std::array<std::uint64_t, bucket_count> buckets_{};
    std::uint64_t count_ = 0;
    Nanoseconds max_{0}, sum_{0};
};

}  // namespace outpost::bench
