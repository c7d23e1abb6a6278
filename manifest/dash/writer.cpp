#include "manifest/dash/writer.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "manifest/dash/values.hpp"

namespace outpost::manifest::dash {
namespace {

constexpr std::string_view live_profile = "urn:mpeg:dash:profile:isoff-live:2011";
constexpr std::string_view schema = "urn:mpeg:dash:schema:mpd:2011";
constexpr std::string_view role_scheme = "urn:mpeg:dash:role:2011";
constexpr std::string_view unknown_language = "und";
constexpr int cicp_bt2020 = 9;  // ISO/IEC 23091-2: primaries, and matrix with non-constant luminance
constexpr int cicp_pq = 16;
constexpr int cicp_hlg = 18;

using Tracks = std::vector<const Track*>;

XmlNode descriptor(std::string_view element, std::string_view scheme, std::string_view value) {
    XmlNode node = XmlNode::element(element);
    node.set("schemeIdUri", scheme).set("value", value);
    return node;
}

std::string_view codec_family(const Track& track) {
    return std::string_view{track.codecs}.substr(0, track.codecs.find('.'));
}

bool may_switch(const Track& a, const Track& b) {
    if (a.kind != b.kind || a.kind == TrackKind::text) return false;
    if (a.kind == TrackKind::video)
        return codec_family(a) == codec_family(b) && a.video_range == b.video_range;
    return a.codecs == b.codecs && a.language == b.language && a.name == b.name && a.channels == b.channels;
}

std::vector<Tracks> sets_of(const Period& period) {
    std::vector<Tracks> sets;
    for (const TrackKind kind : {TrackKind::video, TrackKind::audio, TrackKind::text}) {
        for (const Track& track : period.tracks) {
            if (track.kind != kind) continue;
            const auto set = std::find_if(sets.begin(), sets.end(),
                                          [&](const Tracks& s) { return may_switch(*s.front(), track); });
            if (set != sets.end()) {
                set->push_back(&track);
            } else {
                sets.push_back({&track});
            }
        }
    }
    return sets;
}

// The same numbers: one SegmentTimeline can stand for both.
bool same_times(const Track& a, const Track& b) {
    return a.timescale == b.timescale && a.start == b.start &&
           std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                      [](const Segment& x, const Segment& y) { return x.duration == y.duration; });
}

// The same instants, perhaps in other timescales: what segmentAlignment promises.
bool aligned(const Track& a, const Track& b) {
    if (a.segments.size() != b.segments.size()) return false;
    Ticks x{a.start, a.timescale};
    Ticks y{b.start, b.timescale};
    for (std::size_t i = 0; i < a.segments.size(); ++i) {
        if (x != y) return false;
        x.count += a.segments[i].duration;
        y.count += b.segments[i].duration;
    }
    return x == y;
}

template <class Relation>
bool all_like_first(const Tracks& set, Relation relation) {
    return std::all_of(set.begin(), set.end(),
                       [&](const Track* track) { return relation(*set.front(), *track); });
}

XmlNode segment_timeline(const Track& track) {
    XmlNode timeline = XmlNode::element("SegmentTimeline");
    for (std::size_t i = 0; i < track.segments.size();) {
        const std::int64_t duration = track.segments[i].duration;
        std::size_t end = i + 1;
        while (end < track.segments.size() && track.segments[end].duration == duration) ++end;
        XmlNode& s = timeline.add(XmlNode::element("S"));
        if (i == 0) s.set("t", static_cast<std::uint64_t>(track.start));
        s.set("d", static_cast<std::uint64_t>(duration));
        if (end - i > 1) s.set("r", std::uint64_t{end - i - 1});
        i = end;
    }
    return timeline;
}

XmlNode segment_template(const Track& track, const Ticks& period_begin) {
    XmlNode node = XmlNode::element("SegmentTemplate");
    node.set("timescale", std::uint64_t{track.timescale});
    // Rounded down, so that no segment lies before the period.
    const auto begin = static_cast<std::int64_t>(static_cast<__int128>(period_begin.count) * track.timescale /
                                                 period_begin.timescale);
    if (begin != 0) node.set("presentationTimeOffset", static_cast<std::uint64_t>(begin));
    node.set("startNumber", std::uint64_t{1});
    node.set("initialization", "$RepresentationID$/init.mp4").set("media", "$RepresentationID$/$Number$.m4s");
    node.add(segment_timeline(track));
    return node;
}

std::string fraction(const Ratio& rate) {
    const std::uint32_t divisor = std::max(std::gcd(rate.numerator, rate.denominator), 1U);
    const std::uint32_t denominator = rate.denominator / divisor;
    if (denominator == 1) return fmt::format("{}", rate.numerator / divisor);
    return fmt::format("{}/{}", rate.numerator / divisor, denominator);
}

// ISO/IEC 23091-3 ChannelConfiguration; nothing for counts that name no layout.
std::string_view channel_configuration(std::uint32_t channels) {
    constexpr std::array<std::string_view, 9> by_count{"", "1", "2", "3", "4", "5", "6", "11", "12"};
    return channels < by_count.size() ? by_count[channels] : std::string_view{};
}

void set_common_video(XmlNode& set, const Tracks& tracks) {
    const auto most = [&](auto member) {
        return **std::max_element(tracks.begin(), tracks.end(), [&](const Track* a, const Track* b) {
            return a->*member < b->*member;
        }).*member;
    };
    const Track& first = *tracks.front();
    const std::uint32_t divisor = std::max(std::gcd(first.width, first.height), 1U);
    const bool same_shape = all_like_first(tracks, [](const Track& a, const Track& b) {
        return std::uint64_t{a.width} * b.height == std::uint64_t{b.width} * a.height;
    });
    if (same_shape) set.set("par", fmt::format("{}:{}", first.width / divisor, first.height / divisor));
    set.set("maxWidth", std::uint64_t{most(&Track::width)});
    set.set("maxHeight", std::uint64_t{most(&Track::height)});
    const Track& fastest =
        **std::max_element(tracks.begin(), tracks.end(), [](const Track* a, const Track* b) {
            return std::uint64_t{a->frame_rate.numerator} * b->frame_rate.denominator <
                   std::uint64_t{b->frame_rate.numerator} * a->frame_rate.denominator;
        });
    set.set("maxFrameRate", fraction(fastest.frame_rate));
}

void add_colours(XmlNode& set, VideoRange range) {
    if (range == VideoRange::sdr) return;
    const bool pq = range == VideoRange::pq;
    const std::string_view element = pq ? "EssentialProperty" : "SupplementalProperty";
    const auto add = [&](std::string_view what, int value) {
        set.add(descriptor(element, fmt::format("urn:mpeg:mpegB:cicp:{}", what), fmt::format("{}", value)));
    };
    add("ColourPrimaries", cicp_bt2020);
    add("TransferCharacteristics", pq ? cicp_pq : cicp_hlg);
    add("MatrixCoefficients", cicp_bt2020);
}

XmlNode representation(const Track& track, bool own_template, const Ticks& period_begin) {
    XmlNode node = XmlNode::element("Representation");
    node.set("id", track.id);
    // A text so thin that it rounds to nothing still needs a number.
    node.set("bandwidth", std::max<std::uint64_t>(track.peak_bit_rate().bits_per_second(), 1));
    if (!track.codecs.empty()) node.set("codecs", track.codecs);
    if (track.kind == TrackKind::video) {
        node.set("width", std::uint64_t{track.width}).set("height", std::uint64_t{track.height});
        node.set("frameRate", fraction(track.frame_rate)).set("sar", "1:1");
    } else if (track.kind == TrackKind::audio) {
        node.set("audioSamplingRate", std::uint64_t{track.sample_rate});
    } else {
        XmlNode url = XmlNode::element("BaseURL");
        url.add({XmlKind::text, {}, track.id + "/full.vtt", {}, {}, 0});
        node.add(std::move(url));
    }
    if (own_template) node.add(segment_template(track, period_begin));
    return node;
}

void add_descriptors(XmlNode& set, const Track& first) {
    if (first.kind == TrackKind::video) add_colours(set, first.video_range);
    const std::string_view layout = channel_configuration(first.channels);
    if (first.kind == TrackKind::audio && !layout.empty())
        set.add(descriptor("AudioChannelConfiguration", "urn:mpeg:mpegB:cicp:ChannelConfiguration", layout));
    if (first.kind != TrackKind::video && !first.name.empty()) {
        XmlNode label = XmlNode::element("Label");
        label.add({XmlKind::text, {}, first.name, {}, {}, 0});
        set.add(std::move(label));
    }
    if (first.kind == TrackKind::text) set.add(descriptor("Role", role_scheme, "subtitle"));
}

XmlNode adaptation_set(const Tracks& tracks, std::size_t id, bool is_main, const Ticks& period_begin) {
    const Track& first = *tracks.front();
    XmlNode set = XmlNode::element("AdaptationSet");
    set.set("id", std::uint64_t{id});
    const bool text = first.kind == TrackKind::text;
    const bool video = first.kind == TrackKind::video;
    set.set("contentType", text ? "text" : video ? "video" : "audio");
    if (!first.language.empty() && first.language != unknown_language) set.set("lang", first.language);
    set.set("mimeType", text ? "text/vtt" : video ? "video/mp4" : "audio/mp4");
    if (!text) set.set("segmentAlignment", all_like_first(tracks, aligned) ? "true" : "false");
    if (!text) set.set("startWithSAP", "1");
    if (video) set_common_video(set, tracks);
    add_descriptors(set, first);
    if (!text) set.add(descriptor("Role", role_scheme, is_main ? "main" : "alternate"));
    const bool one_timeline = !text && all_like_first(tracks, same_times);
    if (one_timeline) set.add(segment_template(first, period_begin));
    for (const Track* track : tracks) set.add(representation(*track, !text && !one_timeline, period_begin));
    return set;
}

// The earliest media time of audio and video.
Ticks begin_of(const Period& period) {
    std::optional<Ticks> begin;
    for (const Track& track : period.tracks) {
        const Ticks start{track.start, track.timescale};
        if (track.kind != TrackKind::text && (!begin || start < *begin)) begin = start;
    }
    return begin.value_or(Ticks{});
}

// The language of the default audio: all of its codecs and layouts are main.
std::string_view main_language(const Period& period) {
    const Track* main = nullptr;
    for (const Track& track : period.tracks) {
        if (track.kind != TrackKind::audio) continue;
        if (!main || (track.is_default && !main->is_default)) main = &track;
    }
    return main ? std::string_view{main->language} : std::string_view{};
}

XmlNode period_node(const Period& period, Milliseconds start) {
    XmlNode node = XmlNode::element("Period");
    node.set("id", period.id)
        .set("start", xs_duration(start))
        .set("duration", xs_duration(duration_of(period)));
    const std::vector<Tracks> sets = sets_of(period);
    for (std::size_t i = 0; i < sets.size(); ++i) {
        const Track& first = *sets[i].front();
        const bool is_main = first.kind != TrackKind::audio || first.language == main_language(period);
        node.add(adaptation_set(sets[i], i, is_main, begin_of(period)));
    }
    return node;
}

// What a player must hold so that BANDWIDTH, the peak over about a segment, is enough: the longest segment.
Milliseconds longest_segment(const Presentation& presentation) {
    Milliseconds most{1};
    for (const Period& period : presentation.periods) {
        for (const Track& track : period.tracks) {
            if (track.kind == TrackKind::text) continue;
            const __int128 scaled =
                static_cast<__int128>(track.longest_segment()) * 1000 + track.timescale - 1;
            most = std::max(most, Milliseconds{static_cast<std::int64_t>(scaled / track.timescale)});
        }
    }
    return most;
}

}  // namespace

XmlDocument mpd(const Presentation& presentation) {
    XmlNode root = XmlNode::element("MPD");
    const Milliseconds longest = longest_segment(presentation);
    root.set("xmlns", schema).set("profiles", live_profile).set("type", "static");
    root.set("mediaPresentationDuration", xs_duration(presentation.duration()));
    root.set("maxSegmentDuration", xs_duration(longest)).set("minBufferTime", xs_duration(longest));
    Milliseconds start{0};
    for (const Period& period : presentation.periods) {
        root.add(period_node(period, start));
        start += duration_of(period);
    }
    XmlDocument document;
    document.nodes.push_back(std::move(root));
    return document;
}

}  // namespace outpost::manifest::dash
