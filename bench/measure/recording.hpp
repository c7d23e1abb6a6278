// What clients saw: times measured from when a request was *due*, so that a server that stalls can't hide
// behind a client that waits for it (coordinated omission). One a thread, merged afterwards; second by
// second, so that a plot shows when. Times are of requests that were answered and of those that timed out: a
// refusal is fast, and would hide what others wait for. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "bench/measure/histogram.hpp"

namespace outpost::bench {

enum class RequestKind { manifest, init, segment, other };

enum class Failure {
    none,
    connect,  // refused, unreachable, timed out
    tls,
    reset,      // broke before the answer was whole
    timeout,    // first byte, progress or total, by the player's own limits
    status,     // 4xx or 5xx
    malformed,  // not HTTP, or a body that is not as long as told
    mismatch,   // verified, and wrong
};
constexpr std::size_t failure_kinds = 8;

// One request, told when it has ended.
struct Exchange {
    RequestKind kind = RequestKind::other;
    SteadyTime due, first_byte, done;
    std::uint64_t bytes = 0;  // of the body
    Nanoseconds media{0};     // a segment's duration
    Failure failure = Failure::none;
    int status = 0;
    bool hit = false;  // the server's Cache-Status or X-Cache says so
};

// A second of the run: what ended in it.
struct Slice {
    std::uint64_t requests = 0, failures = 0, bytes = 0;
    std::uint64_t playing = 0, stalled = 0;  // boxes, as seen at the second's end
    std::uint64_t stalls = 0;                // that began in it
    Histogram* segment_times = nullptr;      // owned by the recording; null when there were none
};

class Recording {
  public:
    explicit Recording(SteadyTime began, Milliseconds warm_up);
    Recording(Recording&&) noexcept;  // what was moved from may only be assigned to or end
    Recording& operator=(Recording&&) noexcept;
    ~Recording();

    void ended(const Exchange& exchange);                // what was due in the warm-up is only in its slice
    void started(Nanoseconds start_up, SteadyTime now);  // a box showed its first picture
    // And plays again, or has left. One that reaches out of the warm-up counts, with the part that does.
    void stalled(SteadyTime began, Nanoseconds lasted);
    void switched();  // to another rendition
    void connected(Nanoseconds took, bool tls, bool resumed, SteadyTime now);
    void left(Nanoseconds played, std::uint64_t media_bits, SteadyTime now);  // a box has gone
    void census(SteadyTime now, std::uint64_t playing,
                std::uint64_t stalled_boxes);  // a second's last stands
    void merge(const Recording& other);        // of the same beginning

    struct Totals {
        std::uint64_t requests = 0, bytes = 0, hits = 0;
        std::array<std::uint64_t, failure_kinds> failures{};
        std::map<int, std::uint64_t> statuses;
        std::uint64_t sessions = 0;  // boxes that have left
        std::uint64_t stalls = 0, switches = 0;
        std::uint64_t connections = 0, tls_full = 0, tls_resumed = 0;
        Nanoseconds played{0}, stalled_for{0};
        std::uint64_t media_bits = 0;
        [[nodiscard]] std::uint64_t failed() const;
    };
    [[nodiscard]] const Totals& totals() const;
    [[nodiscard]] const std::vector<Slice>& slices() const;
    // From due to the first byte; from due to the last byte; of segments, as a part of their duration (1 is
    // 1 s in the histogram); until the first picture; of connecting.
    [[nodiscard]] const Histogram& first_byte() const;
    [[nodiscard]] const Histogram& request_time() const;
    [[nodiscard]] const Histogram& segment_time() const;
    [[nodiscard]] const Histogram& segment_part() const;
    [[nodiscard]] const Histogram& start_up() const;
    [[nodiscard]] const Histogram& connect_time() const;
    [[nodiscard]] Milliseconds lasted() const;  // what counted: slices without the warm-up

    [[nodiscard]] std::string json() const;  // whole, and back
    static Outcome<Recording> parse(std::string_view json, const std::string& where);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace outpost::bench
