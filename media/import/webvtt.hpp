// WebVTT (W3C): reading cues out of a file that may be hostile, and writing them as documents of one segment
// each. Cue text is kept as it is, as bytes. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::media {

struct Cue {
    Milliseconds start{0}, end{0};  // end > start
    std::string identifier;         // one line; may be empty
    std::string settings;           // as written behind the times; may be empty
    std::string text;               // lines, no empty one
    bool operator==(const Cue&) const = default;
};

struct Subtitles {
    std::vector<std::string> styles;  // STYLE and REGION blocks, whole, in order
    std::vector<Cue> cues;            // by start
};

// Bounds: 16 MiB, 200,000 cues, 16 KiB of text a cue. Problems name the line.
Outcome<Subtitles> parse_webvtt(std::string_view document, const std::string& where);

// "HH:MM:SS.mmm".
std::string webvtt_time(Milliseconds time);

// All of it as one document.
std::string write_webvtt(const Subtitles& subtitles);
// The cues that are shown in [from, to), with their own times, for HLS: with an X-TIMESTAMP-MAP that says
// that cue time and media time are the same. Valid without any cue.
std::string write_webvtt_segment(const Subtitles& subtitles, Milliseconds from, Milliseconds to);

}  // namespace outpost::media
