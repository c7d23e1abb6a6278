#include "media/import/import_command.hpp"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>

#include "media/import/align.hpp"
#include "media/import/copies.hpp"
#include "media/import/encode.hpp"
#include "media/import/ffmpeg.hpp"
#include "media/import/import_plan.hpp"
#include "media/import/language.hpp"
#include "media/import/meter.hpp"
#include "media/import/names.hpp"
#include "media/import/staging.hpp"
#include "media/import/subtitles.hpp"

namespace outpost::media {
namespace {

using manifest::Track;
using manifest::TrackKind;

constexpr Bytes most_subtitles{16 << 20}, most_poster{4 << 20};
// Work is counted in megapixels encoded; these are the other steps in the same unit, a second of film each.
constexpr double sound_work = 1, copy_work = 1, decode_share = 0.3;

class Import {
  public:
    Import(const ImportOptions& options, const Cancellation& cancellation, Staging& staging, Meter& meter)
        : options_{options}, cancellation_{cancellation}, staging_{staging}, meter_{meter} {}

    Outcome<Imported> run(const std::string& id, const std::string& title);

  private:
    struct Picture {
        Rendition rendition;
        std::string job;
        std::optional<TrackFile> file;
    };

    Outcome<void> open_sources();
    void expect_work();
    Outcome<void> encode_picture();
    Outcome<void> encode_group(std::span<Picture> group);
    Outcome<void> finish_picture(Picture& picture, bool may_retry);
    [[nodiscard]] Outcome<void> check_copies() const;
    Outcome<void> copy_pictures();
    Outcome<void> take_sound();
    Outcome<void> take_texts();
    Outcome<void> take_text(const std::string& document, const std::string& where, TextTrackPlan plan);
    Outcome<void> take_poster();
    std::string display_name(const std::string& title, const std::string& language, const std::string& kind);
    // What an earlier run kept of the job, or what doing it gives.
    Outcome<TrackFile> do_job(const std::string& stage, double work, const EncodeRun& run,
                              Milliseconds length);
    Outcome<std::vector<TrackFile>> do_run(const std::string& stage, double work, const EncodeRun& run,
                                           Milliseconds length);
    [[nodiscard]] EncodeRun new_run(const Source& source) const;
    [[nodiscard]] VideoSettings settings() const { return {codec_, options_.preset, options_.segment, {}}; }
    [[nodiscard]] Milliseconds picture_length() const {
        return sources_.front().timing[sources_.front().video().value()].length;
    }

    [[nodiscard]] double picture_work(const Rendition& rendition) const;
    [[nodiscard]] const Track* first_picture() const {
        return result_.asset.tracks.empty() || result_.asset.tracks[0].track.kind != TrackKind::video
                   ? nullptr
                   : &result_.asset.tracks[0].track;
    }

