#include "media/import/source.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <sys/stat.h>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::media {
namespace {

using manifest::TrackKind;
using Facts = std::map<std::string, std::string, std::less<>>;

constexpr Bytes most_description{4 << 20};
constexpr std::size_t most_streams = 128;
constexpr std::size_t most_frames = std::size_t{1} << 25;  // 6 days of 60 frames a second
constexpr std::size_t longest_line = 4096;

// ffprobe's "flat" writer: key="text with \" escapes" or key=number, a line each.
Facts parse_flat(std::string_view output) {
    Facts facts;
    for (std::string_view line : split(output, '\n')) {
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        std::string_view raw = line.substr(equals + 1);
        std::string value;
        if (raw.size() >= 2 && raw.front() == '"') raw = raw.substr(1, raw.size() - 2);
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '\\' && i + 1 < raw.size()) ++i;
            value += raw[i];
        }
        facts.emplace(line.substr(0, equals), std::move(value));
    }
    return facts;
}

std::string get(const Facts& facts, std::string_view key) {
    const auto found = facts.find(key);
    return found == facts.end() ? std::string{} : found->second;
}

std::optional<std::int64_t> parse_signed(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::uint32_t number(const Facts& facts, std::string_view key) {
    const auto value = parse_unsigned(get(facts, key));
    return value && *value <= UINT32_MAX ? static_cast<std::uint32_t>(*value) : 0;
}

// "12.345678" seconds in microseconds.
std::optional<std::int64_t> microseconds(const std::string& text) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || std::abs(seconds) > 1e9) return std::nullopt;
    return std::llround(seconds * 1e6);
}

Ratio ratio(const std::string& text, char separator) {
    const auto parts = split(text, separator);
    if (parts.size() != 2) return {};
    const auto above = parse_unsigned(parts[0]), below = parse_unsigned(parts[1]);
    if (!above || !below || *below == 0 || *above > UINT32_MAX || *below > UINT32_MAX) return {};
    return {static_cast<std::uint32_t>(*above), static_cast<std::uint32_t>(*below)};
}

std::uint32_t even(double value) {
    return std::max(2U, static_cast<std::uint32_t>(std::lround(value / 2)) * 2);
}

void read_picture(const Facts& facts, const std::string& at, SourceStream& stream) {
    stream.width = number(facts, at + "width");
    stream.height = number(facts, at + "height");
    const Ratio aspect = ratio(get(facts, at + "sample_aspect_ratio"), ':');
    if (aspect.numerator != 0 && aspect.numerator != aspect.denominator) {
        stream.width = even(stream.width * aspect.value());
    }
    for (int i = 0; i < 8; ++i) {
        const auto turned =
            parse_signed(get(facts, fmt::format("{}side_data_list.side_data.{}.rotation", at, i)));
        if (turned && std::abs(*turned) % 180 == 90) std::swap(stream.width, stream.height);
    }
    stream.nominal_rate = ratio(get(facts, at + "r_frame_rate"), '/');
    stream.average_rate = ratio(get(facts, at + "avg_frame_rate"), '/');
    stream.pixel_format = get(facts, at + "pix_fmt");
    stream.transfer = get(facts, at + "color_transfer");
    stream.primaries = get(facts, at + "color_primaries");
    stream.matrix = get(facts, at + "color_space");
    stream.levels = get(facts, at + "color_range");
    const std::string order = get(facts, at + "field_order");
    stream.interlaced = order == "tt" || order == "bb" || order == "tb" || order == "bt";
}

bool is_text_subtitle(std::string_view codec) {
    for (const std::string_view text : {"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"}) {
        if (codec == text) return true;
    }
    return false;
}

// One stream; nothing when it is of no use here (the reason in `notes`).
std::optional<SourceStream> read_stream(const Facts& facts, const std::string& at,
                                        std::vector<std::string>& notes) {
    SourceStream stream;
    stream.index = static_cast<int>(number(facts, at + "index"));
    stream.codec = get(facts, at + "codec_name");
    const std::string type = get(facts, at + "codec_type");
    const Ratio base = ratio(get(facts, at + "time_base"), '/');
    if (base.numerator == 0) return std::nullopt;
    stream.ticks_per = base.numerator;
    stream.timescale = base.denominator;
    if (type == "video" && number(facts, at + "disposition.attached_pic") == 0) {
        read_picture(facts, at, stream);
        if (stream.width == 0 || stream.height == 0) return std::nullopt;
    } else if (type == "audio") {
        stream.kind = TrackKind::audio;
        stream.channels = number(facts, at + "channels");
        stream.sample_rate = number(facts, at + "sample_rate");
        if (stream.channels == 0) return std::nullopt;
    } else if (type == "subtitle") {
        stream.kind = TrackKind::text;
        if (!is_text_subtitle(stream.codec)) {
            notes.push_back(fmt::format("subtitles {} are pictures ({}), not text: left out", stream.index,
                                        stream.codec));
            return std::nullopt;
        }
    } else {
        return std::nullopt;
    }
    if (const auto language = get(facts, at + "tags.language"); !language.empty()) stream.language = language;
    stream.title = get(facts, at + "tags.title");
    stream.is_default = number(facts, at + "disposition.default") == 1;
    return stream;
}

