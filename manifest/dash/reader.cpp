#include "manifest/dash/reader.hpp"

#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"
#include "manifest/dash/timeline.hpp"
#include "manifest/dash/values.hpp"

namespace outpost::manifest::dash {
namespace {

constexpr std::uint64_t most_ticks = std::uint64_t{1} << 62;

// What a level hands down to the ones inside it.
struct Inherited {
    std::vector<std::string> base_urls;
    std::optional<Addressing> addressing;
    std::uint64_t duration = 0;  // SegmentTemplate@duration
    bool has_timeline = false;   // addressing's segments come from a SegmentTimeline
    Representation common;       // the attributes that AdaptationSet may give for all of its own
};

class MpdReader {
  public:
    MpdReader(const XmlDocument& document, std::string_view where, const Limits& limits)
        : document_{document}, where_{where}, limits_{limits} {}

    Outcome<Mpd> run() {
        const XmlNode& root = document_.root();
        Mpd out;
        if (root.local_name() != "MPD") fail(root, "the root element is not MPD");
        if (const std::string* type = root.attribute("type")) out.dynamic = *type == "dynamic";
        out.duration = duration(root, "mediaPresentationDuration");
        out.min_buffer = duration(root, "minBufferTime").value_or(Milliseconds{0});
        Inherited top;
        take_base_url(root, top);
        std::vector<const XmlNode*> nodes;
        for (const XmlNode& child : root.children) {
            if (child.local_name() == "Period") nodes.push_back(&child);
        }
        place_periods(nodes, out);
        for (std::size_t i = 0; i < nodes.size() && !problem_; ++i) period(*nodes[i], top, out.periods[i]);
        if (problem_) return *problem_;
        return out;
    }

  private:
    // The first thing that is wrong is the one to tell.
    void fail(std::size_t line, std::string what) {
        if (!problem_)
            problem_ =
                Problem{fmt::format("{}:{}", where_, line), std::move(what), "give an MPD as in ISO 23009-1"};
    }
    void fail(const XmlNode& node, std::string what) { fail(node.line, std::move(what)); }

    std::optional<Milliseconds> duration(const XmlNode& node, std::string_view name) {
        const std::string* text = node.attribute(name);
        if (!text) return std::nullopt;
        const auto value = parse_xs_duration(*text);
        if (!value) fail(node, fmt::format("{} is no duration", name));
        return value;
    }

    template <class Int>
    void number(const XmlNode& node, std::string_view name, Int& into) {
        const std::string* text = node.attribute(name);
        if (!text) return;
        const auto value = parse_unsigned(*text);
        if (value && *value <= std::numeric_limits<Int>::max() && *value <= most_ticks) {
            into = static_cast<Int>(*value);
        } else {
            fail(node, fmt::format("{} is no number that can be counted", name));
        }
    }

    static void text(const XmlNode& node, std::string_view name, std::string& into) {
        if (const std::string* value = node.attribute(name)) into = *value;
    }

    void take_base_url(const XmlNode& node, Inherited& into) {
        for (const XmlNode& child : node.children) {
            if (child.local_name() != "BaseURL") continue;
            std::string url = child.own_text();
            if (url.size() > limits_.xml.attribute_bytes) return fail(child, "a BaseURL that is too long");
            into.base_urls.push_back(std::move(url));
            return;  // the others say the same elsewhere
        }
    }

