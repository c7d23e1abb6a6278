#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "bench/player/hls_variables.hpp"
#include "bench/player/read_formats.hpp"
#include "manifest/hls/reader.hpp"

namespace outpost::bench {
namespace {

namespace hls = manifest::hls;

// URIs of one playlist, as URLs.
class Locations {
  public:
    static Outcome<Locations> of(const hls::Document& document, const Uri& url) {
        Outcome<HlsVariables> variables = HlsVariables::read(document, url);
        if (!variables) return variables.error();
        return Locations{std::move(*variables), url};
    }
    [[nodiscard]] Outcome<std::string> url(std::string_view uri) const {
        const Outcome<std::string> meant = variables_.substituted(uri);
        if (!meant) return meant.error();
        const auto resolved = resolve(base_, *meant);
        if (!resolved)
            return Problem{to_text(base_), fmt::format("a URI that leads nowhere: {}", *meant),
                           "give an HLS playlist as in RFC 8216"};
        return to_text(*resolved);
    }

  private:
    Locations(HlsVariables variables, const Uri& base) : variables_{std::move(variables)}, base_{base} {}
    HlsVariables variables_;
    Uri base_;
};

Problem refused(const Uri& url, std::string what, std::string remedy) {
    return {to_text(url), std::move(what), std::move(remedy)};
}

Outcome<Rendition> rendition_of(const hls::Playlist& playlist, const Uri& url) {
    const hls::MediaPlaylist& media = *playlist.media();
    const auto locations = Locations::of(playlist.document, url);
    if (!locations) return locations.error();
    Rendition out;
    if (!media.maps.empty()) {
        auto init = locations->url(media.maps.front().uri);
        if (!init) return init.error();
        out.init = Piece{std::move(*init), media.maps.front().range, Nanoseconds{0}};
    }
    out.segments.reserve(media.segments.size());
    for (const hls::MediaSegment& segment : media.segments) {
        if (segment.gap) continue;
        auto where = locations->url(segment.uri);
        if (!where) return where.error();
        out.segments.push_back({std::move(*where), segment.range, segment.duration});
    }
    out.first_sequence = media.media_sequence;
    if (!media.ended) out.reload_every = std::max(media.target_duration, std::chrono::seconds{1});
    if (media.ended && out.duration() <= Nanoseconds{0})
        return refused(url, "the playlist has nothing to play", "name a film that has segments");
    return out;
}

// "avc1" of "avc1.640028,mp4a.40.2": what a decoder is chosen by.
std::string_view family(const hls::Variant& variant) {
    return std::string_view{variant.codecs}.substr(0, variant.codecs.find_first_of(".,"));
}

bool shows_picture(const hls::Variant& variant) {
    if (variant.width > 0 || variant.codecs.empty()) return true;
    constexpr std::string_view pictures[] = {"avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "av01", "vp09"};
    return std::find(std::begin(pictures), std::end(pictures), family(variant)) != std::end(pictures);
}

// Of the variants with a picture, if any has one, those of the codec that most have.
std::vector<const hls::Variant*> playable(const hls::Multivariant& facts) {
    const bool picture = std::any_of(facts.variants.begin(), facts.variants.end(), shows_picture);
    std::map<std::string_view, std::size_t> families;
    std::string_view most;
    for (const hls::Variant& variant : facts.variants) {
        if (shows_picture(variant) != picture) continue;
        if (const auto count = ++families[family(variant)]; most.empty() || count > families[most])
            most = family(variant);
    }
    std::vector<const hls::Variant*> out;
    for (const hls::Variant& variant : facts.variants) {
        if (shows_picture(variant) == picture && family(variant) == most) out.push_back(&variant);
    }
    return out;
}

// The rendition of a group that is the default, else its first, if it has a playlist of its own.
const hls::Rendition* sound_of(const hls::Multivariant& facts, std::string_view group) {
    const hls::Rendition* first = nullptr;
    for (const hls::Rendition& rendition : facts.renditions) {
        if (rendition.type != hls::RenditionType::audio || rendition.group != group) continue;
        if (first == nullptr || (rendition.is_default && !first->is_default)) first = &rendition;
    }
    return first != nullptr && !first->uri.empty() ? first : nullptr;
}

// A picture is there once for each group of sound; that of the first variant's group is taken.
Outcome<Title> title_of(const hls::Playlist& playlist, const Uri& url) {
    const auto locations = Locations::of(playlist.document, url);
    if (!locations) return locations.error();
    const hls::Multivariant& facts = *playlist.multivariant();
    const auto variants = playable(facts);
    if (variants.empty())
        return refused(url, "the playlist has no variants", "name a film that can be played");
    const std::string& group = variants.front()->audio;
    std::map<std::string, Rendition> pictures;  // by URI
    for (const bool of_group : {true, false}) {
        for (const hls::Variant* variant : variants) {
            if ((variant->audio == group) != of_group || pictures.contains(variant->uri)) continue;
            auto where = locations->url(variant->uri);
            if (!where) return where.error();
            pictures.emplace(
                variant->uri,
                Rendition{variant->bandwidth, variant->height, std::move(*where), {}, {}, 0, {}});
        }
    }
    Title out;
    Medium& main = out.media.emplace_back();
    main.video = shows_picture(*variants.front());
    for (auto& [uri, rendition] : pictures) main.renditions.push_back(std::move(rendition));
    std::stable_sort(main.renditions.begin(), main.renditions.end(),
                     [](const Rendition& a, const Rendition& b) { return a.bit_rate < b.bit_rate; });
    const hls::Rendition* sound = group.empty() || !main.video ? nullptr : sound_of(facts, group);
    if (sound == nullptr) return out;
    auto where = locations->url(sound->uri);
    if (!where) return where.error();
    out.media.push_back({false, {Rendition{BitRate{}, 0, std::move(*where), {}, {}, 0, {}}}});
    return out;
}

}  // namespace

Outcome<Title> read_hls_title(std::string_view text, const Uri& url) {
    const Outcome<hls::Playlist> playlist = hls::read(text, to_text(url));
    if (!playlist) return playlist.error();
    if (playlist->multivariant() != nullptr) return title_of(*playlist, url);
    Outcome<Rendition> rendition = rendition_of(*playlist, url);
    if (!rendition) return rendition.error();
    // A live one is read again from where it came from; else it is whole.
    if (rendition->reload_every > Nanoseconds{0}) rendition->playlist = to_text(url);
    Title out;
    out.media.push_back({true, {std::move(*rendition)}});
    return out;
}

Outcome<Rendition> read_hls_rendition(std::string_view text, const Uri& url) {
    const Outcome<hls::Playlist> playlist = hls::read(text, to_text(url));
    if (!playlist) return playlist.error();
    if (playlist->media() == nullptr)
        return refused(url, "a multivariant playlist where a media playlist should be",
                       "let EXT-X-STREAM-INF lead to media playlists");
    return rendition_of(*playlist, url);
}

}  // namespace outpost::bench
