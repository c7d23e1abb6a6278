// A histogram of times in the manner of HdrHistogram (Gil Tene): buckets whose width doubles, each divided
// evenly, so that every value is known to 1/128 of itself, or to 1 µs where that is more, up to over an hour.
// It takes 1 KiB for each power of two between the smallest and the largest value, 26 KiB at most. Merging is
// adding, so threads, processes and runs can be put together without losing a percentile.
// Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

    // "max sum bucket:count bucket:count …" (ns; empty when nothing was recorded), for results in JSON; and
    // back, refusing what could not have been written.
    [[nodiscard]] std::string serialised() const;
    static Outcome<Histogram> parse(std::string_view text);
    bool operator==(const Histogram&) const = default;

  private:
    void make_room(std::size_t first, std::size_t last);

    std::vector<std::uint64_t> buckets_;  // of a whole range of powers of two; the first one is bucket first_
    std::size_t first_ = 0;
    std::uint64_t count_ = 0;
    Nanoseconds max_{0}, sum_{0};
};

}  // namespace outpost::bench
