// Whatever reads as an MPD is written, reads again, and is then the same document and the same segments.
#include <cstdint>
#include <cstdlib>

#include "manifest/dash/reader.hpp"

using namespace outpost::manifest::dash;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

void same(const Representation& a, const Representation& b) {
    must(a.id == b.id && a.bandwidth == b.bandwidth && a.base_urls == b.base_urls);
    must(a.segment_count() == b.segment_count() && a.initialization_url() == b.initialization_url());
    if (a.segment_count() == 0) return;
    must(*a.addressing->segments == *b.addressing->segments);
    must(a.segment_url(a.segment_count() - 1) == b.segment_url(b.segment_count() - 1));
}

void same(const Mpd& a, const Mpd& b) {
    must(a.duration == b.duration && a.periods.size() == b.periods.size());
    for (std::size_t p = 0; p < a.periods.size(); ++p) {
        must(a.periods[p].start == b.periods[p].start && a.periods[p].duration == b.periods[p].duration);
        must(a.periods[p].sets.size() == b.periods[p].sets.size());
        for (std::size_t s = 0; s < a.periods[p].sets.size(); ++s) {
            const auto& left = a.periods[p].sets[s].representations;
            const auto& right = b.periods[p].sets[s].representations;
            must(left.size() == right.size());
            for (std::size_t r = 0; r < left.size(); ++r) same(left[r], right[r]);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    Limits limits;
    limits.segments = 1000;
    const auto first = read(text, "fuzz", limits);
    if (!first) {
        must(!first.error().what.empty());
        return 0;
    }
    const std::string written = first->document.text();
    const auto second = read(written, "fuzz", limits);
    must(second.has_value());
    must(second->document == first->document);
    must(second->document.text() == written);
    same(*first, *second);
    return 0;
}
