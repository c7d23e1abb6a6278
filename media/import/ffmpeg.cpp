#include "media/import/ffmpeg.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace outpost::media {
namespace {

using manifest::VideoRange;
using Words = std::vector<std::string>;

constexpr std::uint32_t vfr_timescale = 90000;

void add(Words& words, std::initializer_list<std::string> more) { words.insert(words.end(), more); }

// ffmpeg takes the container's start for 0; we want the first picture there.
std::string input_shift(const Source& source) {
    const auto video = source.video();
    if (!video) return "0";
    const SourceStream& stream = source.streams[*video];
    const double first =
        static_cast<double>(source.timing[*video].first) * stream.ticks_per / stream.timescale;
    return fmt::format("{:.6f}", static_cast<double>(source.start_microseconds) / 1e6 - first);
}

Words head(const Source& source) {
    return {"ffmpeg",
            "-v",
            "error",
            "-nostdin",
            "-protocol_whitelist",
            "file,pipe",
            "-itsoffset",
            input_shift(source),
            "-i",
            input_name(source.path)};
}

std::string output_name(std::size_t output) { return fmt::format("pipe:{}", output == 0 ? 1 : output + 2); }

void add_muxer(Words& words, std::size_t output, std::string_view moov) {
    add(words, {"-map_metadata", "-1", "-map_chapters", "-1", "-f", "mp4", "-use_editlist", "0", "-movflags",
                fmt::format("+frag_keyframe+{}+default_base_moof+negative_cts_offsets+frag_discont", moov),
                "-frag_duration", "1000000", output_name(output)});
}

std::string fraction(Ratio rate) { return fmt::format("{}/{}", rate.numerator, rate.denominator); }

std::string filter_graph(const SourceStream& stream, const StreamTiming& timing,
                         const std::vector<Rendition>& renditions) {
    std::string graph = fmt::format("[0:{}]", stream.index);
    if (stream.interlaced) graph += "bwdif=mode=send_frame:deint=interlaced,";
    if (timing.constant_rate) {
        graph += fmt::format("fps=fps={}:start_time=0:round=near", fraction(*timing.constant_rate));
    } else {
        graph += "setpts=PTS-STARTPTS";
    }
    graph += fmt::format(",split={}", renditions.size());
    for (std::size_t i = 0; i < renditions.size(); ++i) graph += fmt::format("[s{}]", i);
    for (std::size_t i = 0; i < renditions.size(); ++i) {
        graph += fmt::format(";[s{0}]scale={1}:{2}:flags=bicubic,setsar=1[v{0}]", i, renditions[i].width,
                             renditions[i].height);
    }
    return graph;
}

void add_rate_control(Words& words, const Rendition& rendition, const VideoSettings& settings) {
    const bool h264 = settings.codec == VideoCodec::h264;
    std::uint64_t peak = rendition.peak.bits_per_second();
    if (settings.held_average) {
        const std::uint64_t average = settings.held_average->bits_per_second();
        peak = std::min(peak, average * 3 / 2);
        add(words, {"-b:v", std::to_string(average)});
    } else {
        add(words, {"-crf", h264 ? "20" : "22"});
    }
    add(words, {"-maxrate", std::to_string(peak), "-bufsize", std::to_string(peak)});
}

// Key frames where the segments begin and nowhere else, each the start of a closed group of pictures.
void add_key_frames(Words& words, const StreamTiming& timing, const VideoSettings& settings) {
    std::uint32_t distance = 100000;
    if (timing.constant_rate) {
        distance = frames_of_segment(settings.segment, *timing.constant_rate);
    } else {
        add(words, {"-force_key_frames", fmt::format("expr:gte(t,n_forced*{:.3f})",
                                                     static_cast<double>(settings.segment.count()) / 1000)});
    }
    const std::string frames = std::to_string(distance);
    if (settings.codec == VideoCodec::h264) {
        add(words, {"-g", frames, "-keyint_min", frames, "-sc_threshold", "0", "-flags", "+cgop",
                    "-forced-idr", "1"});
    } else {
        add(words, {"-forced-idr", "1", "-x265-params",
                    fmt::format("keyint={0}:min-keyint={0}:scenecut=0:open-gop=0:log-level=error", frames)});
    }
}

void add_colour(Words& words, const SourceStream& stream) {
    const auto known = [](const std::string& value) { return !value.empty() && value != "unknown"; };
    if (known(stream.primaries)) add(words, {"-color_primaries", stream.primaries});
    if (known(stream.transfer)) add(words, {"-color_trc", stream.transfer});
    if (known(stream.matrix)) add(words, {"-colorspace", stream.matrix});
    if (known(stream.levels)) add(words, {"-color_range", stream.levels});
}

void add_codec(Words& words, const SourceStream& stream, const VideoSettings& settings) {
    if (settings.codec == VideoCodec::h264) {
        add(words, {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-profile:v", "high"});
    } else {
        const bool deep = stream.video_range() != VideoRange::sdr ||
                          stream.pixel_format.find("10") != std::string::npos ||
                          stream.pixel_format.find("12") != std::string::npos;
        add(words, {"-c:v", "libx265", "-tag:v", "hvc1", "-pix_fmt", deep ? "yuv420p10le" : "yuv420p"});
    }
    add(words, {"-preset", settings.preset});
}

}  // namespace

std::uint32_t video_timescale(const StreamTiming& timing) {
    if (!timing.constant_rate) return vfr_timescale;
    const std::uint32_t frames = timing.constant_rate->numerator;
    return frames >= 1000 ? frames : frames * 1000;
}

Words encode_video_words(const Source& source, const std::vector<Rendition>& renditions,
                         const VideoSettings& settings) {
    const std::size_t place = source.video().value();
    const SourceStream& stream = source.streams[place];
    const StreamTiming& timing = source.timing[place];
    Words words = head(source);
    add(words, {"-filter_complex", filter_graph(stream, timing, renditions)});
    for (std::size_t i = 0; i < renditions.size(); ++i) {
        add(words, {"-map", fmt::format("[v{}]", i), "-fps_mode", "passthrough"});
        if (!timing.constant_rate) add(words, {"-enc_time_base", fmt::format("1:{}", vfr_timescale)});
        add_codec(words, stream, settings);
        add_rate_control(words, renditions[i], settings);
        add_key_frames(words, timing, settings);
        add_colour(words, stream);
        add(words, {"-video_track_timescale", std::to_string(video_timescale(timing))});
        add_muxer(words, i, "empty_moov");
    }
    return words;
}

Words encode_audio_words(const Source& source, std::size_t place) {
    const SourceStream& stream = source.streams[place];
    const bool mono = stream.channels == 1;
    Words words = head(source);
    add(words,
        {"-map", fmt::format("0:{}", stream.index), "-af", "aresample=48000:async=1:first_pts=0", "-c:a",
         "aac", "-ar", "48000", "-ac", mono ? "1" : "2", "-b:a", mono ? "96k" : "160k",
         // The encoder's priming packet would need an edit list; without it every packet is in its place.
         "-bsf:a", "noise=drop=lt(pts\\,0)"});
    add_muxer(words, 0, "empty_moov");
    return words;
}

Words copy_words(const Source& source, std::size_t place) {
    const SourceStream& stream = source.streams[place];
    Words words = head(source);
    add(words, {"-map", fmt::format("0:{}", stream.index), "-c", "copy", "-strict",
                "experimental"});  // FLAC in MP4 wants it
    if (stream.kind == manifest::TrackKind::audio) add(words, {"-bsf:a", "noise=drop=lt(pts\\,0)"});
    if (stream.codec == "hevc") add(words, {"-tag:v", "hvc1"});
    add_muxer(words, 0, "delay_moov");
    return words;
}

Words subtitle_words(const Source& source, std::size_t place) {
    Words words = head(source);
    add(words, {"-map", fmt::format("0:{}", source.streams[place].index), "-c:s", "webvtt", "-f", "webvtt",
                "pipe:1"});
    return words;
}

Words poster_words(const Source& source, Milliseconds at) {
    const SourceStream& stream = source.streams[source.video().value()];
    std::string filter;
    if (stream.video_range() != VideoRange::sdr) {
        filter =
            "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable,"
            "zscale=t=bt709:m=bt709:r=tv,";
    }
    filter +=
        "thumbnail=n=25,scale=w='min(640,iw)':h='min(640,ih)':force_original_aspect_ratio=decrease,"
        "setsar=1,format=yuvj420p";
    return {"ffmpeg",
            "-v",
            "error",
            "-nostdin",
            "-protocol_whitelist",
            "file,pipe",
            "-ss",
            fmt::format("{:.3f}", static_cast<double>(at.count()) / 1000),
            "-i",
            input_name(source.path),
            "-map",
            fmt::format("0:{}", stream.index),
            "-frames:v",
            "1",
            "-vf",
            filter,
            "-c:v",
            "mjpeg",
            "-q:v",
            "4",
            "-f",
            "image2pipe",
            "pipe:1"};
}

}  // namespace outpost::media
