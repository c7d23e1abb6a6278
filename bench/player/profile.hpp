// What one player waits for, tries again and keeps in its buffer: ExoPlayer (Media3), hls.js, dash.js and
// Shaka, by their defaults. Policy is pure: facts in, a verdict out. Thread rule: values and pure functions.
#pragma once

#include <cstdint>

#include "base/units.hpp"
#include "bench/measure/recording.hpp"
#include "bench/player/throughput.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

// Zeros are no limit.
struct TimeLimits {
    Milliseconds first_byte{0}, progress{0}, total{0};
};

// How often, and after how long, the same is asked for again.
struct Retries {
    enum class Growth { none, linear, doubling };
    unsigned most = 3;
    Milliseconds first{0}, longest{0};  // before the first retry; at most
    Growth growth = Growth::none;
};

struct Profile {
    TimeLimits manifest, segment;
    Retries manifest_errors, manifest_timeouts, segment_errors, segment_timeouts;
    // A rendition whose answer is a status that means "not this one" is left alone at once (ExoPlayer), or
    // only when its retries are used up (hls.js, Shaka), for this long; 0: never, the player gives up.
    Milliseconds excluded_for{0};
    bool excludes_at_once = false;
    // Goes on trying as long as there is something to show.
    bool outlasts_retries = false;

    Nanoseconds start{0}, restart{0};   // buffered before it plays: at first, and after a stall
    Nanoseconds buffer{0};              // beyond it nothing is fetched
    Nanoseconds buffer_at_top{0};       // the same at the highest rendition (dash.js), 0: no other
    Nanoseconds buffer_at_top_long{0};  // and of films of over ten minutes
    std::uint64_t buffer_bytes = 0;     // as much as fits in here where that is more, hls.js

    // The throughput rule: of the estimate, what a rendition may take to be kept, and to be gone up to.
    double keep = 0.9, up = 0.9;
    Throughput throughput{BitRate{1'000'000}, HalfLives{}};
};
const Profile& profile_of(PlayerProfile player);

struct FailureFacts {
    RequestKind kind = RequestKind::segment;
    Failure failure = Failure::none;
    int status = 0;
    unsigned failures = 1;        // of this request, this one counted
    bool others_left = false;     // renditions that are not excluded
    bool something_left = false;  // buffered media to show meanwhile
};
struct Verdict {
    enum class What { retry, exclude, give_up } what = What::retry;
    Milliseconds after{0};  // retry: how long to wait; exclude: for how long
    bool operator==(const Verdict&) const = default;
};
Verdict after_failure(const Profile& profile, const FailureFacts& facts);

struct BufferFacts {
    BitRate bit_rate;       // of what is fetched
    bool top = false;       // it is the highest
    Nanoseconds length{0};  // the film's
};
Nanoseconds buffer_goal(const Profile& profile, const BufferFacts& facts);

}  // namespace outpost::bench
