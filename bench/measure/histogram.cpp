#include "bench/measure/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::bench {
namespace {

constexpr unsigned sub_bits = 7;
constexpr std::size_t row = std::size_t{1} << sub_bits;  // the buckets of one power of two
constexpr unsigned range_bits = 32;                      // in µs: 71 minutes
constexpr std::size_t bucket_count = (range_bits - sub_bits + 1) * row;
constexpr Nanoseconds range_end{(std::int64_t{1000} << range_bits) - 1};
// Of a text: more than any run records, and so little that sums of them stay within the type.
constexpr std::uint64_t most_read = std::uint64_t{1} << 53;

// Below `row` a bucket is a microsecond. After that each row holds the values of one power of two.
std::size_t bucket_of(std::uint64_t micros) {
    if (micros < row) return micros;
    const unsigned shift = static_cast<unsigned>(std::bit_width(micros)) - 1 - sub_bits;
    return shift * row + (micros >> shift);
}

std::uint64_t lower_micros(std::size_t bucket) {
    if (bucket < 2 * row) return bucket;
    const std::size_t shift = bucket / row - 1;
    return (bucket - shift * row) << shift;
}

Nanoseconds lower_edge(std::size_t bucket) {
    return Nanoseconds{static_cast<std::int64_t>(lower_micros(bucket) * 1000)};
}

Nanoseconds upper_edge(std::size_t bucket) {
    return bucket + 1 == bucket_count ? range_end : lower_edge(bucket + 1) - Nanoseconds{1};
}

std::size_t bucket_of(Nanoseconds value) {
    return bucket_of(static_cast<std::uint64_t>(value.count()) / 1000);
}

// Stays at the end of the type: a mean that is too small beats one below zero.
Nanoseconds sum_of(Nanoseconds a, Nanoseconds b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a.count(), b.count(), &sum) ? Nanoseconds::max() : Nanoseconds{sum};
}

Nanoseconds times_of(Nanoseconds value, std::uint64_t times) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(value.count(), times, &product) ? Nanoseconds::max() : Nanoseconds{product};
}

Problem refused(std::string what) {
    return {"", "the histogram " + std::move(what), "only what this program has written can be read"};
}

struct Cell {
    std::uint64_t bucket = 0, count = 0;
};
std::optional<Cell> read_cell(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto bucket = parse_unsigned(text.substr(0, colon)), count = parse_unsigned(text.substr(colon + 1));
    if (!bucket || !count || *bucket >= bucket_count || *count == 0 || *count > most_read)
        return std::nullopt;
    return Cell{*bucket, *count};
}

}  // namespace

void Histogram::make_room(std::size_t first, std::size_t last) {
    first = first / row * row;
    last = (last / row + 1) * row;
    if (buckets_.empty()) {
        first_ = first;
    } else if (first < first_) {
        buckets_.insert(buckets_.begin(), first_ - first, 0);
        first_ = first;
    }
    if (last > first_ + buckets_.size()) buckets_.resize(last - first_);
}

void Histogram::record(Nanoseconds value, std::uint64_t times) {
    if (times == 0) return;
    value = std::clamp(value, Nanoseconds{0}, range_end);
    const std::size_t bucket = bucket_of(value);
    if (bucket < first_ || bucket >= first_ + buckets_.size()) make_room(bucket, bucket);
    buckets_[bucket - first_] += times;
    count_ += times;
    max_ = std::max(max_, value);
    sum_ = sum_of(sum_, times_of(value, times));
}

void Histogram::merge(const Histogram& other) {
    if (other.count_ == 0) return;
    make_room(other.first_, other.first_ + other.buckets_.size() - 1);
    for (std::size_t i = 0; i < other.buckets_.size(); ++i)
        buckets_[other.first_ - first_ + i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
    sum_ = sum_of(sum_, other.sum_);
}

Nanoseconds Histogram::mean() const {
    if (count_ == 0) return Nanoseconds{0};
    return Nanoseconds{static_cast<std::int64_t>(static_cast<std::uint64_t>(sum_.count()) / count_)};
}

Nanoseconds Histogram::quantile(double part) const {
    if (count_ == 0) return Nanoseconds{0};
    // 0.07 * 100 is a little more than 7 in binary: what is that near to a whole number was meant as one.
    const double exact = std::clamp(part, 0.0, 1.0) * static_cast<double>(count_);
    const double whole = std::round(exact);
    const double rank =
        std::abs(exact - whole) < 1e-9 * static_cast<double>(count_) && whole > 0 ? whole : std::ceil(exact);
    const std::uint64_t wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= wanted) return std::min(upper_edge(first_ + i), max_);
    }
    return max_;
}

std::string Histogram::serialised() const {
    if (count_ == 0) return "";
    std::string out = fmt::format("{} {}", max_.count(), sum_.count());
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        if (buckets_[i] != 0) out += fmt::format(" {}:{}", first_ + i, buckets_[i]);
    }
    return out;
}

Outcome<Histogram> Histogram::parse(std::string_view text) {
    Histogram histogram;
    if (text.empty()) return histogram;
    const auto words = split(text, ' ');
    const auto max = parse_unsigned(words[0]);
    const auto sum = words.size() < 3 ? std::nullopt : parse_unsigned(words[1]);
    if (!max || !sum || *max > static_cast<std::uint64_t>(range_end.count()) ||
        *sum > static_cast<std::uint64_t>(Nanoseconds::max().count()))
        return refused("does not begin with its largest value and its sum");
    histogram.max_ = Nanoseconds{static_cast<std::int64_t>(*max)};
    histogram.sum_ = Nanoseconds{static_cast<std::int64_t>(*sum)};
    Nanoseconds least{0}, most{0};
    std::optional<std::uint64_t> last;
    for (std::size_t i = 2; i < words.size(); ++i) {
        const auto cell = read_cell(words[i]);
        if (!cell || (last && cell->bucket <= *last))
            return refused(
                fmt::format("has {:.40} where a bucket and its count must be, in rising order", words[i]));
        last = cell->bucket;
        histogram.make_room(cell->bucket, cell->bucket);
        histogram.buckets_[cell->bucket - histogram.first_] = cell->count;
        histogram.count_ += cell->count;
        least = sum_of(least, times_of(lower_edge(cell->bucket), cell->count));
        most = sum_of(most, times_of(upper_edge(cell->bucket), cell->count));
    }
    if (histogram.count_ > most_read) return refused("counts more than any run records");
    if (bucket_of(histogram.max_) != *last || histogram.sum_ < least || histogram.sum_ > most)
        return refused("has a largest value or a sum that its buckets can't have");
    return histogram;
}

}  // namespace outpost::bench
