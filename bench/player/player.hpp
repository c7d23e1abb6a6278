// A simulated player: what a set-top box would fetch, when, and what its viewer would see. Pure: it is told
// what happened and when, and says what it wants next; whoever drives it owns sockets and clocks. The time of
// a stall is exact: playback is reckoned, not sampled. Thread rule: one thread at a time.
//
// It records what its viewer sees (started, stalled, switched, left); requests are recorded by who makes
// them.
//  - Start-up is told for every film that is opened: the first counts from when the box was due, one after a
//    zap from the zap. Waiting after a seek is neither start-up nor stall.
//  - A film that begins again goes on without a gap, as a longer one would: its manifests and init segments
//    are not fetched anew.
//  - One request at a time for each medium. Video goes by the crowd's rule; sound, where it is apart, by its
//    best rendition. An answer of another status than 2xx has failed; one that didn't match its checksum is
//    played all the same, since asking again would hide it.
//  - Not modelled: downloads that are abandoned half-way, and prefetching of the next film.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "bench/measure/recording.hpp"
#include "bench/player/title.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

// One request of a player. `due` is when it was wanted; retries keep the first one's.
struct Want {
    std::uint64_t id = 0;
    std::string url;
    std::optional<ByteRange> range;
    RequestKind kind = RequestKind::segment;
    bool keep_body = false;  // manifests: Arrived::body is wanted
    SteadyTime due;
    Nanoseconds media{0};
    std::string cmcd;  // what "CMCD=" is in the query, without escapes; "" when off (CTA-5004)
    Milliseconds first_byte_limit{0}, progress_limit{0}, total_limit{0};  // 0: none
};
struct Cancel {
    std::uint64_t id = 0;  // its answer is not wanted any more
};
using Action = std::variant<Want, Cancel>;

struct Arrived {
    std::uint64_t id = 0;
    SteadyTime sent, first_byte, done;  // for throughput: sent to done
    std::uint64_t bytes = 0;
    Failure failure = Failure::none;
    int status = 0;
    std::string body;  // when it was to be kept
    std::string url;   // where the body came from, when not from Want::url: a token put in, a redirect
};

class Player {
  public:
    // `crowd` and `recording` outlive it. Each random choice comes from `seed`.
    Player(const Crowd& crowd, std::string base_url, std::uint64_t seed, Recording& recording,
           SteadyTime now);
    ~Player();
    Player(Player&&) noexcept;

    // All that happens by itself up to `now` (playing on, stalls, retries that are due, zaps, leaving), and
    // what is wanted because of it. To be called whenever wake() has come, and after arrived().
    std::vector<Action> step(SteadyTime now);
    void arrived(Arrived answer, SteadyTime now);
    // When step() has something to do next, if nothing arrives; max() for never.
    [[nodiscard]] SteadyTime wake() const;
    [[nodiscard]] bool finished() const;  // it has left; nothing more is wanted
    // Why it gave up, in words for people; "" when it didn't.
    [[nodiscard]] const std::string& complaint() const;
    void leave(SteadyTime now);  // the run is over

    enum class Showing { nothing, starting, playing, stalled, paused };
    [[nodiscard]] Showing showing() const;
    [[nodiscard]] Nanoseconds buffered(SteadyTime now) const;

  private:
    std::unique_ptr<class Session> session_;
};

}  // namespace outpost::bench
