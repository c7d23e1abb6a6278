#include "server/commands/fill/plan.hpp"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "manifest/dash/reader.hpp"
#include "manifest/hls/reader.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t most_urls = 1'000'000;

struct Picture {
    std::uint32_t height = 0;  // 0: none is told
    std::uint64_t bandwidth = 0;
};

// The pictures that are wanted of those there are; a Problem when no height is there that was named.
struct Choice {
    const Renditions& wanted;
    Picture best;
    std::vector<std::uint32_t> heights;  // of all

    void meet(const Picture& picture) {
        if (picture.height > 0) heights.push_back(picture.height);
        const bool better = picture.height > best.height ||
                            (picture.height == best.height && picture.bandwidth > best.bandwidth);
        if (better) best = picture;
    }
    [[nodiscard]] bool takes(const Picture& picture) const {
        switch (wanted.kind) {
            case Renditions::Kind::all: return true;
            case Renditions::Kind::highest:
                return picture.height == best.height && picture.bandwidth == best.bandwidth;
            case Renditions::Kind::heights:
                return std::find(wanted.heights.begin(), wanted.heights.end(), picture.height) !=
                       wanted.heights.end();
        }
        return false;
    }
    [[nodiscard]] std::optional<Problem> missing(const Uri& at) {
        if (wanted.kind != Renditions::Kind::heights) return std::nullopt;
        std::sort(heights.begin(), heights.end(), std::greater<>{});
        heights.erase(std::unique(heights.begin(), heights.end()), heights.end());
        std::string there;
        for (const std::uint32_t height : heights) there += fmt::format(" {}p", height);
        for (const std::uint32_t height : wanted.heights) {
            if (std::find(heights.begin(), heights.end(), height) == heights.end())
                return Problem{
                    to_text(at), fmt::format("has no rendition of {}p", height),
                    there.empty() ? "it tells no heights: use --renditions all" : "there are" + there};
        }
        return std::nullopt;
    }
};

void take(std::vector<Uri>& into, const Uri& base, std::string_view reference) {
    if (reference.empty()) return;
    if (auto uri = resolve(base, reference)) into.push_back(std::move(*uri));
}

Outcome<Contents> contents_of_multivariant(const manifest::hls::Multivariant& playlist, const Uri& at,
                                           const Renditions& wanted) {
    using manifest::hls::Variant;
    Choice choice{wanted, {}, {}};
    for (const Variant& variant : playlist.variants)
        choice.meet({variant.height, variant.bandwidth.bits_per_second()});
    if (auto problem = choice.missing(at)) return *problem;
    Contents contents;
    std::unordered_set<std::string> groups, uris;
    for (const Variant& variant : playlist.variants) {
        if (choice.takes({variant.height, variant.bandwidth.bits_per_second()})) uris.insert(variant.uri);
    }
    for (const Variant& variant : playlist.variants) {
        if (!uris.contains(variant.uri)) continue;  // the same picture may stand with several sounds
        take(contents.manifests, at, variant.uri);
        groups.insert(variant.audio);
        groups.insert(variant.subtitles);
    }
    for (const auto& rendition : playlist.renditions) {
        const bool heard = wanted.kind == Renditions::Kind::all || groups.contains(rendition.group);
        if (heard) take(contents.manifests, at, rendition.uri);
    }
    for (const Variant& variant : playlist.iframe_variants) {
        const bool seen = wanted.kind == Renditions::Kind::highest
                              ? variant.height == choice.best.height
                              : choice.takes({variant.height, variant.bandwidth.bits_per_second()});
        if (seen) take(contents.manifests, at, variant.uri);
    }
    return contents;
}

Contents contents_of_playlist(const manifest::hls::MediaPlaylist& playlist, const Uri& at) {
    Contents contents;
    for (const auto& map : playlist.maps) take(contents.media, at, map.uri);
    for (const auto& segment : playlist.segments) {
        if (!segment.gap) take(contents.media, at, segment.uri);
    }
    return contents;
}

bool is_picture(const manifest::dash::AdaptationSet& set, const manifest::dash::Representation& one) {
    return set.content_type == "video" || one.mime_type.starts_with("video/") || one.height > 0;
}

