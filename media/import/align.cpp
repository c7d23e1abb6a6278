#include "media/import/align.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outpost::media {
namespace {

std::string seconds(Milliseconds time) {
    return fmt::format("{:.3f} s", static_cast<double>(time.count()) / 1000);
}

bool has_key_at(const KeyFrameTimes& rendition, Milliseconds time, Milliseconds tolerance) {
    const auto next = std::lower_bound(rendition.keys.begin(), rendition.keys.end(), time - tolerance);
    return next != rendition.keys.end() && *next <= time + tolerance;
}

// The first key frame after `from` that one file has and another has not.
Problem parting(const std::vector<KeyFrameTimes>& renditions, Milliseconds from, Milliseconds longest) {
    const KeyFrameTimes* without = nullptr;
    const KeyFrameTimes* with = nullptr;
    Milliseconds at = Milliseconds::max();
    for (const KeyFrameTimes& one : renditions) {
        for (const KeyFrameTimes& other : renditions) {
            for (const Milliseconds key : one.keys) {
                if (key <= from || key >= at) continue;
                if (has_key_at(other, key, other.frame / 2)) continue;
                at = key;
                with = &one;
                without = &other;
            }
        }
    }
    if (with == nullptr) {
        return {renditions.front().name,
                fmt::format("has no key frame for more than {} after {}", seconds(longest), seconds(from)),
                "import it without --copy"};
    }
    return {without->name,
            fmt::format("its key frames don't line up with those of {}: at {} only the latter has one",
                        with->name, seconds(at)),
            "encode both with key frames at the same times, or import one of them without --copy"};
}

}  // namespace

Milliseconds longest_segment(Milliseconds wanted) { return std::max(3 * wanted, Milliseconds{12'000}); }

Outcome<std::vector<Ticks>> common_cuts(const std::vector<KeyFrameTimes>& renditions, Milliseconds wanted) {
    std::vector<Ticks> cuts;
    const KeyFrameTimes& first = renditions.front();
    const Milliseconds longest = longest_segment(wanted);
    Milliseconds last{0};
    for (const Milliseconds key : first.keys) {
        if (key < last + wanted - first.frame / 2 || key == Milliseconds{0}) continue;
        const bool common =
            std::all_of(renditions.begin(), renditions.end(),
                        [&](const KeyFrameTimes& other) { return has_key_at(other, key, other.frame / 2); });
        if (!common) continue;
        if (key - last > longest) return parting(renditions, last, longest);
        cuts.push_back({key.count(), 1000});
        last = key;
    }
    if (first.length - last > longest) return parting(renditions, last, longest);
    return cuts;
}

Milliseconds longest_part(const std::vector<Ticks>& cuts, Milliseconds length) {
    Milliseconds longest{0}, last{0};
    for (const Ticks& cut : cuts) {
        longest = std::max(longest, cut.to_milliseconds() - last);
        last = cut.to_milliseconds();
    }
    return std::max(longest, length - last);
}

}  // namespace outpost::media
