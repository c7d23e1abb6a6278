// Whatever reads as an HLS playlist is written, reads again, and is then the same text and the same facts.
#include <cstdint>
#include <cstdlib>

#include "manifest/hls/reader.hpp"

using namespace outpost::manifest::hls;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

void same(const Multivariant& a, const Multivariant& b) {
    must(a.variants.size() == b.variants.size() && a.renditions.size() == b.renditions.size());
    for (std::size_t i = 0; i < a.variants.size(); ++i)
        must(a.variants[i].uri == b.variants[i].uri && a.variants[i].bandwidth == b.variants[i].bandwidth);
}

void same(const MediaPlaylist& a, const MediaPlaylist& b) {
    must(a.segments.size() == b.segments.size() && a.duration() == b.duration());
    for (std::size_t i = 0; i < a.segments.size(); ++i)
        must(a.segments[i].uri == b.segments[i].uri && a.segments[i].range == b.segments[i].range);
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
    auto second = read(written, "fuzz", limits);
    must(second.has_value());
    must(second->document == first->document && second->document.text() == written);
    must((first->media() == nullptr) == (second->media() == nullptr));
    if (first->media() != nullptr) {
        same(*first->media(), *second->media());
    } else {
        same(*first->multivariant(), *second->multivariant());
    }
    // Attribute lists that parse are written as they were.
    for (const Line& line : first->document.lines) {
        const auto list = Attributes::parse(line.value(), limits.attributes);
        if (list) must(list->text() == line.value());
    }
    // A rewriter that changes nothing changes nothing.
    rewrite_uris(second->document, [](std::string_view uri) { return std::string{uri}; });
    must(second->document.lines.size() == first->document.lines.size());
    return 0;
}
