// What a thread tells while it runs. It alone writes, so that nothing is locked; others read what was there a
// moment ago. Thread rule: one writer, any readers.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "bench/player/title.hpp"

namespace outpost::bench {

class Counter {
  public:
    void add(std::uint64_t more) { set(get() + more); }
    void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

// Times in µs in buckets of a quarter of a power of two: for a line that says what is going on, no more.
inline constexpr std::size_t time_buckets = 160;
inline std::size_t time_bucket(Nanoseconds time) {
    const auto micro = static_cast<std::uint64_t>(time.count() < 4000 ? 4 : time.count() / 1000);
    const auto power = static_cast<unsigned>(std::bit_width(micro)) - 1;  // 2 at least
    return power >= 40 ? time_buckets - 1 : power * 4 + ((micro >> (power - 2)) & 3U);
}
inline Nanoseconds bucket_end(std::size_t bucket) {
    const auto power = static_cast<unsigned>(bucket / 4);
    return Nanoseconds{1000} * static_cast<std::int64_t>((bucket % 4 + 5) << power >> 2U);
}

struct alignas(64) Counters {
    Counter clients, playing, stalled, stalls, requests, failures, bytes;
    std::array<Counter, time_buckets> times;
};

}  // namespace outpost::bench
