// The index of a CMAF track file, read back from its bytes: what the manifests say is what is there.
// Reads only the boxes' heads and the moofs, never the media. Thread rule: pure but for reading the file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "manifest/presentation.hpp"
#include "media/mp4/fragment.hpp"

namespace outpost::media::mp4 {

struct TrackIndex {
    TrackHeader header;
    std::uint64_t init_size = 0;
    std::int64_t start = 0;  // presentation time of the first sample, ticks
    std::uint64_t samples = 0;
    std::vector<manifest::Segment> segments;
    std::vector<std::uint64_t> offsets;
};

// `segment_offsets`: where a segment starts in the file, ascending, each at a moof; fragments between two
// belong to the segment before. Empty: every fragment is a segment.
Outcome<TrackIndex> index_file(const Fd& file, std::span<const std::uint64_t> segment_offsets);

}  // namespace outpost::media::mp4
