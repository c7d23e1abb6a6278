#include "cdn/policy/breaker.hpp"

#include <algorithm>

#include "cdn/policy/balance.hpp"

namespace outpost::cdn::policy {
namespace {
constexpr int most_growth = 8;
constexpr unsigned checks_to_eject = 2;
}  // namespace

Breaker::State Breaker::state(SteadyTime now) const {
    if (unhealthy_) return State::ejected;
    if (ejected_) return now < until_ ? State::ejected : State::probing;
    return share(now) < 1 ? State::slow_start : State::up;
}

bool Breaker::may_try(SteadyTime now) const {
    if (unhealthy_) return false;
    return !ejected_ || (now >= until_ && !probe_under_way_);
}

double Breaker::share(SteadyTime now) const {
    return returned_ever_ ? slow_start_share(returned_, now, rules_.slow_start) : 1;
}

bool Breaker::begin(SteadyTime now) {
    const bool probe = ejected_ && now >= until_ && !probe_under_way_;
    if (probe) probe_under_way_ = true;
    return probe;
}

// What began before the ejection says nothing of how it is now: only the probe counts then.
void Breaker::succeed(SteadyTime now, bool probe) {
    if (probe) probe_under_way_ = false;
    if (ejected_ && !probe) return;
    failures_ = 0;
    if (!ejected_) return;
    ejected_ = false;
    returned_ever_ = true;
    returned_ = now;
}

void Breaker::fail(SteadyTime now, bool probe) {
    if (probe) probe_under_way_ = false;
    if (ejected_) {
        if (probe) eject(now);
        return;
    }
    if (++failures_ >= rules_.eject_after) eject(now);
}

void Breaker::abandon(bool probe) {
    if (probe) probe_under_way_ = false;
}

// Trouble soon after a return is the same trouble; after a good while it is new.
void Breaker::eject(SteadyTime now) {
    const bool again = ejected_ || (returned_ever_ && now - returned_ < last_time_ + rules_.slow_start);
    last_time_ = again ? std::min(last_time_ * 2, rules_.eject_time * most_growth) : rules_.eject_time;
    last_time_ = std::max(last_time_, rules_.eject_time);
    until_ = now + last_time_;
    ejected_ = true;
    failures_ = 0;
    ++ejections_;
}

void Breaker::check(bool healthy, SteadyTime now) {
    if (!healthy) {
        if (++failed_checks_ < checks_to_eject || unhealthy_) return;
        unhealthy_ = true;
        ++ejections_;
        return;
    }
    failed_checks_ = 0;
    if (!unhealthy_) return;
    unhealthy_ = false;
    returned_ever_ = true;
    returned_ = now;
}

}  // namespace outpost::cdn::policy
