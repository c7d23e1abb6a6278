// What a viewer sees: a place in the film that moves on while every medium has data, and stops, to the
// nanosecond, when one has none. Reckoned from what was appended when; nothing is sampled. Media time counts
// from the film's beginning and may run through it several times. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "bench/player/throughput.hpp"

namespace outpost::bench {

struct Stall {
    SteadyTime began;
    Nanoseconds lasted{0};
    bool operator==(const Stall&) const = default;
};

class Playback {
  public:
    // starting: nothing was shown since the film, or another place in it, was asked for.
    enum class Mode { starting, playing, stalled, paused, ended };

    // A film: nothing is buffered. `start` and `restart` are how much of every medium is wanted before the
    // first picture, and after a stall; the film's end does as well.
    void open(std::size_t media, Nanoseconds start, Nanoseconds restart, SteadyTime now);
    // Another place in it: what is buffered there stays only if all media have it already.
    // False: the buffers are empty, and fetching begins at `to`.
    bool seek(Nanoseconds to, SteadyTime now);

    // A medium's data reach up to `until` now; `rate` is what its bits count as in media_bits(). `last`:
    // there is no more of it.
    void append(std::size_t medium, Nanoseconds until, BitRate rate, bool last, SteadyTime now);
    // Plays on by itself. `now` never goes back.
    void advance(SteadyTime now);
    void pause(SteadyTime now);   // only what plays pauses
    void resume(SteadyTime now);  // as before, or stalled when there is nothing to show
    void stop(SteadyTime now);    // for good: a stall ends with it

    [[nodiscard]] Mode mode() const { return mode_; }
    [[nodiscard]] Nanoseconds position(SteadyTime now) const;
    // What lies before the viewer: of one medium, and of the one that has least.
    [[nodiscard]] Nanoseconds buffered(std::size_t medium, SteadyTime now) const;
    [[nodiscard]] Nanoseconds buffered(SteadyTime now) const;
    // When playing stops by itself, by a stall or at the end; max() when it doesn't play.
    [[nodiscard]] SteadyTime dry() const;
    // The first time, from the last call on, at which a medium has no more than `level`; max() for never.
    [[nodiscard]] SteadyTime falls_to(std::size_t medium, Nanoseconds level) const;

    // Each is told once.
    std::optional<Stall> take_stall() { return std::exchange(stall_, std::nullopt); }
    std::optional<SteadyTime> take_first_picture() { return std::exchange(first_picture_, std::nullopt); }

    [[nodiscard]] Nanoseconds played() const { return played_; }  // of all films
    [[nodiscard]] std::uint64_t media_bits() const;               // of what was played

  private:
    // Data of one medium of one rate, up to a place.
    struct Stretch {
        Nanoseconds until{0};
        BitRate rate;
    };
    struct Buffer {
        Nanoseconds until{0};
        bool last = false;
        std::vector<Stretch> stretches;  // what lies before the viewer, of a few segments
    };

    [[nodiscard]] Nanoseconds end() const;  // where playing stops by itself
    [[nodiscard]] bool complete() const;
    [[nodiscard]] bool enough(Nanoseconds wanted) const;
    void move(Nanoseconds by);
    void begin_if_enough(SteadyTime now);

    Mode mode_ = Mode::ended;
    bool shown_ = false;  // since open(): a first picture
    std::vector<Buffer> buffers_;
    Nanoseconds position_{0};  // at `at_`
    SteadyTime at_;
    SteadyTime stalled_at_;
    Nanoseconds start_{0}, restart_{0};
    std::optional<Stall> stall_;
    std::optional<SteadyTime> first_picture_;
    Nanoseconds played_{0};
    double bits_ = 0;
};

}  // namespace outpost::bench
