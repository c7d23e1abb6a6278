#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/signals_cancel.hpp"
#include "media/import/demo.hpp"
#include "media/import/import_command.hpp"
#include "server/commands/commands.hpp"

namespace outpost::server {
namespace {

constexpr int usage_error = 2;

struct Words {
    std::vector<std::string> files, subtitles;
    std::string library, ladder = "uhd", codec, segment = "4s";
    bool demo = false;
    media::ImportOptions options;
};

Problem not_one_of(const std::string& option, const std::string& word, const std::string& choices) {
    return {option + " " + word, "is unknown", "choose " + choices};
}

Outcome<media::ImportOptions> translate(const Words& words) {
    media::ImportOptions options = words.options;
    for (const std::string& file : words.files) options.files.emplace_back(file);
    options.library = words.library;
    const auto ladder = media::parse_ladder_top(words.ladder);
    if (!ladder) return not_one_of("--ladder", words.ladder, "uhd, hd or sd");
    options.ladder = *ladder;
    if (!words.codec.empty()) {
        options.codec = media::parse_video_codec(words.codec);
        if (!options.codec) return not_one_of("--codec", words.codec, "h264 or hevc");
    }
    const auto segment = parse_duration(words.segment);
    if (!segment) return not_one_of("--segment", words.segment, "a duration such as 4s");
    options.segment = *segment;
    for (const std::string& text : words.subtitles) {
        auto file = media::parse_subtitle_option(text);
        if (!file) return file.error();
        options.subtitles.push_back(std::move(*file));
    }
    return options;
}

// Names of files may hold line ends and what terminals obey.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return text;
}

int run(const Words& words) {
    Cancellation cancellation;
    const SignalsCancel signals{cancellation};
    const auto options = translate(words);
    const auto imported = !options     ? Outcome<media::Imported>{options.error()}
                          : words.demo ? media::import_demo(*options, cancellation)
                                       : media::import_film(*options, cancellation);
    if (!imported) {
        fmt::print(stderr, "outpost: {}\n", one_line(imported.error().line()));
        return cancellation.requested() ? 128 + cancellation.reason() : 1;
    }
    for (const std::string& note : imported->notes) fmt::print(stderr, "outpost: {}\n", one_line(note));
    const media::Asset& asset = imported->asset;
    std::uint64_t bytes = 0;
    for (const media::TrackFile& track : asset.tracks) bytes += track.init_size + track.track.size();
    fmt::print("{}: {} tracks, {:.1f} s, {:.1f} MB in {}\n", asset.id, asset.tracks.size(),
               static_cast<double>(asset.presentation().duration().count()) / 1000,
               static_cast<double>(bytes) / 1e6, imported->directory.string());
    return 0;
}

}  // namespace

void add_import(CLI::App& app, int& exit_status) {
    auto words = std::make_shared<Words>();
    CLI::App* command = app.add_subcommand("import", "Turn a film into an asset of the library");
    media::ImportOptions& options = words->options;
    command->add_option("file", words->files, "The film; with --copy several files of one film");
    command->add_option("--library", words->library, "The library's directory")->required();
    command->add_option("--id", options.id,
                        "The asset's id, as in its URLs: at most 64 of a-z 0-9 . _ -, a letter or digit "
                        "first (default: from the "
                        "file's name)");
    command->add_option("--title", options.title, "What people call it (default: the file's name)");
    CLI::Option* ladder = command
                              ->add_option("--ladder", words->ladder,
                                           "Largest picture: uhd (2160p), hd (1080p) or sd (540p); a film "
                                           "between two rungs begins at the lower")
                              ->capture_default_str();
    CLI::Option* codec = command->add_option("--codec", words->codec,
                                             "h264 or hevc (default: h264, and hevc for an HDR film)");
    CLI::Option* preset =
        command
            ->add_option("--preset", options.preset,
                         "The encoder's effort: ultrafast, superfast, veryfast, faster, fast, medium or slow")
            ->capture_default_str();
    command
        ->add_flag("--copy", options.copy,
                   "Take pictures and sound as they are encoded already (else 5.1 sound becomes stereo)")
        ->excludes(ladder)
        ->excludes(codec)
        ->excludes(preset);
    command->add_option("--segment", words->segment, "Length of a segment, 500ms to 20s")
        ->capture_default_str();
    // One value for each time that it is given: what follows is the film.
    command
        ->add_option(
            "--subtitles", words->subtitles,
            "WebVTT as FILE.vtt:LANG[:NAME], beside what text subtitles the film holds; may be given again")
        ->allow_extra_args(false);
    command->add_flag("--replace", options.replace, "Take the place of an asset with the same id");
    command->add_flag("--quiet", options.quiet, "Show no progress");
    command->add_flag("--demo", words->demo, "Make a demo film and import that");
    command->callback([words, &exit_status] {
        if (words->demo == !words->files.empty()) {
            fmt::print(stderr, "outpost: import: {}\n",
                       words->demo ? "--demo makes a film of its own: leave it out, or the files"
                                   : "name a film, or --demo");
            exit_status = usage_error;
            return;
        }
        exit_status = run(*words);
    });
}

}  // namespace outpost::server
