// From the fragmented MP4 that ffmpeg writes into a pipe to a CMAF track file: the same samples, cut into
// segments where we want them, video from time 0. Streams: at most one segment and one
// of the muxer's fragments are in memory. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "media/mp4/index.hpp"

namespace outpost::media {

// Where segments begin.
struct Cuts {
    // Video: at every key frame, or only at those that are at a boundary.
    bool every_key_frame = false;
    // Audio: at the frame nearest to each boundary; past the last one, and without any, every `nominal`.
    std::vector<Ticks> boundaries;  // ascending, > 0
    Milliseconds nominal{4000};
};

struct PackagedTrack {
    mp4::TrackIndex index;
    std::uint64_t hash = 0;  // XXH3 of the file's bytes
};

class Packager {
  public:
    // `file` is empty and open for reading and writing.
    Packager(Fd file, Cuts cuts);
    Packager(Packager&&) noexcept;
    ~Packager();

    // Takes the next bytes of the stream. False when they can't be used or written: problem() says why.
    bool feed(std::string_view bytes);
    [[nodiscard]] const std::optional<Problem>& problem() const;
    // How far the media has come, for progress.
    [[nodiscard]] Milliseconds position() const;
    // At the end of the stream: writes what is pending, flushes to disk and reads the index back.
    Outcome<PackagedTrack> finish();

  private:
    class Work;
    std::unique_ptr<Work> work_;
};

}  // namespace outpost::media
