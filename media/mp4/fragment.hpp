// What a fragmented MP4 with one track says about itself: the header (moov) and the samples of each fragment
// (moof). Everything is checked against the bytes and the limits below. Thread rule: pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "media/mp4/box.hpp"
#include "media/mp4/codecs.hpp"

namespace outpost::media::mp4 {

constexpr std::uint64_t most_header = 4 << 20;              // bytes of ftyp+moov, and of a moof
constexpr std::size_t most_samples = 1 << 17;               // of one fragment
constexpr std::int64_t most_ticks = std::int64_t{1} << 53;  // 3,000 years of 90 kHz: sums can't overflow

struct TrackHeader {
    std::uint32_t track_id = 0;
    std::uint32_t timescale = 0;  // > 0
    FourCc handler = 0;           // vide, soun
    std::int64_t media_time = 0;  // of the edit list: what is presented at 0 (0 without one)
    SampleEntry entry;
    std::uint32_t default_duration = 0, default_size = 0, default_flags = 0;  // trex
};

struct Sample {
    std::int64_t decode_time = 0;
    std::int64_t presentation_time = 0;
    std::uint32_t duration = 0;
    std::uint32_t size = 0;
    std::uint64_t offset = 0;  // from the first byte of the moof
    bool sync = false;         // a decoder can start here
};

// `moov` is the whole body of the box: exactly one track.
Outcome<TrackHeader> read_header(std::string_view moov_body);

// The samples of one moof (its whole box), in decode order. Sample bytes are not looked at: the caller checks
// offset + size against what follows.
Outcome<std::vector<Sample>> read_samples(std::string_view moof, const TrackHeader& header);

}  // namespace outpost::media::mp4
