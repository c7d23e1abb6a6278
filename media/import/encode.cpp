#include "media/import/encode.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::media {
namespace {

std::filesystem::path part_of(const EncodeRun& run, const TrackJob& job) {
    return run.directory / (job.name + ".part");
}

void remove_parts(const EncodeRun& run) {
    for (const TrackJob& job : run.jobs) {
        std::error_code ignored;
        std::filesystem::remove(part_of(run, job), ignored);
    }
}

// ffmpeg's first complaint: the later ones only tell what followed. "[mp4 @ 0x55d0] what" is cut to "what".
std::string first_complaint(std::string_view complaint) {
    for (std::string_view line : split(complaint, '\n')) {
        const std::size_t label = line.starts_with('[') ? line.find("] ") : std::string_view::npos;
        if (label != std::string_view::npos) line.remove_prefix(label + 2);
        line = trim_blanks(line);
        if (!line.empty()) return std::string{line.substr(0, 300)};
    }
    return "it says nothing";
}

Outcome<std::vector<Packager>> open_packagers(const EncodeRun& run) {
    std::vector<Packager> packagers;
    for (const TrackJob& job : run.jobs) {
        const auto path = part_of(run, job);
        Fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
        if (!file)
            return Problem{path.string(), fmt::format("can't be written: {}", std::strerror(errno)), ""};
        packagers.emplace_back(std::move(file), job.cuts);
    }
    return packagers;
}

TrackFile describe(const TrackJob& job, PackagedTrack packaged) {
    const mp4::TrackHeader& header = packaged.index.header;
    TrackFile file;
    manifest::Track& track = file.track;
    track.id = fmt::format("{}-{}", job.name, to_hex(packaged.hash).substr(0, 8));
    track.kind =
        header.handler == mp4::fourcc("vide") ? manifest::TrackKind::video : manifest::TrackKind::audio;
    track.codecs = header.entry.codecs;
    track.language = "und";
    track.timescale = header.timescale;
    track.start = packaged.index.start;
    track.segments = std::move(packaged.index.segments);
    track.width = header.entry.width;
    track.height = header.entry.height;
    track.video_range = header.entry.video_range.value_or(manifest::VideoRange::sdr);
    track.channels = header.entry.channels;
    track.sample_rate = header.entry.sample_rate;
    file.file = track.id + ".mp4";
    file.init_size = packaged.index.init_size;
    file.offsets = std::move(packaged.index.offsets);
    return file;
}

Outcome<std::vector<TrackFile>> finish(const EncodeRun& run, std::vector<Packager>& packagers) {
    std::vector<TrackFile> files;
    for (std::size_t i = 0; i < packagers.size(); ++i) {
        auto packaged = packagers[i].finish();
        if (!packaged) return Problem{run.source, packaged.error().what, packaged.error().remedy};
        files.push_back(describe(run.jobs[i], std::move(*packaged)));
        std::error_code error;
        std::filesystem::rename(part_of(run, run.jobs[i]), run.directory / files.back().file, error);
        if (error) return Problem{run.directory.string(), "can't be written: " + error.message(), ""};
    }
    return files;
}

Outcome<std::vector<TrackFile>> encode(const EncodeRun& run, const Cancellation& cancellation,
                                       const OnPosition& on_position) {
    auto packagers = open_packagers(run);
    if (!packagers) return packagers.error();
    Command command;
    command.words = run.words;
    for (Packager& packager : *packagers) {
        command.outputs.push_back([&](std::string_view bytes) {
            const bool ok = packager.feed(bytes);
            Milliseconds slowest = packager.position();
            for (const Packager& other : *packagers) slowest = std::min(slowest, other.position());
            on_position(slowest);
            return ok;
        });
    }
    const auto end = run_process(command, cancellation);
    if (!end) return end.error();
    if (end->cancelled) return interrupted();
    for (const Packager& packager : *packagers) {
        if (packager.problem())
            return Problem{run.source, packager.problem()->what, packager.problem()->remedy};
    }
    if (!end->succeeded()) {
        return Problem{run.source, fmt::format("ffmpeg failed: {}", first_complaint(end->complaint)), ""};
    }
    return finish(run, *packagers);
}

}  // namespace

Problem interrupted() { return {"", "interrupted", "run the same command again to go on"}; }

Outcome<std::vector<TrackFile>> run_encoder(const EncodeRun& run, const Cancellation& cancellation,
                                            const OnPosition& on_position) {
    auto files = encode(run, cancellation, on_position);
    if (!files) remove_parts(run);
    return files;
}

}  // namespace outpost::media
