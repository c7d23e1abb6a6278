// The small decisions of an import, apart from doing it: names, borders, checks of what came out.
// Thread rule: pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "media/import/align.hpp"
#include "media/import/import_command.hpp"
#include "media/import/packager.hpp"
#include "media/import/source.hpp"

namespace outpost::media {

// Names of jobs, each given once: "a-en", then "a-en-2".
class JobNames {
  public:
    std::string take(const std::string& wanted);

  private:
    std::set<std::string> taken_;
};

Outcome<VideoCodec> choose_codec(const ImportOptions& options, const SourceStream& video);
Outcome<void> check_options(const ImportOptions& options);
// What makes two runs the same import: files (with sizes and times of change) and options.
std::string state_key(const ImportOptions& options);

Ratio frame_rate_of(const SourceStream& stream, const StreamTiming& timing);
// Where the segments of `track` begin, but the first.
std::vector<Ticks> inner_borders(const manifest::Track& track);
// Where they end.
std::vector<Milliseconds> segment_ends(const manifest::Track& track);
// The same borders for sound or text alone: every `nominal` up to `length`.
std::vector<Milliseconds> regular_ends(Milliseconds nominal, Milliseconds length);
KeyFrameTimes key_frame_times(const Source& source, std::size_t place);

// All of the source is in the track: a film that can't be decoded to its end is not published.
Outcome<void> check_length(const Source& source, std::size_t place, const manifest::Track& track);
// Renditions have the same borders, tick for tick.
bool same_borders(const manifest::Track& a, const manifest::Track& b);
// Its highest segment rate is above 200 % of its average (Apple's authoring rules).
bool peaks_too_high(const manifest::Track& track);

}  // namespace outpost::media
