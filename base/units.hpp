// Quantities with their units in the type: sizes, rates, media time. No implicit way back to a bare number.
// Thread rule: values.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost {

// A count of bytes.
class Bytes {
  public:
    constexpr Bytes() = default;
    constexpr explicit Bytes(std::uint64_t count) : count_{count} {}
    [[nodiscard]] constexpr std::uint64_t count() const { return count_; }
    constexpr auto operator<=>(const Bytes&) const = default;

  private:
    std::uint64_t count_ = 0;
};

// Bits per second.
class BitRate {
  public:
    constexpr BitRate() = default;
    constexpr explicit BitRate(std::uint64_t bits_per_second) : count_{bits_per_second} {}
    [[nodiscard]] constexpr std::uint64_t bits_per_second() const { return count_; }
    [[nodiscard]] constexpr std::uint64_t bytes_per_second() const { return count_ / 8; }
    constexpr auto operator<=>(const BitRate&) const = default;

  private:
    std::uint64_t count_ = 0;
};

using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

inline namespace literals {
constexpr Bytes operator""_B(unsigned long long n) { return Bytes{n}; }
constexpr Bytes operator""_KiB(unsigned long long n) { return Bytes{n << 10}; }
constexpr Bytes operator""_MiB(unsigned long long n) { return Bytes{n << 20}; }
constexpr Bytes operator""_GiB(unsigned long long n) { return Bytes{n << 30}; }
constexpr BitRate operator""_kbps(unsigned long long n) { return BitRate{n * 1000}; }
constexpr BitRate operator""_Mbps(unsigned long long n) { return BitRate{n * 1000 * 1000}; }
}  // namespace literals

// Media time: integer ticks of a timescale (ticks per second). Timescale is never 0.
struct Ticks {
    std::int64_t count = 0;
    std::uint32_t timescale = 1;

    // The same instant in another timescale, rounded to the nearest tick (halves away from zero).
    [[nodiscard]] Ticks in(std::uint32_t other) const;
    [[nodiscard]] Milliseconds to_milliseconds() const;
    friend std::strong_ordering operator<=>(const Ticks& a, const Ticks& b);
    friend bool operator==(const Ticks& a, const Ticks& b) { return (a <=> b) == 0; }
};

// A fraction such as 30000/1001 frames a second. denominator is never 0.
struct Ratio {
    std::uint32_t numerator = 0;
    std::uint32_t denominator = 1;
    [[nodiscard]] double value() const { return static_cast<double>(numerator) / denominator; }
    bool operator==(const Ratio&) const = default;
};

// A half-open range of bytes [offset, offset + length).
struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    [[nodiscard]] std::uint64_t end() const { return offset + length; }
    bool operator==(const ByteRange&) const = default;
};

// "4s", "250ms", "1.5h", "7d": a number and one of ms s min h d. Nothing else, no blanks; below 2^63 ms.
std::optional<Milliseconds> parse_duration(std::string_view text);
// "512MiB", "64KB", "10B": a number and one of B KB MB GB TB (powers of 1000) KiB MiB GiB TiB (powers of
// 1024).
std::optional<Bytes> parse_bytes(std::string_view text);
// "25Mbps", "500kbps", "1.5Gbps", "900bps".
std::optional<BitRate> parse_bit_rate(std::string_view text);

// The shortest text that parses back to the same value.
std::string to_text(Milliseconds duration);
std::string to_text(Bytes size);
std::string to_text(BitRate rate);

}  // namespace outpost
