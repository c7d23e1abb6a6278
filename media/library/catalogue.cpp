#include "media/library/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::media {
namespace {

using manifest::Track;
using manifest::TrackKind;

std::string quoted(std::string_view text) {
    std::string out;
    append_json(out, text);
    return out;
}

// The distinct values of a property of the tracks of a kind, in their order, as a JSON array.
template <class Property>
std::string distinct(const Asset& asset, std::initializer_list<TrackKind> kinds, Property property) {
    std::vector<std::string> values;
    for (const TrackFile& file : asset.tracks) {
        if (std::find(kinds.begin(), kinds.end(), file.track.kind) == kinds.end()) continue;
        std::string value = quoted(property(file.track));
        if (value != "\"\"" && std::find(values.begin(), values.end(), value) == values.end())
            values.push_back(value);
    }
    return fmt::format("[{}]", fmt::join(values, ","));
}

std::string_view name_of(manifest::VideoRange range) {
    switch (range) {
        case manifest::VideoRange::sdr: return "SDR";
        case manifest::VideoRange::hlg: return "HLG";
        case manifest::VideoRange::pq: return "PQ";
    }
    return "SDR";
}

}  // namespace

std::string catalogue_entry(const Asset& asset) {
    const Track* best = nullptr;
    for (const TrackFile& file : asset.tracks) {
        if (file.track.kind == TrackKind::video && (best == nullptr || file.track.height > best->height))
            best = &file.track;
    }
    const std::string base = "/vod/" + encode_path_segment(asset.id) + "/";
    std::string out = fmt::format(R"({{"id":{},"title":{},"kind":"{}","duration_ms":{})", quoted(asset.id),
                                  quoted(asset.title), best == nullptr ? "audio" : "video",
                                  asset.presentation().duration().count());
    if (best != nullptr) {
        fmt::format_to(std::back_inserter(out),
                       R"(,"width":{},"height":{},"frame_rate":{:.3f},"video_range":"{}")", best->width,
                       best->height, best->frame_rate.value(), name_of(best->video_range));
    }
    const auto language = [](const Track& track) { return track.language; };
    fmt::format_to(std::back_inserter(out), R"(,"codecs":{},"audio_languages":{},"subtitle_languages":{})",
                   distinct(asset, {TrackKind::video, TrackKind::audio},
                            [](const Track& track) { return track.codecs; }),
                   distinct(asset, {TrackKind::audio}, language),
                   distinct(asset, {TrackKind::text}, language));
    const std::string poster = asset.has_poster ? quoted(base + "poster.jpg") : "null";
    fmt::format_to(std::back_inserter(out), R"(,"poster":{},"hls":{},"dash":{},"added":"{}"}})", poster,
                   quoted(base + "index.m3u8"), quoted(base + "index.mpd"), iso_time(asset.added));
    return out;
}

std::string catalogue_entry(const ImportProgress& progress) {
    return fmt::format(R"({{"id":{},"title":{},"stage":{},"percent":{:.1f},"seconds_left":{}}})",
                       quoted(progress.id), quoted(progress.title), quoted(progress.stage), progress.percent,
                       progress.seconds_left ? fmt::format("{}", *progress.seconds_left) : "null");
}

std::string catalogue_json(std::span<const std::string> assets, std::span<const std::string> importing) {
    return fmt::format("{{\"assets\":[{}],\n\"importing\":[{}]}}\n", fmt::join(assets, ",\n"),
                       fmt::join(importing, ",\n"));
}

}  // namespace outpost::media