    // ISO 23009-1 section 5.3.2.1: a start not given is the end of the period before.
    void place_periods(const std::vector<const XmlNode*>& nodes, Mpd& out) {
        for (const XmlNode* node : nodes) {
            PeriodFacts facts;
            facts.line = node->line;
            text(*node, "id", facts.id);
            facts.duration = duration(*node, "duration");
            if (const auto start = duration(*node, "start")) {
                facts.start = *start;
            } else if (!out.periods.empty()) {
                const PeriodFacts& before = out.periods.back();
                facts.start = before.start + before.duration.value_or(Milliseconds{0});
            }
            // Two centuries at most: a sum of many durations must not run away.
            if (facts.start > Milliseconds{std::int64_t{200} * 366 * 86'400 * 1000})
                fail(*node, "a period starts beyond what can be counted");
            out.periods.push_back(std::move(facts));
        }
        for (std::size_t i = 0; i < out.periods.size(); ++i) {
            PeriodFacts& facts = out.periods[i];
            const auto end =
                i + 1 < out.periods.size() ? std::optional{out.periods[i + 1].start} : out.duration;
            if (!facts.duration && end && *end > facts.start) facts.duration = *end - facts.start;
        }
    }

    void period(const XmlNode& node, Inherited level, PeriodFacts& out) {
        take_base_url(node, level);
        take_template(node, level, out);
        for (const XmlNode& child : node.children) {
            if (child.local_name() != "AdaptationSet") continue;
            if (problem_) return;
            AdaptationSet set;
            set.line = child.line;
            text(child, "id", set.id);
            text(child, "contentType", set.content_type);
            text(child, "lang", set.language);
            adaptation_set(child, level, out, set);
            out.sets.push_back(std::move(set));
        }
    }

    void adaptation_set(const XmlNode& node, Inherited level, const PeriodFacts& in, AdaptationSet& out) {
        take_base_url(node, level);
        take_template(node, level, in);
        take_common(node, level.common);
        for (const XmlNode& child : node.children) {
            if (child.local_name() != "Representation") continue;
            if (problem_) return;
            if (++representations_ > limits_.representations)
                return fail(child, fmt::format("over {} representations", limits_.representations));
            out.representations.push_back(representation(child, level, in));
        }
    }

    void take_common(const XmlNode& node, Representation& into) {
        text(node, "codecs", into.codecs);
        text(node, "mimeType", into.mime_type);
        number(node, "width", into.width);
        number(node, "height", into.height);
        if (const std::string* rate = node.attribute("frameRate")) {
            into.frame_rate = parse_frame_rate(*rate);
            if (!into.frame_rate) fail(node, "frameRate is no number or fraction");
        }
        // May be a range of two; then no one number is right.
        if (const std::string* rate = node.attribute("audioSamplingRate")) {
            if (rate->find(' ') == std::string::npos) number(node, "audioSamplingRate", into.sample_rate);
        }
    }

    Representation representation(const XmlNode& node, Inherited level, const PeriodFacts& in) {
        take_base_url(node, level);
        take_template(node, level, in);
        Representation out = std::move(level.common);
        take_common(node, out);
        out.line = node.line;
        text(node, "id", out.id);
        std::uint64_t bandwidth = 0;
        number(node, "bandwidth", bandwidth);
        out.bandwidth = BitRate{bandwidth};
        if (out.id.empty() || out.id.size() > limits_.id_bytes || !node.attribute("bandwidth"))
            fail(node, "Representation has no bandwidth, no id, or too long a one");
        out.base_urls = std::move(level.base_urls);
        out.addressing = std::move(level.addressing);
        return out;
    }

    void take_template(const XmlNode& level_node, Inherited& level, const PeriodFacts& in) {
        for (const XmlNode& node : level_node.children) {
            if (node.local_name() != "SegmentTemplate") continue;
            if (!level.addressing) level.addressing.emplace();
            Addressing& to = *level.addressing;
            text(node, "initialization", to.initialization);
            text(node, "media", to.media);
            number(node, "startNumber", to.start_number);
            number(node, "timescale", to.timescale);
            number(node, "presentationTimeOffset", to.time_offset);
            number(node, "duration", level.duration);
            if (to.timescale == 0) return fail(node, "timescale is 0");
            take_segments(node, level, in);
            return;
        }
    }

    void take_segments(const XmlNode& node, Inherited& level, const PeriodFacts& in) {
        Addressing& to = *level.addressing;
        const TimelineBounds bounds{end_of(in, to), limits_.segments - segments_};
        Outcome<std::vector<TimelineSegment>> expanded;
        bool timeline = false;
        for (const XmlNode& child : node.children) {
            if (child.local_name() != "SegmentTimeline") continue;
            expanded = expand_timeline(child, bounds);
            timeline = true;
            break;
        }
        if (!timeline && (level.duration == 0 || level.has_timeline)) return;
        if (!timeline) expanded = equal_segments(to.time_offset, level.duration, bounds, node.line);
        if (!expanded) return fail_at(expanded.error());
        segments_ += expanded->size();
        level.has_timeline = timeline;
        to.segments = std::make_shared<const std::vector<TimelineSegment>>(std::move(*expanded));
    }

    void fail_at(const Problem& inner) {
        if (!problem_)
            problem_ = Problem{fmt::format("{}:{}", where_, inner.where), inner.what, inner.remedy};
    }

    // The end of the period in the template's ticks.
    static std::optional<std::uint64_t> end_of(const PeriodFacts& in, const Addressing& addressing) {
        if (!in.duration) return std::nullopt;
        const auto milliseconds =
            static_cast<unsigned __int128>(static_cast<std::uint64_t>(in.duration->count()));
        const unsigned __int128 end =
            (milliseconds * addressing.timescale + 999) / 1000 + addressing.time_offset;
        return end > most_ticks ? most_ticks : static_cast<std::uint64_t>(end);
    }

    const XmlDocument& document_;
    std::string_view where_;
    const Limits& limits_;
    std::optional<Problem> problem_;
    std::size_t segments_ = 0;
    std::size_t representations_ = 0;
};

}  // namespace

std::size_t Representation::segment_count() const {
    return addressing && addressing->segments ? addressing->segments->size() : 0;
}

std::string Representation::segment_url(std::size_t place) const {
    const TimelineSegment& segment = (*addressing->segments)[place];
    return expand_template(addressing->media,
                           {id, addressing->start_number + place, segment.time, bandwidth.bits_per_second()});
}

std::string Representation::initialization_url() const {
    return addressing ? expand_template(addressing->initialization, {id, 0, 0, bandwidth.bits_per_second()})
                      : "";
}

Outcome<Mpd> read(std::string_view text, std::string_view where, const Limits& limits) {
    Outcome<XmlDocument> document = parse_xml(text, where, limits.xml);
    if (!document) return document.error();
    Outcome<Mpd> out = MpdReader{*document, where, limits}.run();
    if (out) out->document = std::move(*document);
    return out;
}

}  // namespace outpost::manifest::dash