Problem not_media(const std::filesystem::path& path, std::string_view complaint) {
    const auto lines = split(trim_blanks(complaint), '\n');
    std::string last;
    for (const auto line : lines) {
        if (!line.empty()) last = line;
    }
    const std::size_t colon = last.rfind(": ");
    if (colon != std::string::npos) last = last.substr(colon + 2);
    return {path.string(),
            "is not a film or sound that ffmpeg can read" + (last.empty() ? "" : " (" + last + ")"),
            "check that it was copied whole"};
}

Problem still_picture(const std::filesystem::path& path) {
    return {path.string(), "is a picture, not a film", "name a film"};
}

Outcome<Source> probe(const std::filesystem::path& path, const Cancellation& cancellation) {
    auto answer = capture_process({"ffprobe", "-v", "error", "-protocol_whitelist", "file", "-of", "flat",
                                   "-show_format", "-show_streams", input_name(path)},
                                  most_description, cancellation);
    if (!answer) return answer.error();
    if (!answer->end.succeeded()) return not_media(path, answer->end.complaint);
    const Facts facts = parse_flat(answer->output);
    Source source;
    source.path = path;
    source.format = get(facts, "format.format_name");
    if (source.format == "image2" || source.format.ends_with("_pipe")) return still_picture(path);
    for (const std::string_view list : {"hls", "dash", "concat", "sdp", "imf"}) {
        if (source.format == list)
            return Problem{path.string(), "names other files and is no film itself", ""};
    }
    if (const auto length = microseconds(get(facts, "format.duration"))) {
        source.declared = Milliseconds{*length / 1000};
    }
    source.start_microseconds = microseconds(get(facts, "format.start_time")).value_or(0);
    for (std::size_t i = 0; i < most_streams; ++i) {
        const std::string at = fmt::format("streams.stream.{}.", i);
        if (!facts.contains(at + "index")) break;
        if (auto stream = read_stream(facts, at, source.notes)) source.streams.push_back(std::move(*stream));
    }
    source.timing.resize(source.streams.size());
    return source;
}

// Reads ffprobe's packet lines "index|pts|duration|flags".
class PacketReader {
  public:
    explicit PacketReader(Source& source) : source_{source} {}

    bool take(std::string_view bytes) {
        pending_ += bytes;
        std::size_t from = 0;
        for (std::size_t end = 0; (end = pending_.find('\n', from)) != std::string::npos; from = end + 1) {
            if (!take_line(std::string_view{pending_}.substr(from, end - from))) return false;
        }
        pending_.erase(0, from);
        return pending_.size() <= longest_line;
    }

  private:
    bool take_line(std::string_view line) {
        const auto fields = split(line, '|');
        if (fields.size() < 4) return true;
        const auto index = parse_signed(fields[0]), time = parse_signed(fields[1]);
        const std::string_view flags = fields[3];
        if (!index || !time || std::abs(*time) > mp4_most || flags.find('D') != std::string_view::npos)
            return true;
        const std::int64_t lasts = std::clamp<std::int64_t>(parse_signed(fields[2]).value_or(0), 0, mp4_most);
        for (std::size_t i = 0; i < source_.streams.size(); ++i) {
            if (source_.streams[i].index != *index) continue;
            const bool key = flags.find('K') != std::string_view::npos;
            return take_packet(source_.streams[i], source_.timing[i], *time, lasts, key);
        }
        return true;
    }
    static bool take_packet(const SourceStream& stream, StreamTiming& timing, std::int64_t time,
                            std::int64_t lasts, bool key) {
        const bool video = stream.kind == TrackKind::video;
        if (timing.packets == 0) {
            if (video && !key) return true;
            timing.first = time;
            timing.end = time;
        }
        ++timing.packets;
        timing.end = std::max(timing.end, time + lasts);
        if (!video || time < timing.first) return true;
        if (timing.frames.size() >= most_frames) return false;
        timing.frames.push_back(time - timing.first);
        if (key) timing.key_frames.push_back(time - timing.first);
        return true;
    }

    static constexpr std::int64_t mp4_most = std::int64_t{1} << 52;
    Source& source_;
    std::string pending_;
};

bool tells_of_a_cut(std::string_view complaint) {
    for (const std::string_view sign : {"partial file", "ended prematurely", "Truncat", "truncat"}) {
        if (complaint.find(sign) != std::string_view::npos) return true;
    }
    return false;
}