    const ImportOptions& options_;
    const Cancellation& cancellation_;
    Staging& staging_;
    Meter& meter_;
    std::vector<Source> sources_;
    std::vector<Rendition> ladder_;
    std::vector<Picture> pictures_;
    VideoCodec codec_ = VideoCodec::h264;
    JobNames names_;
    std::set<std::pair<std::string, std::string>> shown_;  // kind and name
    Imported result_;
};

double seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

Outcome<void> Import::open_sources() {
    for (const std::filesystem::path& path : options_.files) {
        auto source = open_source(path, cancellation_);
        if (cancellation_.requested()) return interrupted();
        if (!source) return source.error();
        result_.notes.insert(result_.notes.end(), source->notes.begin(), source->notes.end());
        sources_.push_back(std::move(*source));
    }
    const Source& source = sources_.front();
    const auto place = source.video();
    if (options_.copy) return check_copies();
    if (!place) return {};
    const SourceStream& stream = source.streams[*place];
    const auto codec = choose_codec(options_, stream);
    if (!codec) return codec.error();
    codec_ = *codec;
    ladder_ = plan_ladder(
        {stream.width, stream.height, frame_rate_of(stream, source.timing[*place]), stream.video_range()},
        codec_, options_.ladder);
    return {};
}

double Import::picture_work(const Rendition& rendition) const {
    const Source& source = sources_.front();
    const std::size_t place = source.video().value();
    const auto frames = static_cast<double>(source.timing[place].frames.size());
    const double decoded = 1e-6 * source.streams[place].width * source.streams[place].height * decode_share;
    return frames * (1e-6 * rendition.width * rendition.height + decoded);
}

void Import::expect_work() {
    for (const Rendition& rendition : ladder_) meter_.expect(picture_work(rendition));
    for (const Source& source : sources_) {
        for (std::size_t i = 0; i < source.streams.size(); ++i) {
            const TrackKind kind = source.streams[i].kind;
            if (kind == TrackKind::audio) meter_.expect(sound_work * seconds(source.timing[i].length));
            if (kind == TrackKind::video && options_.copy)
                meter_.expect(copy_work * seconds(source.timing[i].length));
        }
    }
}

EncodeRun Import::new_run(const Source& source) const {
    return {source.path.string(), {}, {}, staging_.directory()};
}

Outcome<std::vector<TrackFile>> Import::do_run(const std::string& stage, double work, const EncodeRun& run,
                                               Milliseconds length) {
    meter_.begin(stage, work);
    auto files = run_encoder(run, cancellation_, [&](Milliseconds position) {
        if (length.count() > 0) meter_.at(seconds(position) / seconds(length));
    });
    if (files) meter_.end_stage();
    return files;
}

Outcome<TrackFile> Import::do_job(const std::string& stage, double work, const EncodeRun& run,
                                  Milliseconds length) {
    if (auto kept = staging_.kept(run.jobs.front().name)) {
        meter_.skip(work);
        return std::move(kept->front());
    }
    auto files = do_run(stage, work, run, length);
    if (!files) return files.error();
    return std::move(files->front());
}

// The largest rendition first and alone, then all others from one decoding: measured on two cores, decoding
// once for each costs a third more, and once for all leaves nothing for a rerun to take up.
Outcome<void> Import::encode_picture() {
    for (const Rendition& rendition : ladder_) {
        pictures_.push_back(
            {rendition, names_.take("v" + rendition.name.substr(0, rendition.name.size() - 1)), {}});
    }
    const std::span<Picture> all{pictures_};
    for (const std::span<Picture> group : {all.first(1), all.subspan(1)}) {
        if (auto done = encode_group(group); !done) return done;
    }
    for (const Picture& picture : pictures_) {
        if (!same_borders(pictures_.front().file->track, picture.file->track)) {
            return Problem{
                sources_.front().path.string(),
                fmt::format("{} has other key frames than the first rendition", picture.rendition.name),
                "please report this with the file"};
        }
    }
    for (Picture& picture : pictures_) result_.asset.tracks.push_back(std::move(*picture.file));
    return {};
}

// What an earlier run left is taken; the rest is encoded in one run.
Outcome<void> Import::encode_group(std::span<Picture> group) {
    std::vector<Picture*> wanted;
    std::vector<Rendition> renditions;
    double work = 0;
    for (Picture& picture : group) {
        if (auto kept = staging_.kept(picture.job)) {
            picture.file = std::move(kept->front());
            meter_.skip(picture_work(picture.rendition));
            continue;
        }
        wanted.push_back(&picture);
        renditions.push_back(picture.rendition);
        work += picture_work(picture.rendition);
    }
    if (wanted.empty()) return {};
    const Source& source = sources_.front();
    const bool as_is = options_.top_as_is && wanted.front() == pictures_.data();
    EncodeRun run = new_run(source);
    run.words = as_is ? copy_words(source, source.video().value())
                      : encode_video_words(source, renditions, settings());
    for (const Picture* picture : wanted)
        run.jobs.push_back({picture->job, Cuts{true, {}, options_.segment}});
    const std::string last = wanted.size() > 1 ? " to " + renditions.back().name : "";
    auto files = do_run(renditions.front().name + last, work, run, picture_length());
    if (!files) return files.error();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        wanted[i]->file = std::move((*files)[i]);
        if (auto done = finish_picture(*wanted[i], !as_is); !done) return done;
    }
    return {};
}

// Constant quality makes too high peaks of a film of calm and wild scenes: such a rendition is encoded once
// more, with its average held.
Outcome<void> Import::finish_picture(Picture& picture, bool may_retry) {
    const Source& source = sources_.front();
    const std::size_t place = source.video().value();
    if (may_retry && peaks_too_high(picture.file->track)) {
        VideoSettings held = settings();
        held.held_average = picture.file->track.average_bit_rate();
        std::error_code ignored;
        std::filesystem::remove(staging_.directory() / picture.file->file, ignored);
        EncodeRun run = new_run(source);
        run.words = encode_video_words(source, {picture.rendition}, held);
        run.jobs.push_back({picture.job, Cuts{true, {}, options_.segment}});
        const double work = picture_work(picture.rendition);
        meter_.expect(work);
        auto files = do_run(picture.rendition.name + " again", work, run, picture_length());
        if (!files) return files.error();
        picture.file = std::move(files->front());
        if (peaks_too_high(picture.file->track)) {
            result_.notes.push_back(
                fmt::format("{}: its peak is above 200 % of its average even so", picture.rendition.name));
        }
    }
    manifest::Track& track = picture.file->track;
    if (auto whole = check_length(source, place, track); !whole) return whole.error();
    track.name = picture.rendition.name;
    track.frame_rate = frame_rate_of(source.streams[place], source.timing[place]);
    track.video_range = source.streams[place].video_range();
    return staging_.keep(picture.job, {*picture.file});
}

Outcome<void> Import::check_copies() const {
    std::vector<CopiedPicture> pictures;
    for (const Source& source : sources_) {
        const auto place = source.video();
        if (!place) continue;
        const SourceStream& stream = source.streams[*place];
        const StreamTiming& timing = source.timing[*place];
        pictures.push_back({source.path.string(), timing.length, stream.width, stream.height,
                            frame_rate_of(stream, timing)});
    }
    return check_one_film(pictures);
}

Outcome<void> Import::copy_pictures() {
    std::vector<KeyFrameTimes> times;
    for (const Source& source : sources_) {
        if (const auto place = source.video()) times.push_back(key_frame_times(source, *place));
    }
    if (times.empty()) return {};
    const auto cuts = common_cuts(times, options_.segment);
    if (!cuts) return cuts.error();
    if (const Milliseconds longest = longest_part(*cuts, times.front().length);
        2 * longest > 3 * options_.segment) {
        result_.notes.push_back(
            fmt::format("segments last up to {}, not {}: the key frames that {} are that far apart",
                        seconds_text(longest), to_text(options_.segment),
                        times.size() > 1 ? "all files have" : "the film has"));
    }
    for (const Source& source : sources_) {
        const auto place = source.video();
        if (!place) continue;
        const SourceStream& stream = source.streams[*place];
        const StreamTiming& timing = source.timing[*place];
        const std::string job = names_.take(fmt::format("v{}", stream.height));
        EncodeRun run{source.path.string(), copy_words(source, *place), {}, staging_.directory()};
        run.jobs.push_back({job, Cuts{false, *cuts, options_.segment}});
        auto file = do_job(job.substr(1) + "p", copy_work * seconds(timing.length), run, timing.length);
        if (!file) return file.error();
        if (auto whole = check_length(source, *place, file->track); !whole) return whole.error();
        file->track.name = fmt::format("{}p", stream.height);
        file->track.frame_rate = frame_rate_of(stream, timing);
        file->track.video_range = stream.video_range();
        if (auto kept = staging_.keep(job, {*file}); !kept) return kept.error();
        result_.asset.tracks.push_back(std::move(*file));
    }
    return {};
}

Outcome<void> Import::take_sound() {
    const Track* picture = first_picture();
    const Cuts cuts{false, picture != nullptr ? inner_borders(*picture) : std::vector<Ticks>{},
                    options_.segment};
    bool first = true;
    for (std::size_t s = 0; s < sources_.size(); ++s) {
        const Source& source = sources_[s];
        // Renditions of one film carry the same sound: the first file's is taken.
        if (!first && source.video()) continue;
        for (std::size_t i = 0; i < source.streams.size(); ++i) {
            const SourceStream& stream = source.streams[i];
            if (stream.kind != TrackKind::audio || source.timing[i].packets == 0) continue;
            const std::string language = to_bcp47(stream.language);
            const std::string job = names_.take("a-" + language);
            EncodeRun run{source.path.string(),
                          options_.copy ? copy_words(source, i) : encode_audio_words(source, i),
                          {{job, cuts}},
                          staging_.directory()};
            const Milliseconds length = source.timing[i].length;
            auto file = do_job("sound " + language, sound_work * seconds(length), run, length);
            if (!file) return file.error();
            if (auto whole = check_length(source, i, file->track); !whole) return whole.error();
            file->track.language = language;
            // ffmpeg writes 2 into every sample entry.
            file->track.channels = options_.copy ? stream.channels : std::min(stream.channels, 2U);
            const std::string name = clean_name(stream.title, most_track_name);
            file->track.name = display_name(name, language, "Sound");
            file->track.is_default = first;
            first = false;
            if (auto kept = staging_.keep(job, {*file}); !kept) return kept.error();
            result_.asset.tracks.push_back(std::move(*file));
        }
    }
    return {};
}

// What people pick a track by, each name once among its kind (RFC 8216bis section 4.4.6.1 asks for that).
std::string Import::display_name(const std::string& title, const std::string& language,
                                 const std::string& kind) {
    std::string name = title.empty() ? language_name(language) : title;
    if (name.empty()) name = kind;
    const std::string once = name;
    for (int n = 2; !shown_.emplace(kind, name).second; ++n) name = fmt::format("{} {}", once, n);
    return name;
}

Outcome<void> Import::take_text(const std::string& document, const std::string& where, TextTrackPlan plan) {
    const auto subtitles = parse_webvtt(document, where);
    if (!subtitles) return subtitles.error();
    plan.job = names_.take("s-" + plan.language);
    plan.name = display_name(plan.name, plan.language, "Subtitles");
    const Track* picture = first_picture();
    plan.borders = picture != nullptr ? segment_ends(*picture)
                                      : regular_ends(options_.segment, sources_.front().length());
    auto file = write_text_track(*subtitles, plan, staging_.directory());
    if (!file) return Problem{where, file.error().what, file.error().remedy};
    result_.asset.tracks.push_back(std::move(*file));
    return {};
}

Outcome<void> Import::take_texts() {
    const Source& source = sources_.front();
    for (std::size_t i = 0; i < source.streams.size(); ++i) {
        const SourceStream& stream = source.streams[i];
        if (stream.kind != TrackKind::text || source.timing[i].packets == 0) continue;
        auto made = capture_process(subtitle_words(source, i), most_subtitles, cancellation_);
        if (!made) return made.error();
        if (made->end.cancelled) return interrupted();
        const std::string where = fmt::format("{} (subtitles {})", source.path.string(), stream.index);
        if (!made->end.succeeded()) return Problem{where, "can't be read as text", ""};
        TextTrackPlan plan;
        plan.language = to_bcp47(stream.language);
        plan.name = clean_name(stream.title, most_track_name);
        if (auto taken = take_text(made->output, where, plan); !taken) return taken;
    }
    for (const SubtitleFile& file : options_.subtitles) {
        const auto document = read_file(file.path, most_subtitles);
        if (!document) return document.error();
        TextTrackPlan plan;
        plan.language = file.language;
        plan.name = file.name;
        if (auto taken = take_text(*document, file.path.string(), plan); !taken) return taken;
    }
    return {};
}

// A tenth into the film, past titles and black. A film without one is published all the same.
Outcome<void> Import::take_poster() {
    const Source* source = nullptr;
    for (const Source& one : sources_) {
        if (source == nullptr && one.video()) source = &one;
    }
    if (source == nullptr) return {};
    const Milliseconds length = source->timing[source->video().value()].length;
    // Some files can't be sought in: then from their start.
    for (const Milliseconds at : {length / 10, Milliseconds{0}}) {
        const auto picture = capture_process(poster_words(*source, at), most_poster, cancellation_);
        if (!picture) return picture.error();
        if (picture->end.cancelled) return interrupted();
        if (!picture->end.succeeded() || picture->output.empty()) continue;
        result_.asset.has_poster = true;
        return write_file_atomically(staging_.directory() / "poster.jpg", picture->output);
    }
    result_.notes.emplace_back("no poster could be made");
    return {};
}

Outcome<Imported> Import::run(const std::string& id, const std::string& title) {
    if (auto opened = open_sources(); !opened) return opened.error();
    // Subtitle files are read first: a mistake in one should not show after hours of encoding.
    for (const SubtitleFile& file : options_.subtitles) {
        const auto document = read_file(file.path, most_subtitles);
        if (!document) return document.error();
        if (const auto parsed = parse_webvtt(*document, file.path.string()); !parsed) return parsed.error();
    }
    if (auto begun = staging_.begin(state_key(options_)); !begun) return begun.error();
    meter_.publish_in(staging_.directory());
    expect_work();
    using Step = Outcome<void> (Import::*)();
    const Step picture = options_.copy ? &Import::copy_pictures : &Import::encode_picture;
    const bool has_picture = options_.copy || !ladder_.empty();
    for (const Step step :
         {has_picture ? picture : &Import::take_sound, has_picture ? &Import::take_sound : nullptr,
          &Import::take_texts, &Import::take_poster}) {
        if (step == nullptr) continue;
        if (auto done = (this->*step)(); !done) return done.error();
        if (cancellation_.requested()) return interrupted();
    }
    meter_.stop();
    result_.asset.id = id;
    result_.asset.title = title;
    result_.asset.added = wall_now();
    if (auto published = staging_.publish(result_.asset); !published) return published.error();
    result_.directory = options_.library / id;
    return std::move(result_);
}

}  // namespace

Outcome<Imported> import_film(const ImportOptions& options, const Cancellation& cancellation) {
    if (auto checked = check_options(options); !checked) return checked.error();
    const std::string id = options.id.empty() ? id_from_name(options.files.front()) : options.id;
    std::string title = options.title;
    if (title.empty()) title = clean_name(options.files.front().stem().string(), most_title);
    if (title.empty()) title = id;
    auto staging = Staging::open(options.library, id, options.replace, options.files.front().string());
    if (!staging) return staging.error();
    Meter meter{id, title, options.quiet};
    return Import{options, cancellation, *staging, meter}.run(id, title);
}

}  // namespace outpost::media
