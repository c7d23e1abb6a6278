// A simulated player: what a set-top box would fetch, when, and what its viewer would see. Pure: it is told
// what happened and when, and says what it wants next; whoever drives it owns sockets and clocks. The time of
// a stall is exact: playback is reckoned, not sampled. Thread rule: one thread at a time.
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
    std::string cmcd;  // CMCD-Request and its like as one query value ("" when off), CTA-5004
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
    void leave(SteadyTime now);           // the run is over

    enum class Showing { nothing, starting, playing, stalled, paused };
    [[nodiscard]] Showing showing() const;
    [[nodiscard]] Nanoseconds buffered(SteadyTime now) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace outpost::bench
