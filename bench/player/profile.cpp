#include "bench/player/profile.hpp"

#include <algorithm>
#include <array>

namespace outpost::bench {
namespace {

using std::chrono::seconds;
using namespace std::chrono_literals;

// ExoPlayer's DefaultLoadErrorHandlingPolicy: (n - 1) seconds, at most 5, before the n-th retry; three
// failures are borne, and more while the buffer lasts. DefaultLoadControl: 50 s; 1 s to start, 2 s after a
// stall. DefaultHttpDataSource: 8 s to connect and for each read.
Profile exoplayer() {
    Profile out;
    out.manifest = out.segment = {8s, 8s, 0ms};
    out.manifest_errors = {3, 0ms, 5s, Retries::Growth::linear};
    out.manifest_timeouts = out.segment_errors = out.segment_timeouts = out.manifest_errors;
    out.excluded_for = 60s;
    out.excludes_at_once = true;
    out.outlasts_retries = true;
    out.start = 1s;
    out.restart = 2s;
    out.buffer = 50s;
    out.keep = out.up = 0.7;
    out.throughput = Throughput{BitRate{1'000'000}};
    return out;
}

// hls.js: fragLoadPolicy, playlistLoadPolicy; after its retries a level gets into the penalty box. 30 s are
// kept, or 60 MB where that is more.
Profile hlsjs() {
    Profile out;
    out.manifest = {10s, 0ms, 20s};
    out.segment = {10s, 0ms, 120s};
    out.manifest_errors = {2, 1s, 8s, Retries::Growth::doubling};
    out.manifest_timeouts = {2, 0ms, 0ms, Retries::Growth::none};
    out.segment_errors = {6, 1s, 8s, Retries::Growth::doubling};
    out.segment_timeouts = {4, 0ms, 0ms, Retries::Growth::none};
    out.excluded_for = 60s;
    out.start = out.restart = 100ms;  // a media element plays as soon as it has anything
    out.buffer = 30s;
    out.buffer_bytes = 60'000'000;
    out.keep = 0.95;
    out.up = 0.7;
    out.throughput = Throughput{BitRate{500'000}, {seconds{3}, seconds{9}}};
    return out;
}

Profile dashjs() {
    Profile out;
    out.manifest = {0ms, 0ms, 10s};
    out.segment = {0ms, 0ms, 20s};
    out.manifest_errors = {3, 500ms, 500ms, Retries::Growth::none};
    out.manifest_timeouts = out.manifest_errors;
    out.segment_errors = out.segment_timeouts = {3, 1s, 1s, Retries::Growth::none};
    out.start = out.restart = 100ms;
    out.buffer = 18s;
    out.buffer_at_top = 30s;
    out.buffer_at_top_long = 60s;
    out.throughput = Throughput{BitRate{1'000'000}, {seconds{3}, seconds{8}}};
    return out;
}

// Shaka's retryParameters: two attempts, so one retry; a stream that fails is disabled for 30 s.
Profile shaka() {
    Profile out;
    out.manifest = out.segment = {10s, 5s, 30s};
    out.manifest_errors = {1, 1s, 1s, Retries::Growth::none};
    out.manifest_timeouts = out.segment_errors = out.segment_timeouts = out.manifest_errors;
    out.excluded_for = 30s;
    out.start = out.restart = 2s;
    out.buffer = 10s;
    out.keep = 0.95;
    out.up = 0.85;
    out.throughput = Throughput{BitRate{1'000'000}, {seconds{2}, seconds{5}}};
    return out;
}

// "Not this one, perhaps another": ExoPlayer's isEligibleForFallback.
bool excludes(int status) {
    constexpr std::array<int, 6> statuses{403, 404, 410, 416, 500, 503};
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

const Retries& retries_for(const Profile& profile, const FailureFacts& facts) {
    const bool timed_out = facts.failure == Failure::timeout;
    if (facts.kind == RequestKind::manifest)
        return timed_out ? profile.manifest_timeouts : profile.manifest_errors;
    return timed_out ? profile.segment_timeouts : profile.segment_errors;
}

Milliseconds delay(const Retries& retries, unsigned failures) {
    const auto n = static_cast<int>(std::min(failures, 16U)) - 1;
    switch (retries.growth) {
        case Retries::Growth::linear:
            return std::min(retries.first + n * Milliseconds{1000}, retries.longest);
        case Retries::Growth::doubling: return std::min(retries.first * (1 << n), retries.longest);
        case Retries::Growth::none: break;
    }
    return retries.first;
}

}  // namespace

const Profile& profile_of(PlayerProfile player) {
    static const Profile profiles[] = {exoplayer(), hlsjs(), dashjs(), shaka()};
    return profiles[static_cast<std::size_t>(player)];
}

Verdict after_failure(const Profile& profile, const FailureFacts& facts) {
    const Verdict exclusion{Verdict::What::exclude, profile.excluded_for};
    const bool can_exclude = profile.excluded_for > 0ms && facts.others_left;
    if (can_exclude && profile.excludes_at_once && excludes(facts.status)) return exclusion;
    const Retries& retries = retries_for(profile, facts);
    if (facts.failures <= retries.most || (profile.outlasts_retries && facts.something_left))
        return {Verdict::What::retry, delay(retries, facts.failures)};
    if (can_exclude && !profile.excludes_at_once) return exclusion;
    return {Verdict::What::give_up, 0ms};
}

Nanoseconds buffer_goal(const Profile& profile, const BufferFacts& facts) {
    Nanoseconds goal = profile.buffer;
    if (facts.top && profile.buffer_at_top > 0ns)
        goal = facts.length > 10min ? profile.buffer_at_top_long : profile.buffer_at_top;
    if (profile.buffer_bytes > 0 && facts.bit_rate > BitRate{}) {
        const double fits = static_cast<double>(profile.buffer_bytes) * 8 /
                            static_cast<double>(facts.bit_rate.bits_per_second());
        // hls.js keeps at most ten minutes (maxMaxBufferLength).
        goal = std::max(goal, std::min<Nanoseconds>(std::chrono::duration_cast<Nanoseconds>(
                                                        std::chrono::duration<double>{std::min(fits, 600.0)}),
                                                    10min));
    }
    return goal;
}

}  // namespace outpost::bench
