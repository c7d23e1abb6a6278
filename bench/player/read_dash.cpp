#include <algorithm>

#include "bench/player/read_formats.hpp"
#include "manifest/dash/reader.hpp"

namespace outpost::bench {
namespace {

namespace dash = manifest::dash;

Problem refused(const Uri& url, std::string what) {
    return {to_text(url), std::move(what), "name a film with one period and SegmentTemplate"};
}

enum class Kind { video, audio, other };

Kind kind_of(const dash::AdaptationSet& set) {
    std::string_view type = set.content_type;
    if (type.empty() && !set.representations.empty())
        type = std::string_view{set.representations.front().mime_type}.substr(
            0, set.representations.front().mime_type.find('/'));
    if (type == "video") return Kind::video;
    return type == "audio" ? Kind::audio : Kind::other;
}

// Of the sets of a kind that have segments the one with most renditions; the first of those.
const dash::AdaptationSet* best(const std::vector<dash::AdaptationSet>& sets, Kind kind) {
    const dash::AdaptationSet* out = nullptr;
    for (const dash::AdaptationSet& set : sets) {
        if (kind_of(set) != kind || set.representations.empty()) continue;
        if (out == nullptr || set.representations.size() > out->representations.size()) out = &set;
    }
    return out;
}

// Ticks to nanoseconds, rounded down; a difference of two such never drifts.
Nanoseconds nanoseconds(std::uint64_t ticks, std::uint32_t timescale) {
    const auto exact = static_cast<unsigned __int128>(ticks) * 1'000'000'000 / timescale;
    return Nanoseconds{static_cast<std::int64_t>(exact)};
}

Outcome<std::string> located(const Uri& url, const dash::Representation& from, const std::string& reference) {
    std::optional<Uri> base = url;
    for (const std::string& next : from.base_urls) {
        if (base) base = resolve(*base, next);
    }
    if (base) base = resolve(*base, reference);
    if (!base) return refused(url, "a URL that leads nowhere: " + reference);
    return to_text(*base);
}

Outcome<Rendition> rendition_of(const dash::Representation& from, const Uri& url) {
    Rendition out;
    out.bit_rate = from.bandwidth;
    out.height = from.height;
    if (from.segment_count() == 0)
        return refused(url, "Representation " + from.id + " has no segments that SegmentTemplate gives");
    if (const std::string init = from.initialization_url(); !init.empty()) {
        auto where = located(url, from, init);
        if (!where) return where.error();
        out.init = Piece{std::move(*where), std::nullopt, Nanoseconds{0}};
    }
    const dash::Addressing& addressing = *from.addressing;
    const std::uint64_t begin = addressing.segments->front().time;
    out.segments.reserve(from.segment_count());
    for (std::size_t i = 0; i < from.segment_count(); ++i) {
        auto where = located(url, from, from.segment_url(i));
        if (!where) return where.error();
        const dash::TimelineSegment& segment = (*addressing.segments)[i];
        const std::uint64_t time = segment.time - std::min(begin, segment.time);
        out.segments.push_back({std::move(*where), std::nullopt,
                                nanoseconds(time + segment.duration, addressing.timescale) -
                                    nanoseconds(time, addressing.timescale)});
    }
    if (out.duration() <= Nanoseconds{0})
        return refused(url, "Representation " + from.id + " has nothing to play");
    return out;
}

}  // namespace

Outcome<Title> read_dash_title(std::string_view text, const Uri& url) {
    const Outcome<dash::Mpd> mpd = dash::read(text, to_text(url));
    if (!mpd) return mpd.error();
    if (mpd->dynamic) return refused(url, "a live MPD, which a simulated player doesn't play");
    if (mpd->periods.size() != 1) return refused(url, "an MPD with no period, or several");
    Title out;
    out.dash = true;
    for (const Kind kind : {Kind::video, Kind::audio}) {
        const dash::AdaptationSet* set = best(mpd->periods.front().sets, kind);
        if (set == nullptr) continue;
        Medium& medium = out.media.emplace_back();
        medium.video = kind == Kind::video;
        for (const dash::Representation& representation : set->representations) {
            Outcome<Rendition> rendition = rendition_of(representation, url);
            if (!rendition) return rendition.error();
            medium.renditions.push_back(std::move(*rendition));
        }
        std::stable_sort(medium.renditions.begin(), medium.renditions.end(),
                         [](const Rendition& a, const Rendition& b) { return a.bit_rate < b.bit_rate; });
    }
    if (out.media.empty()) return refused(url, "an MPD without picture and sound");
    return out;
}

}  // namespace outpost::bench
