#include "cdn/prefetch/segment_order.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "manifest/dash/reader.hpp"
#include "manifest/hls/reader.hpp"

namespace outpost::cdn {
namespace {

// Where to begin so that not more than the limits allow comes out.
std::size_t first_of(std::size_t count, bool grows, std::size_t room, const SegmentOrderLimits& limits) {
    const std::size_t most = grows ? std::min(room, limits.growing) : room;
    return count - std::min(count, most);
}

void take(SegmentList& list, const Uri& base, std::string_view reference) {
    auto uri = resolve(base, reference);
    if (uri && same_origin(*uri, base)) list.segments.push_back(std::move(*uri));
}

std::vector<SegmentList> order_of_hls(std::string_view text, const Uri& base,
                                      const SegmentOrderLimits& limits) {
    const auto playlist = manifest::hls::read(text, "");
    const manifest::hls::MediaPlaylist* media = playlist ? playlist->media() : nullptr;
    if (media == nullptr || media->iframes_only) return {};
    SegmentList list;
    const auto& all = media->segments;
    for (std::size_t i = first_of(all.size(), !media->ended, limits.segments, limits); i < all.size(); ++i) {
        if (!all[i].gap && !all[i].range) take(list, base, all[i].uri);
    }
    if (list.segments.empty()) return {};
    return {std::move(list)};
}

std::optional<Uri> base_of(const Uri& document, const manifest::dash::Representation& representation) {
    std::optional<Uri> base = document;
    for (const std::string& each : representation.base_urls) {
        base = resolve(*base, each);
        if (!base) return base;
    }
    return base;
}

std::vector<SegmentList> order_of_dash(std::string_view text, const Uri& document,
                                       const SegmentOrderLimits& limits) {
    manifest::dash::Limits reading;
    reading.segments = limits.segments;
    const auto mpd = manifest::dash::read(text, "", reading);
    if (!mpd) return {};
    std::vector<SegmentList> lists;
    std::size_t room = limits.segments;
    for (const auto& period : mpd->periods) {
        for (const auto& set : period.sets) {
            for (const auto& representation : set.representations) {
                const auto base = base_of(document, representation);
                if (!base || !same_origin(*base, document)) continue;
                SegmentList list{fmt::format("{}/{}/{}", period.id, period.start.count(), representation.id),
                                 {}};
                const std::size_t count = representation.segment_count();
                for (std::size_t i = first_of(count, mpd->dynamic, room, limits); i < count; ++i)
                    take(list, *base, representation.segment_url(i));
                room -= list.segments.size();
                if (!list.segments.empty()) lists.push_back(std::move(list));
            }
        }
    }
    return lists;
}

}  // namespace

ManifestKind manifest_kind(std::string_view content_type, std::string_view path) {
    const std::string type = ascii_lower(
        trim_blanks(content_type.substr(0, std::min(content_type.find(';'), content_type.size()))));
    if (type == "application/vnd.apple.mpegurl" || type == "application/x-mpegurl" ||
        type == "audio/mpegurl" || type == "audio/x-mpegurl")
        return ManifestKind::hls;
    if (type == "application/dash+xml") return ManifestKind::dash;
    if (path.ends_with(".m3u8")) return ManifestKind::hls;
    if (path.ends_with(".mpd")) return ManifestKind::dash;
    return ManifestKind::none;
}

std::vector<SegmentList> segment_lists(ManifestKind kind, std::string_view text, const Uri& base,
                                       const SegmentOrderLimits& limits) {
    switch (kind) {
        case ManifestKind::none: return {};
        case ManifestKind::hls: return order_of_hls(text, base, limits);
        case ManifestKind::dash: return order_of_dash(text, base, limits);
    }
    return {};
}

}  // namespace outpost::cdn
