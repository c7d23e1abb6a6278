#include "media/import/import_plan.hpp"

#include <algorithm>
#include <sys/stat.h>

#include <fmt/format.h>

#include "base/text.hpp"
#include "media/import/language.hpp"
#include "media/import/names.hpp"

namespace outpost::media {
namespace {

constexpr Milliseconds least_segment{500}, most_segment{20'000};

}  // namespace

Outcome<SubtitleFile> parse_subtitle_option(const std::string& text) {
    // The path may hold colons itself: language and name are what is behind the last two, if the language is
    // one.
    SubtitleFile file;
    const std::size_t last = text.rfind(':');
    const std::size_t before = last == std::string::npos || last == 0 ? last : text.rfind(':', last - 1);
    const auto is_language = [](const std::string& tag) { return !tag.empty() && to_bcp47(tag) != "und"; };
    if (last != std::string::npos && before != std::string::npos && before < last &&
        is_language(text.substr(before + 1, last - before - 1))) {
        file.path = text.substr(0, before);
        file.language = to_bcp47(text.substr(before + 1, last - before - 1));
        file.name = text.substr(last + 1);
        const std::string where = fmt::format("--subtitles {}: its name", file.path.string());
        const bool unnamed = file.name.empty();
        if (auto good = check_name(where, file.name, most_track_name); !unnamed && !good) return good.error();
    } else if (last != std::string::npos && is_language(text.substr(last + 1))) {
        file.path = text.substr(0, last);
        file.language = to_bcp47(text.substr(last + 1));
    } else {
        return Problem{"--subtitles " + clean_name(text, most_track_name), "does not name a language",
                       "write FILE.vtt:LANGUAGE:NAME, as film.vtt:en:English"};
    }
    if (file.path.empty()) {
        return Problem{"--subtitles " + clean_name(text, most_track_name), "names no file",
                       "write FILE.vtt:LANGUAGE:NAME, as film.vtt:en:English"};
    }
    if (file.name.empty()) file.name = language_name(file.language);
    return file;
}

bool is_preset(std::string_view word) {
    for (const std::string_view preset :
         {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"}) {
        if (word == preset) return true;
    }
    return false;
}

std::string JobNames::take(const std::string& wanted) {
    std::string name = wanted;
    for (int n = 2; !taken_.insert(name).second; ++n) name = fmt::format("{}-{}", wanted, n);
    return name;
}

Outcome<VideoCodec> choose_codec(const ImportOptions& options, const SourceStream& video) {
    const bool hdr = video.video_range() != manifest::VideoRange::sdr;
    if (hdr && options.codec == VideoCodec::h264) {
        return Problem{"--codec h264", "can't carry this film's HDR picture",
                       "use --codec hevc, or leave it out"};
    }
    return options.codec.value_or(hdr ? VideoCodec::hevc : VideoCodec::h264);
}

Outcome<void> check_options(const ImportOptions& options) {
    if (options.files.empty()) return Problem{"", "no film is named", "name the film's file"};
    if (options.library.empty()) return Problem{"--library", "is empty", "name the library's directory"};
    if (!options.copy && options.files.size() > 1) {
        return Problem{options.files[1].string(), "one film at a time",
                       "use --copy if these are renditions of one film that are encoded already"};
    }
    for (std::size_t i = 0; i < options.files.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            std::error_code is_missing;  // which is told when it is opened
            if (std::filesystem::equivalent(options.files[i], options.files[j], is_missing) ||
                options.files[i] == options.files[j])
                return Problem{options.files[i].string(), "is named twice", "name each file once"};
        }
    }
    if (options.segment < least_segment || options.segment > most_segment) {
        return Problem{"--segment " + to_text(options.segment), "is out of bounds",
                       "choose from 500ms to 20s"};
    }
    if (!is_preset(options.preset)) {
        return Problem{"--preset " + options.preset, "is unknown",
                       "choose ultrafast, superfast, veryfast, faster, fast, medium or slow"};
    }
    if (options.title.empty()) return {};
    return check_name("--title", options.title, most_title);
}

std::string state_key(const ImportOptions& options) {
    std::string key = fmt::format(
        "1 ladder={} copy={} codec={} segment={} preset={}\n", static_cast<int>(options.ladder), options.copy,
        options.codec ? static_cast<int>(*options.codec) : -1, options.segment.count(), options.preset);
    for (const std::filesystem::path& path : options.files) {
        struct stat facts {};
        ::stat(path.c_str(), &facts);
        std::error_code ignored;
        key += fmt::format("{} {}.{:09} {}\n", facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec,
                           std::filesystem::absolute(path, ignored).string());
    }
    return key;
}

Ratio frame_rate_of(const SourceStream& stream, const StreamTiming& timing) {
    if (timing.constant_rate) return *timing.constant_rate;
    if (stream.average_rate.numerator != 0) return stream.average_rate;
    return stream.nominal_rate.numerator != 0 ? stream.nominal_rate : Ratio{25, 1};
}

std::vector<Ticks> inner_borders(const manifest::Track& track) {
    std::vector<Ticks> borders;
    std::int64_t time = track.start;
    for (std::size_t i = 0; i + 1 < track.segments.size(); ++i) {
        time += track.segments[i].duration;
        borders.push_back({time, track.timescale});
    }
    return borders;
}

std::vector<Milliseconds> segment_ends(const manifest::Track& track) {
    std::vector<Milliseconds> ends;
    std::int64_t time = track.start;
    for (const manifest::Segment& segment : track.segments) {
        time += segment.duration;
        const Milliseconds end = Ticks{time, track.timescale}.to_milliseconds();
        if (ends.empty() || end > ends.back()) ends.push_back(end);
    }
    return ends;
}

std::vector<Milliseconds> regular_ends(Milliseconds nominal, Milliseconds length) {
    std::vector<Milliseconds> ends;
    for (Milliseconds end = nominal; end < length; end += nominal) ends.push_back(end);
    ends.push_back(length);
    return ends;
}

KeyFrameTimes key_frame_times(const Source& source, std::size_t place) {
    const SourceStream& stream = source.streams[place];
    const StreamTiming& timing = source.timing[place];
    KeyFrameTimes times;
    times.name = source.path.string();
    for (const std::int64_t key : timing.key_frames) {
        const double seconds = static_cast<double>(key) * stream.ticks_per / stream.timescale;
        times.keys.push_back(Milliseconds{static_cast<std::int64_t>(seconds * 1000 + 0.5)});
    }
    times.frame = Milliseconds{static_cast<std::int64_t>(1000 / frame_rate_of(stream, timing).value())};
    times.length = timing.length;
    return times;
}

Outcome<void> check_length(const Source& source, std::size_t place, const manifest::Track& track) {
    const Milliseconds wanted = source.timing[place].length;
    const Milliseconds made = Ticks{track.duration(), track.timescale}.to_milliseconds();
    const Milliseconds tolerance = std::max(Milliseconds{1000}, wanted / 100);
    if (made + tolerance >= wanted) return {};
    return Problem{source.path.string(),
                   fmt::format("only {} of {} could be read: it is damaged or cut short", to_text(made),
                               to_text(wanted)),
                   "copy it again, whole"};
}

bool same_borders(const manifest::Track& a, const manifest::Track& b) {
    const std::vector<Ticks> first = inner_borders(a), second = inner_borders(b);
    return first == second;
}

bool peaks_too_high(const manifest::Track& track) {
    return track.segments.size() > 2 &&
           track.peak_bit_rate().bits_per_second() > 2 * track.average_bit_rate().bits_per_second();
}

}  // namespace outpost::media
