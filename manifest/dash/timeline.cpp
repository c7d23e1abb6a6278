#include "manifest/dash/timeline.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::manifest::dash {
namespace {

constexpr std::uint64_t most_ticks = std::uint64_t{1} << 62;

struct S {
    std::size_t line = 0;
    std::optional<std::uint64_t> time;
    std::uint64_t duration = 0;
    std::optional<std::uint64_t> repeats;  // nothing: up to the next S, or the end
};

Problem problem(std::size_t line, std::string what) {
    return {fmt::format("{}", line), std::move(what), "give a SegmentTimeline as in ISO 23009-1"};
}

Outcome<S> read_s(const XmlNode& node) {
    S out{node.line, std::nullopt, 0, 0};
    const auto number = [&](std::string_view name) -> std::optional<std::uint64_t> {
        const std::string* text = node.attribute(name);
        const auto value = text ? parse_unsigned(*text) : std::nullopt;
        return value && *value < most_ticks ? value : std::nullopt;
    };
    const auto duration = number("d");
    if (!duration || *duration == 0) return problem(node.line, "S has no d that is 1 or more");
    out.duration = *duration;
    out.time = number("t");
    if (!out.time && node.attribute("t")) return problem(node.line, "S has a t that can't be read");
    if (const std::string* repeats = node.attribute("r")) {
        out.repeats = *repeats == "-1" ? std::nullopt : number("r");
        if (!out.repeats && *repeats != "-1") return problem(node.line, "S has an r that can't be read");
    }
    return out;
}

// How many segments `s`, which begins at `time`, stands for; 0 when it would end before it begins.
std::uint64_t count_of(const S& s, std::uint64_t time, std::optional<std::uint64_t> until) {
    if (s.repeats) return *s.repeats + 1;
    if (!until) return 1;
    return *until <= time ? 0 : (*until - time - 1) / s.duration + 1;
}

}  // namespace

Outcome<std::vector<TimelineSegment>> expand_timeline(const XmlNode& timeline, const TimelineBounds& bounds) {
    std::vector<S> entries;
    for (const XmlNode& child : timeline.children) {
        if (child.kind != XmlKind::element || child.local_name() != "S") continue;
        Outcome<S> s = read_s(child);
        if (!s) return s.error();
        entries.push_back(*s);
    }
    std::vector<TimelineSegment> out;
    std::uint64_t time = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const S& s = entries[i];
        time = s.time.value_or(time);
        const bool last = i + 1 == entries.size();
        const std::uint64_t count = count_of(s, time, last ? bounds.end : entries[i + 1].time);
        if (count == 0 && !last) return problem(s.line, "S with r=\"-1\" begins behind the next S");
        if (count > bounds.most - out.size())
            return problem(s.line, fmt::format("over {} segments", bounds.most));
        if (count > 0 && (most_ticks - time) / s.duration < count)
            return problem(s.line, "a time beyond what can be counted");
        for (std::uint64_t n = 0; n < count; ++n, time += s.duration) out.push_back({time, s.duration});
    }
    return out;
}

Outcome<std::vector<TimelineSegment>> equal_segments(std::uint64_t begin, std::uint64_t duration,
                                                     const TimelineBounds& bounds, std::size_t line) {
    std::vector<TimelineSegment> out;
    if (!bounds.end || *bounds.end <= begin) return out;
    const std::uint64_t count = (*bounds.end - begin - 1) / duration + 1;
    if (count > bounds.most) return problem(line, fmt::format("over {} segments", bounds.most));
    out.reserve(count);
    for (std::uint64_t n = 0; n < count; ++n) out.push_back({begin + n * duration, duration});
    return out;
}

}  // namespace outpost::manifest::dash
