// What a Recording holds; for recording.cpp and recording_json.cpp only.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/measure/recording.hpp"

namespace outpost::bench {

struct Recording::State {
    static constexpr std::int64_t most_slices = 48 * 3600;  // what ends later is in the last one

    SteadyTime began;
    Milliseconds warm_up{0};
    Totals totals;
    std::vector<Slice> slices;
    std::vector<std::unique_ptr<Histogram>> times;  // the slices' segment_times, at their index
    Histogram first_byte, request_time, segment_time, segment_part, start_up, connect_time;

    Slice& slice_at(SteadyTime time);
    Slice& slice(std::size_t index);  // index < most_slices
    Histogram& times_of(Slice& slice);
    [[nodiscard]] bool counts(SteadyTime time) const { return time >= began + warm_up; }

    // By their names in JSON.
    static constexpr std::array<std::pair<std::string_view, Histogram State::*>, 6> histograms{{
        {"first_byte", &State::first_byte},
        {"request_time", &State::request_time},
        {"segment_time", &State::segment_time},
        {"segment_part", &State::segment_part},
        {"start_up", &State::start_up},
        {"connect_time", &State::connect_time},
    }};
    static constexpr std::array<std::pair<std::string_view, std::uint64_t Totals::*>, 10> numbers{{
        {"requests", &Totals::requests},
        {"bytes", &Totals::bytes},
        {"hits", &Totals::hits},
        {"sessions", &Totals::sessions},
        {"stalls", &Totals::stalls},
        {"switches", &Totals::switches},
        {"connections", &Totals::connections},
        {"tls_full", &Totals::tls_full},
        {"tls_resumed", &Totals::tls_resumed},
        {"media_bits", &Totals::media_bits},
    }};
};

}  // namespace outpost::bench
