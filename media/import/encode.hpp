// Runs ffmpeg and packages what it writes into track files of a staging directory. Thread rule: one thread;
// blocks until done.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"
#include "media/asset.hpp"
#include "media/import/packager.hpp"

namespace outpost::media {

// One output of a run: its part file's name and where it is cut.
struct TrackJob {
    std::string name;  // "v2160", "a-en": becomes the track's id with the hash of its bytes behind
    Cuts cuts;
};

struct EncodeRun {
    std::string source;              // for Problems
    std::vector<std::string> words;  // ffmpeg's command line, output i for job i
    std::vector<TrackJob> jobs;
    std::filesystem::path directory;
};

// Called as media arrives, with how far the slowest output has come.
using OnPosition = std::function<void(Milliseconds)>;

// Tracks in the order of the jobs, in files named after their ids. What was being written is removed when it
// fails.
Outcome<std::vector<TrackFile>> run_encoder(const EncodeRun& run, const Cancellation& cancellation,
                                            const OnPosition& on_position);

// "interrupted": what every step returns when it was cancelled.
Problem interrupted();

}  // namespace outpost::media
