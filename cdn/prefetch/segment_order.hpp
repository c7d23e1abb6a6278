// The order of the segments that a manifest lists, for fetching ahead. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/uri.hpp"

namespace outpost::cdn {

enum class ManifestKind { none, hls, dash };

// By its media type, or the end of its path where the type says nothing.
ManifestKind manifest_kind(std::string_view content_type, std::string_view path);

struct SegmentList {
    std::string name;  // within the manifest, the same when it is read again
    std::vector<Uri> segments;
};

struct SegmentOrderLimits {
    std::size_t segments = 32'768;  // of all lists
    std::size_t growing = 1'024;    // the last so many of a list to which more will come
};

// One list for a media playlist, one for each representation and period of an MPD; segments at other origins
// than `base` and ranges of one file are left out. Empty for a multivariant playlist, and for what does not
// parse. A live MPD tells only of what its SegmentTimeline lists.
std::vector<SegmentList> segment_lists(ManifestKind kind, std::string_view text, const Uri& base,
                                       const SegmentOrderLimits& limits = {});

}  // namespace outpost::cdn
