#include "manifest/presentation.hpp"

#include <algorithm>
#include <limits>

namespace outpost::manifest {
namespace {

using Wide = unsigned __int128;

constexpr std::size_t most_longer_runs = 256;

template <class Int>
Int saturating_sum(Int a, Int b) {
    Int sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<Int>::max() : sum;
}

std::int64_t longest_of(std::span<const Segment> segments) {
    std::int64_t longest = 0;
    for (const Segment& segment : segments) longest = std::max(longest, segment.duration);
    return longest;
}

// Bits per second of `bytes` in `ticks`, rounded up.
std::uint64_t rate(std::uint64_t bytes, std::int64_t ticks, std::uint32_t timescale) {
    if (ticks <= 0) return 0;
    const Wide divisor = static_cast<Wide>(ticks);
    const Wide bits = static_cast<Wide>(bytes) * 8 * timescale;
    const Wide result = (bits + divisor - 1) / divisor;
    constexpr Wide most = std::numeric_limits<std::uint64_t>::max();
    return static_cast<std::uint64_t>(std::min(result, most));
}

Milliseconds rounded_up(std::int64_t ticks, std::uint32_t timescale) {
    const __int128 scaled = static_cast<__int128>(ticks) * 1000;
    const __int128 result = (scaled + timescale - 1) / timescale;
    return Milliseconds{
        static_cast<std::int64_t>(std::min<__int128>(result, std::numeric_limits<std::int64_t>::max()))};
}

}  // namespace

BitRate peak_bit_rate(std::span<const Segment> segments, std::uint32_t timescale) {
    const std::int64_t target = longest_of(segments);
    const auto too_short = [&](__int128 run) { return run * 2 < target; };
    const auto too_long = [&](__int128 run) { return run * 2 > static_cast<__int128>(target) * 3; };
    std::uint64_t peak_bytes = 0;
    std::int64_t peak_ticks = 1;
    const auto denser = [&](std::uint64_t b, __int128 ticks) {
        return static_cast<Wide>(b) * static_cast<Wide>(peak_ticks) >
               static_cast<Wide>(peak_bytes) * static_cast<Wide>(ticks);
    };
    // The shortest run from `first` that counts ends before `end`; both only ever move forward.
    __int128 duration = 0;
    std::uint64_t bytes = 0;
    std::size_t end = 0;
    for (std::size_t first = 0; first < segments.size(); ++first) {
        while (end < segments.size() && too_short(duration)) {
            duration += segments[end].duration;
            bytes = saturating_sum(bytes, segments[end].size);
            ++end;
        }
        if (too_short(duration)) break;
        __int128 run = duration;
        std::uint64_t run_bytes = bytes;
        const std::size_t last = std::min(segments.size(), end + most_longer_runs);
        for (std::size_t next = end; !too_long(run); ++next) {
            if (denser(run_bytes, run)) {
                peak_bytes = run_bytes;
                peak_ticks = static_cast<std::int64_t>(run);
            }
            if (next >= last) break;
            run += segments[next].duration;
            run_bytes = saturating_sum(run_bytes, segments[next].size);
        }
        duration -= segments[first].duration;
        bytes -= std::min(bytes, segments[first].size);
    }
    return BitRate{rate(peak_bytes, peak_ticks, timescale)};
}

BitRate average_bit_rate(std::span<const Segment> segments, std::uint32_t timescale) {
    std::int64_t duration = 0;
    std::uint64_t bytes = 0;
    for (const Segment& segment : segments) {
        duration = saturating_sum(duration, segment.duration);
        bytes = saturating_sum(bytes, segment.size);
    }
    return BitRate{rate(bytes, duration, timescale)};
}

std::int64_t Track::duration() const {
    std::int64_t sum = 0;
    for (const Segment& segment : segments) sum = saturating_sum(sum, segment.duration);
    return sum;
}

std::int64_t Track::longest_segment() const { return longest_of(segments); }

std::uint64_t Track::size() const {
    std::uint64_t sum = 0;
    for (const Segment& segment : segments) sum = saturating_sum(sum, segment.size);
    return sum;
}

BitRate Track::average_bit_rate() const { return manifest::average_bit_rate(segments, timescale); }
BitRate Track::peak_bit_rate() const { return manifest::peak_bit_rate(segments, timescale); }

std::vector<Segment> Track::key_frame_segments() const {
    std::vector<Segment> pictures;
    for (const Segment& segment : segments) {
        for (const KeyFrame& key : segment.key_frames)
            pictures.push_back({key.duration, key.range.length, {}});
    }
    return pictures;
}

Milliseconds duration_of(const Period& period) {
    Milliseconds longest{0};
    Milliseconds text{0};
    for (const Track& track : period.tracks) {
        Milliseconds& most = track.kind == TrackKind::text ? text : longest;
        most = std::max(most, rounded_up(track.duration(), track.timescale));
    }
    return longest.count() > 0 ? longest : text;
}

Milliseconds Presentation::duration() const {
    std::int64_t sum = 0;
    for (const Period& period : periods) sum = saturating_sum(sum, duration_of(period).count());
    return Milliseconds{sum};
}

}  // namespace outpost::manifest