void conclude(const SourceStream& stream, StreamTiming& timing) {
    std::sort(timing.frames.begin(), timing.frames.end());
    std::sort(timing.key_frames.begin(), timing.key_frames.end());
    if (stream.kind == TrackKind::video) timing.constant_rate = constant_rate(timing.frames, stream);
    const double seconds =
        static_cast<double>(timing.end - timing.first) * stream.ticks_per / stream.timescale;
    timing.length = Milliseconds{std::llround(seconds * 1000)};
}

Outcome<void> scan(Source& source, const Cancellation& cancellation) {
    PacketReader reader{source};
    Command command;
    command.words = {"ffprobe",
                     "-v",
                     "error",
                     "-protocol_whitelist",
                     "file",
                     "-of",
                     "compact=p=0:nk=1",
                     "-show_entries",
                     "packet=stream_index,pts,duration,flags",
                     input_name(source.path)};
    command.outputs.push_back([&](std::string_view bytes) { return reader.take(bytes); });
    const auto end = run_process(command, cancellation);
    if (!end) return end.error();
    if (!end->succeeded()) return not_media(source.path, end->complaint);
    for (std::size_t i = 0; i < source.streams.size(); ++i) conclude(source.streams[i], source.timing[i]);
    const bool honest = source.format.find("mp4") != std::string::npos || source.format == "avi" ||
                        source.format.find("matroska") != std::string::npos;
    constexpr Milliseconds tolerance{1000};
    const bool is_short = honest && source.declared && source.length() + tolerance < *source.declared;
    if (is_short || tells_of_a_cut(end->complaint)) {
        std::string wanted = source.declared ? fmt::format(" of {}", seconds_text(*source.declared)) : "";
        return Problem{source.path.string(),
                       fmt::format("is cut short: only {}{} is there", seconds_text(source.length()), wanted),
                       "copy it again, whole"};
    }
    return {};
}

}  // namespace

manifest::VideoRange SourceStream::video_range() const {
    if (transfer == "smpte2084") return manifest::VideoRange::pq;
    if (transfer == "arib-std-b67") return manifest::VideoRange::hlg;
    return manifest::VideoRange::sdr;
}

std::optional<std::size_t> Source::video() const {
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (streams[i].kind == TrackKind::video) return i;
    }
    return std::nullopt;
}

Milliseconds Source::length() const {
    Milliseconds longest{0};
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (streams[i].kind == TrackKind::text || timing[i].packets == 0) continue;
        const double end = static_cast<double>(timing[i].end) * streams[i].ticks_per / streams[i].timescale;
        longest = std::max(longest, Milliseconds{std::llround(end * 1000) - start_microseconds / 1000});
    }
    return longest;
}

std::optional<Ratio> constant_rate(const std::vector<std::int64_t>& frames, const SourceStream& stream) {
    std::vector<Ratio> candidates{stream.average_rate, stream.nominal_rate};
    for (const std::uint32_t whole : {24U, 30U, 60U}) candidates.push_back({whole * 1000, 1001});
    for (const std::uint32_t whole : {24U, 25U, 30U, 50U, 60U}) candidates.push_back({whole, 1});
    for (const Ratio& rate : candidates) {
        if (rate.numerator == 0 || rate.denominator > 1001 || frames.empty()) continue;
        const double step = static_cast<double>(stream.timescale) / stream.ticks_per / rate.value();
        bool fits = step >= 1;
        for (std::size_t i = 0; fits && i < frames.size(); ++i) {
            fits = std::abs(static_cast<double>(frames[i]) - step * static_cast<double>(i)) < 0.45 * step;
        }
        if (fits) return rate;
    }
    return std::nullopt;
}

std::string seconds_text(Milliseconds time) {
    return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000);
}

std::string input_name(const std::filesystem::path& path) { return "file:" + path.string(); }

Outcome<Source> open_source(const std::filesystem::path& path, const Cancellation& cancellation) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return Problem{path.string(), fmt::format("can't be read: {}", std::strerror(errno)),
                       "check the name"};
    }
    if (!S_ISREG(facts.st_mode)) return Problem{path.string(), "is not a file", ""};
    if (facts.st_size == 0) return Problem{path.string(), "is empty", "copy it again"};
    if (::access(path.c_str(), R_OK) != 0)
        return Problem{path.string(), fmt::format("can't be opened: {}", std::strerror(errno)), ""};
    auto source = probe(path, cancellation);
    if (!source) return source.error();
    if (auto scanned = scan(*source, cancellation); !scanned) return scanned.error();
    std::size_t playable = 0, still = 0;
    for (std::size_t i = 0; i < source->streams.size(); ++i) {
        if (source->streams[i].kind == TrackKind::text || source->timing[i].packets == 0) continue;
        ++playable;
        if (source->streams[i].kind == TrackKind::video && source->timing[i].packets == 1) ++still;
    }
    // Pictures come in film containers too: AVIF, HEIC, GIF.
    if (playable > 0 && playable == still) return still_picture(path);
    if (playable == 0) return Problem{path.string(), "holds neither picture nor sound", ""};
    return source;
}

}  // namespace outpost::media
