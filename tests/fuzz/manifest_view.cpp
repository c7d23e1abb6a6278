// Whatever reads as a manifest has a view: within the cap, the same each time, with a parameter in it that is
// not doubled when the view is viewed again. No value of a parameter breaks the text that it is put in.
#include <cstdint>
#include <cstdlib>

#include "manifest/dash/reader.hpp"
#include "manifest/hls/reader.hpp"
#include "manifest/view.hpp"

using namespace outpost;
using namespace outpost::manifest;

namespace {

constexpr std::size_t option_bytes = 6;

void must(bool holds) {
    if (!holds) std::abort();
}

bool is_within(std::uint32_t height, BitRate rate, const ViewOptions& options) {
    return (options.max_height == 0 || height <= options.max_height) &&
           (options.max_bandwidth == BitRate{} || rate <= options.max_bandwidth);
}

void check_playlist(const std::string& text, const ViewOptions& options) {
    hls::Limits limits;
    limits.line_bytes = limits.bytes = most_view_bytes;  // it may be longer than what it was made from
    const auto made = hls::read(text, "fuzz", limits);
    must(made.has_value());
    if (made->multivariant() == nullptr) return;
    for (const hls::Variant& variant : made->multivariant()->variants)
        must(is_within(variant.height, variant.bandwidth, options));
    for (const hls::Variant& variant : made->multivariant()->iframe_variants)
        must(is_within(variant.height, variant.bandwidth, options));
}

void check_mpd(const std::string& text, const ViewOptions& options) {
    dash::Limits limits;
    limits.xml.bytes = limits.xml.attribute_bytes = most_view_bytes;
    limits.xml.nodes *= 2;  // base URLs may be added
    const auto made = dash::read(text, "fuzz", limits);
    must(made.has_value());
    for (const auto& period : made->periods) {
        for (const auto& set : period.sets) {
            for (const auto& each : set.representations)
                must(is_within(each.height, each.bandwidth, options));
        }
    }
}

}  // namespace

// The first bytes are the options, the rest is the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < option_bytes) return 0;
    ViewOptions options;
    options.max_height = data[0] * 16U;
    options.max_bandwidth = BitRate{std::uint64_t{data[1]} * 40'000};
    options.query = static_cast<ViewOptions::Query>(data[2] % 3);
    options.query_name = data[3] % 2 == 0 ? "tok" : "a.b";
    options.query_value.assign(reinterpret_cast<const char*>(data + 4), 2);
    if (data[3] % 4 < 2) options.authority = "tv.example";
    const std::string_view text{reinterpret_cast<const char*>(data) + option_bytes, size - option_bytes};
    const auto made = view(text, "fuzz", options);
    if (!made || made->nothing_left) {
        must(made.has_value() || !made.error().what.empty());
        must(!made || made->text.empty());
        return 0;
    }
    must(view(text, "fuzz", options)->text == made->text);
    const bool playlist = text.starts_with("#EXTM3U");
    playlist ? check_playlist(made->text, options) : check_mpd(made->text, options);
    const auto again = view(made->text, "fuzz", options);
    must(!again || again->text == made->text);
    return 0;
}
