#include "media/import/demo.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include "base/file.hpp"
#include "media/import/encode.hpp"
#include "media/import/import_plan.hpp"
#include "media/import/source.hpp"

namespace outpost::media {
namespace {

namespace fs = std::filesystem;

constexpr int demo_seconds = 30, demo_rate = 25;

std::string counter() {
    for (const std::string font : {"/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf",
                                   "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"}) {
        std::error_code ignored;
        if (!fs::exists(font, ignored)) continue;
        return fmt::format(
            ",drawtext=fontfile={0}:fontsize=120:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=30:"
            "x=160:y=h-640:text='%{{pts\\:hms}}   %{{n}}'"
            ",drawtext=fontfile={0}:fontsize=72:fontcolor=white@0.9:x=160:y=300:text='Outpost'",
            font);
    }
    return "";
}

// A dive into the Mandelbrot set with a clock, and a tone with a tick at every second to hear sync by. Fast
// to make: computed at a quarter of the height, drawn on at full size.
std::vector<std::string> film_words(const fs::path& target) {
    const std::string picture = fmt::format(
        "mandelbrot=size=960x540:rate={}:maxiter=1500:end_pts=400:end_scale=0.0005,"
        "scale=3840:2160:flags=bilinear,format=yuv420p{}",
        demo_rate, counter());
    const std::string sound =
        "aevalsrc=exprs='0.12*sin(2*PI*220*t)+0.08*sin(2*PI*277.18*t)+0.08*sin(2*PI*329.63*t)"
        "+0.4*sin(2*PI*1000*t)*lt(mod(t,1),0.05)':channel_layout=mono:sample_rate=48000";
    const std::string key_frames = std::to_string(demo_rate * 4);
    return {"ffmpeg",
            "-v",
            "error",
            "-nostdin",
            "-y",
            "-f",
            "lavfi",
            "-i",
            picture,
            "-f",
            "lavfi",
            "-i",
            sound,
            "-t",
            std::to_string(demo_seconds),
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-crf",
            "25",
            "-maxrate",
            "18M",
            "-bufsize",
            "18M",
            "-g",
            key_frames,
            "-keyint_min",
            key_frames,
            "-sc_threshold",
            "0",
            "-flags",
            "+cgop",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
            "-colorspace",
            "bt709",
            "-c:a",
            "aac",
            "-b:a",
            "128k",
            "-metadata:s:a:0",
            "language=eng",
            "-f",
            "mp4",
            input_name(target)};
}

Outcome<void> make_film(const fs::path& path, const Cancellation& cancellation, bool quiet) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return Problem{path.parent_path().string(), "can't be written: " + error.message(), ""};
    if (!quiet) fmt::print(stderr, "demo: making a film of {} s in 2160p\n", demo_seconds);
    Command command;
    command.words = film_words(path);
    const auto end = run_process(command, cancellation);
    if (end && end->succeeded()) return {};
    fs::remove(path, error);
    if (!end) return end.error();
    if (end->cancelled) return interrupted();
    return Problem{path.string(), "the demo film can't be made: " + end->complaint.substr(0, 300), ""};
}

// Has the library page show the demo from its first second, while its film is still being made.
class Announcement {
  public:
    Announcement(const fs::path& library, const std::string& id, const std::string& title)
        : directory_{library / ".importing" / id} {
        std::error_code ignored;  // the import that follows says it when the library can't be written
        fs::create_directories(directory_, ignored);
        const ImportProgress progress{id, title, "film", 0, std::nullopt, ::getpid()};
        static_cast<void>(write_file_atomically(directory_ / "progress.json", write_progress(progress)));
    }
    Announcement(const Announcement&) = delete;
    Announcement& operator=(const Announcement&) = delete;
    ~Announcement() {
        std::error_code ignored;
        fs::remove(directory_ / "progress.json", ignored);
        fs::remove(directory_, ignored);  // only if an earlier import has left nothing to take up
    }

  private:
    fs::path directory_;
};

// The film's file goes with it.
class TemporaryFile {
  public:
    explicit TemporaryFile(fs::path path) : path_{std::move(path)} {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        std::error_code ignored;
        fs::remove(path_, ignored);
        fs::remove(path_.parent_path(), ignored);  // only if nobody else is in it
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

}  // namespace

Outcome<Imported> import_demo(const ImportOptions& options, const Cancellation& cancellation) {
    ImportOptions demo = options;
    demo.id = options.id.empty() ? "demo" : options.id;
    demo.title = options.title.empty() ? "Outpost demo" : options.title;
    demo.preset = "ultrafast";
    demo.segment = Milliseconds{4000};
    demo.codec = VideoCodec::h264;
    demo.copy = false;
    demo.top_as_is = options.ladder == LadderTop::uhd;
    const fs::path path = demo.library / ".importing" / fmt::format("{}.film.mp4", demo.id);
    demo.files = {path};
    if (auto checked = check_options(demo); !checked) return checked.error();
    std::error_code ignored;
    if (!demo.replace && fs::exists(demo.library / demo.id, ignored)) {
        return Problem{(demo.library / demo.id).string(), "there is already an asset of this id",
                       "choose another with --id, or --replace it"};
    }
    const TemporaryFile film{path};
    {
        const Announcement announced{demo.library, demo.id, demo.title};
        if (auto made = make_film(film.path(), cancellation, demo.quiet); !made) return made.error();
    }
    return import_film(demo, cancellation);
}

}  // namespace outpost::media