void take_representation(Contents& contents, const Uri& at, const manifest::dash::Representation& one) {
    std::optional<Uri> base = at;
    for (const std::string& each : one.base_urls) {
        if (base) base = resolve(*base, each);
    }
    if (!base) return;
    if (!one.addressing) {
        if (!one.base_urls.empty() && !base->path.ends_with('/')) contents.media.push_back(*base);
        return;
    }
    take(contents.media, *base, one.initialization_url());
    for (std::size_t i = 0; i < one.segment_count() && contents.media.size() <= most_urls; ++i)
        take(contents.media, *base, one.segment_url(i));
}

Outcome<Contents> contents_of_mpd(const manifest::dash::Mpd& mpd, const Uri& at, const Renditions& wanted) {
    Choice choice{wanted, {}, {}};
    const auto each = [&](const auto& act) {
        for (const auto& period : mpd.periods) {
            for (const auto& set : period.sets) {
                for (const auto& one : set.representations)
                    act(one, is_picture(set, one), Picture{one.height, one.bandwidth.bits_per_second()});
            }
        }
    };
    each([&](const auto&, bool picture, const Picture& facts) {
        if (picture) choice.meet(facts);
    });
    if (auto problem = choice.missing(at)) return *problem;
    Contents contents;
    each([&](const auto& one, bool picture, const Picture& facts) {
        if (!picture || choice.takes(facts)) take_representation(contents, at, one);
    });
    return contents;
}

}  // namespace

std::optional<Renditions> parse_renditions(std::string_view text) {
    if (text == "all") return Renditions{};
    if (text == "highest") return Renditions{Renditions::Kind::highest, {}};
    Renditions out{Renditions::Kind::heights, {}};
    for (std::string_view part : split(text, ',')) {
        part = trim_blanks(part);
        if (!part.ends_with('p')) return std::nullopt;
        part.remove_suffix(1);
        const auto height = parse_unsigned(part);
        if (!height || *height == 0 || *height > 100'000 || out.heights.size() >= 64) return std::nullopt;
        out.heights.push_back(static_cast<std::uint32_t>(*height));
    }
    return out;
}

Outcome<Contents> contents_of(std::string_view text, const Uri& at, const Renditions& wanted) {
    const std::string where = to_text(at);
    const auto first = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (first != std::string_view::npos && text[first] == '<') {
        const auto mpd = manifest::dash::read(text, where);
        return mpd ? contents_of_mpd(*mpd, at, wanted) : mpd.error();
    }
    const auto playlist = manifest::hls::read(text, where);
    if (!playlist) return playlist.error();
    if (const auto* multivariant = playlist->multivariant())
        return contents_of_multivariant(*multivariant, at, wanted);
    return contents_of_playlist(*playlist->media(), at);
}

Outcome<Plan> make_plan(const Uri& manifest, const Renditions& wanted, const ReadManifest& read) {
    Plan plan{{manifest}, {}};
    std::vector<Uri> media;
    std::unordered_set<std::string> known{to_text(manifest)};
    const auto add = [&known](std::vector<Uri>& into, std::vector<Uri>& from) {
        for (Uri& uri : from) {
            if (known.insert(to_text(uri)).second) into.push_back(std::move(uri));
        }
    };
    for (std::size_t i = 0; i < plan.all.size(); ++i) {
        const Uri at = plan.all[i];
        const auto text = read(at);
        if (!text) {
            plan.unread.push_back({at, text.error().what});
            continue;
        }
        auto contents = contents_of(*text, at, wanted);
        if (!contents && i == 0) return contents.error();
        if (!contents) {
            plan.unread.push_back({at, contents.error().what});
            continue;
        }
        if (i == 0) add(plan.all, contents->manifests);  // a playlist of playlists leads no deeper
        add(media, contents->media);
        if (known.size() > most_urls)
            return Problem{to_text(manifest), fmt::format("leads to over {} URLs", most_urls),
                           "fill it in parts, with --urls"};
    }
    plan.all.insert(plan.all.end(), std::make_move_iterator(media.begin()),
                    std::make_move_iterator(media.end()));
    return plan;
}

}  // namespace outpost::server
