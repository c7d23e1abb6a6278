// Whether an origin may be asked: a circuit breaker fed by requests, and a verdict fed by health checks.
//
//   up ── `eject_after` failures in a row ──> ejected ── time over ──> probing (one request) ── success ──>
//   up
//                                                ^────────── failure (a longer time) ──────────┘
//
// Beside it, two failed checks in a row take an origin out until one succeeds. Whoever comes back starts
// slowly. Thread rule: a value; time is an argument.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace outpost::cdn::policy {

struct BreakerRules {
    unsigned eject_after = 5;
    Milliseconds eject_time{10'000};  // the first; doubles with each that follows soon, up to 8 times
    Milliseconds slow_start{10'000};
};

class Breaker {
  public:
    enum class State { up, slow_start, ejected, probing };

    explicit Breaker(BreakerRules rules) : rules_{rules} {}

    [[nodiscard]] State state(SteadyTime now) const;
    // Up, or its time is over and nobody probes it yet.
    [[nodiscard]] bool may_try(SteadyTime now) const;
    // 1, or less while it starts slowly.
    [[nodiscard]] double share(SteadyTime now) const;
    // How often it was taken out, by requests or by checks.
    [[nodiscard]] std::uint64_t ejections() const { return ejections_; }

    // A request to it begins; whoever says so says later how it ended. True when it is the probe.
    bool begin(SteadyTime now);
    void succeed(SteadyTime now, bool probe);
    void fail(SteadyTime now, bool probe);
    void abandon(bool probe);  // nobody will know

    void check(bool healthy, SteadyTime now);

  private:
    void eject(SteadyTime now);

    BreakerRules rules_;
    unsigned failures_ = 0;  // in a row
    bool ejected_ = false;   // until a probe succeeds
    bool probe_under_way_ = false;
    SteadyTime until_{};         // while ejected: when it may be probed
    Milliseconds last_time_{0};  // of the last ejection; 0 before the first
    bool returned_ever_ = false;
    SteadyTime returned_{};
    unsigned failed_checks_ = 0;  // in a row
    bool unhealthy_ = false;
    std::uint64_t ejections_ = 0;
};

}  // namespace outpost::cdn::policy
