// From SegmentTimeline, or SegmentTemplate@duration, to segments one by one. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "manifest/dash/reader.hpp"

namespace outpost::manifest::dash {

// What a timeline's end depends on.
struct TimelineBounds {
    std::optional<std::uint64_t>
        end;               // the period's, in ticks of the timeline; unknown: r="-1" is one segment
    std::size_t most = 0;  // segments
};

// The Problem's `where` is the line alone.
Outcome<std::vector<TimelineSegment>> expand_timeline(const XmlNode& timeline, const TimelineBounds& bounds);

// Equal segments from `begin` up to the end; none when that is unknown.
Outcome<std::vector<TimelineSegment>> equal_segments(std::uint64_t begin, std::uint64_t duration,
                                                     const TimelineBounds& bounds, std::size_t line);

}  // namespace outpost::manifest::dash
