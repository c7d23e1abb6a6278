// Whatever a player claims to want next: what is believed lies at the origin of its request, at a path that
// hides nothing. And whatever a manifest lists: at its own origin, within the limits.
#include "cdn/policy/cmcd.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "cdn/prefetch/segment_order.hpp"

namespace {

using namespace outpost;
using namespace outpost::cdn;

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const std::optional<policy::NextHint>& hint, const Uri& requested) {
    if (!hint) return;
    require(!hint->reference.empty() || hint->range);
    if (hint->range)
        require(hint->range->length > 0 && hint->range->length <= policy::most_next_range.count());
    const auto next = policy::next_object(requested, *hint);
    if (!next) return;
    require(next->target.starts_with('/') && next->range == hint->range);
    require(next->target.find_first_of("\r\n \\#") == std::string::npos);
    const auto uri = parse_uri(to_text(requested).substr(0, to_text(requested).find('/', 8)) + next->target);
    require(uri && same_origin(*uri, requested) && decode_path(uri->path));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const Uri requested = parse_uri("http://edge.example:8080/live/one/v1/7.m4s").value();
    const http::Field field{"CMCD-Request", text};
    check(policy::next_hint("", {&field, 1}), requested);
    check(policy::next_hint(text, {}), requested);
    check(policy::NextHint{std::string{text.empty() ? "x" : text}, std::nullopt}, requested);
    const SegmentOrderLimits limits{64, 8};
    for (const ManifestKind kind : {ManifestKind::hls, ManifestKind::dash}) {
        std::size_t all = 0;
        for (const SegmentList& list : segment_lists(kind, text, requested, limits)) {
            all += list.segments.size();
            for (const Uri& uri : list.segments) require(same_origin(uri, requested));
        }
        require(all <= limits.segments);
    }
    return 0;
}
