// The name that a manifest gives a codec (RFC 6381, ISO/IEC 14496-15 Annex E), exact, from the sample entry
// in the init segment. Thread rule: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "manifest/presentation.hpp"
#include "media/mp4/box.hpp"

namespace outpost::media::mp4 {

struct SampleEntry {
    FourCc type = 0;
    std::string codecs;
    std::uint32_t width = 0, height = 0;
    std::uint32_t channels = 0, sample_rate = 0;
    std::optional<manifest::VideoRange> video_range;  // when the entry has a colr box that tells
};

// `entry` is one box inside stsd. A Problem when it is a codec that CMAF does not carry or is malformed.
Outcome<SampleEntry> read_sample_entry(const Box& entry);

}  // namespace outpost::media::mp4
