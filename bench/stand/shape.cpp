#include "bench/stand/shape.hpp"

#include <fmt/format.h>

namespace outpost::bench {
namespace {

using manifest::TrackKind;

// Segments at `rate`, to the byte: 25 Mb/s for 4 s are 12,500,000 bytes.
std::uint64_t bytes_at(BitRate rate, Milliseconds segment) {
    return rate.bytes_per_second() * static_cast<std::uint64_t>(segment.count()) / 1000;
}

TrackShape picture(std::uint32_t height, BitRate rate, Milliseconds segment) {
    return {fmt::format("{}p", height), TrackKind::video, bytes_at(rate, segment), height * 16 / 9, height};
}

TrackShape sound(Milliseconds segment) {
    return {"sound", TrackKind::audio, bytes_at(128_kbps, segment), 0, 0};
}

TrackShape of_size(std::uint64_t bytes, std::uint32_t height) {
    return {fmt::format("{}", bytes), TrackKind::video, bytes, height * 16 / 9, height};
}

ContentShape county() {
    const Milliseconds segment{4000};
    return {{{"county",
              segment,
              15,
              {picture(2160, 25_Mbps, segment), picture(1440, 12_Mbps, segment),
               picture(1080, 6_Mbps, segment), picture(720, 2500_kbps, segment), sound(segment)}}},
            {}};
}

ContentShape longtail() {
    const Milliseconds segment{4000};
    ContentShape shape;
    for (int number = 1; number <= 200; ++number)
        shape.films.push_back(
            {fmt::format("longtail-{}", number), segment, 5, {picture(1080, 3_Mbps, segment)}});
    return shape;
}

ContentShape thin() {
    const Milliseconds segment{2000};
    return {{{"thin", segment, 300, {picture(720, 2_Mbps, segment), picture(360, 500_kbps, segment)}}}, {}};
}

ContentShape sizes() {
    return {
        {{"sizes",
          Milliseconds{4000},
          16,
          {of_size(13'107'200, 2160), of_size(3'145'728, 1080), of_size(65'536, 360), of_size(1536, 144)}}},
        {{1536, 16}, {65'536, 16}, {3'145'728, 16}, {13'107'200, 16}}};
}

ContentShape tiny() {
    const Milliseconds segment{2000};
    return {{{"tiny", segment, 3, {picture(720, 20_kbps, segment), sound(segment)}}}, {{1536, 2}}};
}

manifest::Track track_of(const FilmShape& film, const TrackShape& shape) {
    manifest::Track track;
    track.id = shape.id;
    track.kind = shape.kind;
    track.timescale = 1000;
    track.language = "und";
    if (shape.kind == TrackKind::video) {
        track.codecs = "hvc1.2.4.L153.B0";  // one family, so that players switch between all of them
        track.name = fmt::format("{}p", shape.height);
        track.width = shape.width;
        track.height = shape.height;
        track.frame_rate = {50, 1};
    } else {
        track.codecs = "mp4a.40.2";
        track.name = "Sound";
        track.is_default = true;
        track.channels = 2;
        track.sample_rate = 48'000;
    }
    track.segments.assign(film.segments, {film.segment.count(), shape.segment_bytes, {}});
    return track;
}

}  // namespace

std::optional<ContentShape> shape_of(std::string_view kind) {
    if (kind == "county") return county();
    if (kind == "longtail") return longtail();
    if (kind == "thin") return thin();
    if (kind == "sizes") return sizes();
    if (kind == "tiny") return tiny();
    return std::nullopt;
}

media::Asset asset_of(const FilmShape& film) {
    media::Asset asset;
    asset.id = film.id;
    asset.title = film.id;
    asset.added = WallTime{Milliseconds{1'767'225'600'000}};  // 2026: any, and always the same
    for (const TrackShape& shape : film.tracks) {
        media::TrackFile file;
        file.track = track_of(film, shape);
        file.file = shape.id + ".mp4";
        file.init_size = init_bytes;
        for (std::uint64_t i = 0; i < film.segments; ++i)
            file.offsets.push_back(init_bytes + i * shape.segment_bytes);
        asset.tracks.push_back(std::move(file));
    }
    return asset;
}

}  // namespace outpost::bench
