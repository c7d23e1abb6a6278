// Reads MPDs of others and our own: what a rewriter, a prefetcher and a simulated player need to know, beside
// the XmlDocument that keeps everything. Segments are known where they are given by SegmentTemplate (with
// SegmentTimeline or @duration); other addressing stays in the document only. Every Problem says name:line.
// Time and memory are linear in the text and the limits. Thread rule: pure functions, values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "manifest/dash/xml.hpp"

namespace outpost::manifest::dash {

struct Limits {
    XmlLimits xml;
    std::size_t segments = 500'000;  // of the whole MPD, each timeline counted once
    std::size_t representations = 2000;
    std::size_t id_bytes = 256;  // of Representation@id: it is repeated in URLs
};

struct TimelineSegment {
    std::uint64_t time = 0;      // ticks, as S@t
    std::uint64_t duration = 0;  // ticks
    bool operator==(const TimelineSegment&) const = default;
};

// A SegmentTemplate with what it inherits. Representations of one set share the timeline.
struct Addressing {
    std::string initialization, media;
    std::uint64_t start_number = 1;
    std::uint32_t timescale = 1;
    std::uint64_t time_offset = 0;  // presentationTimeOffset
    std::shared_ptr<const std::vector<TimelineSegment>> segments;
};

struct Representation {
    std::size_t line = 0;
    std::string id, codecs, mime_type;
    BitRate bandwidth;
    std::uint32_t width = 0, height = 0, sample_rate = 0;  // 0 when not given
    std::optional<Ratio> frame_rate;
    std::vector<std::string> base_urls;  // outermost first, the first of each level; to be resolved in turn
    std::optional<Addressing> addressing;

    [[nodiscard]] std::size_t segment_count() const;
    // Relative to the base URLs. `place` counts from 0 and is below segment_count().
    [[nodiscard]] std::string segment_url(std::size_t place) const;
    [[nodiscard]] std::string initialization_url() const;  // "" when there is none
};

struct AdaptationSet {
    std::size_t line = 0;
    std::string id, content_type, language;
    std::vector<Representation> representations;
};

struct PeriodFacts {
    std::size_t line = 0;
    std::string id;
    Milliseconds start{0};
    std::optional<Milliseconds> duration;  // unknown in the last period of a live MPD
    std::vector<AdaptationSet> sets;
};

struct Mpd {
    XmlDocument document;
    bool dynamic = false;
    std::optional<Milliseconds> duration;  // mediaPresentationDuration
    Milliseconds min_buffer{0};
    std::vector<PeriodFacts> periods;
};

Outcome<Mpd> read(std::string_view text, std::string_view where, const Limits& limits = {});

}  // namespace outpost::manifest::dash
