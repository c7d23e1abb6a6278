#include "tests/unit/manifest/films.hpp"

namespace outpost::manifest::films {
namespace {

constexpr std::size_t segment_count = 6;

// Sizes that go up and down around `mean`, each key frame an eighth of its segment.
std::vector<Segment> segments(std::int64_t duration, std::uint64_t mean, bool pictures) {
    std::vector<Segment> out;
    for (std::size_t i = 0; i < segment_count; ++i) {
        const std::uint64_t part = i + 1 == segment_count ? 2 : 1;  // films end in the middle of a segment
        const std::uint64_t size = (mean + mean * (i * 7 % 5) / 20) / part;
        Segment segment{duration / static_cast<std::int64_t>(part), size, {}};
        if (pictures) segment.key_frames.push_back({{0, size / 8}, 0, segment.duration});
        out.push_back(std::move(segment));
    }
    return out;
}

}  // namespace

Track video(std::string id, std::uint32_t width, std::uint32_t height, std::uint64_t bytes_per_segment) {
    Track track;
    track.id = std::move(id);
    track.codecs = height > 1080 ? "avc1.640033" : "avc1.640028";
    track.name = std::to_string(height) + "p";
    track.timescale = 12800;
    track.width = width;
    track.height = height;
    track.frame_rate = {25, 1};
    track.segments = segments(51200, bytes_per_segment, true);
    return track;
}

Track audio(std::string id, std::string language, std::string name, std::uint64_t bytes_per_segment) {
    Track track;
    track.id = std::move(id);
    track.kind = TrackKind::audio;
    track.codecs = "mp4a.40.2";
    track.language = std::move(language);
    track.name = std::move(name);
    track.timescale = 48000;
    track.channels = 2;
    track.sample_rate = 48000;
    track.segments = segments(191488, bytes_per_segment, false);  // 187 frames of 1024 samples
    return track;
}

Track text(std::string id, std::string language, std::string name) {
    Track track;
    track.id = std::move(id);
    track.kind = TrackKind::text;
    track.language = std::move(language);
    track.name = std::move(name);
    track.timescale = 1000;
    track.segments = segments(4000, 300, false);
    return track;
}

Presentation uhd() {
    Track english = audio("a-en-1f", "en", "English", 64'000);
    Track surround = audio("a-en51-2e", "en", "English", 192'000);
    surround.codecs = "ec-3";
    surround.channels = 6;
    surround.timescale = 48000;
    english.is_default = true;
    return {{{"film",
              {video("v2160-aa", 3840, 2160, 8'000'000), video("v1080-bb", 1920, 1080, 2'500'000),
               video("v720-cc", 1280, 720, 1'100'000), video("v360-dd", 640, 360, 300'000), english,
               audio("a-zh-3d", "zh", "中文", 64'000), surround, text("s-en-4c", "en", "English"),
               text("s-zh-5b", "zh-Hans", "简体中文")}}}};
}

Presentation hevc_pq() {
    Presentation film{
        {{"film", {video("v2160", 3840, 1608, 7'000'000), video("v1080", 1920, 804, 2'000'000)}}}};
    for (Track& track : film.periods.front().tracks) {
        track.codecs = track.width > 1920 ? "hvc1.2.4.L153.B0" : "hvc1.2.4.L120.B0";
        track.video_range = VideoRange::pq;
        track.timescale = 24000;
        track.frame_rate = {24000, 1001};
        for (Segment& segment : track.segments) {
            segment.duration = &segment == &track.segments.back() ? 48048 : 96096;  // 96 and 48 frames
            for (KeyFrame& key : segment.key_frames) key.duration = segment.duration;
        }
    }
    film.periods.front().tracks.push_back(audio("audio", "und", "", 64'000));
    return film;
}

Presentation audio_only() {
    Track main = audio("a-en", "en", "English", 64'000);
    main.is_default = true;
    return {{{"talk", {audio("a-fr", "fr", "Français", 48'000), main}}}};
}

Presentation uneven() {
    constexpr std::int64_t begin = 10;
    Track large = video("large", 1920, 1080, 2'000'000);
    Track small = video("small", 960, 540, 700'000);
    Track sound = audio("sound", "de", "Deutsch", 64'000);
    large.start = begin * large.timescale;
    small.start = begin * small.timescale;
    sound.start = begin * sound.timescale + 1024;  // the encoder's first frame was left out
    const std::vector<std::int64_t> cuts{51200, 12800, 12800, 70656, 25600, 6144};
    for (std::size_t i = 0; i < cuts.size(); ++i) {
        large.segments[i].duration = cuts[i];
        large.segments[i].key_frames.front().duration = cuts[i];
    }
    // Two pictures in one segment: the second 32000 ticks after the first.
    std::vector<KeyFrame>& keys = large.segments[3].key_frames;
    keys.front().duration = 32000;
    keys.push_back({{1'000'000, 120'000}, 32000, 70656 - 32000});
    return {{{"scenes", {large, small, sound}}}};
}

std::vector<std::pair<std::string, Presentation>> all() {
    return {{"uhd", uhd()}, {"hevc-pq", hevc_pq()}, {"audio-only", audio_only()}, {"uneven", uneven()}};
}

}  // namespace outpost::manifest::films
