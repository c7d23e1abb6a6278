#include "cdn/origin/standing.hpp"

#include <algorithm>
#include <vector>

#include "base/log.hpp"
#include "cdn/origin/measures.hpp"

namespace outpost::cdn::origin {
namespace {

OriginStatus::State shown(policy::Breaker::State state) {
    switch (state) {
        case policy::Breaker::State::up: return OriginStatus::State::up;
        case policy::Breaker::State::slow_start: return OriginStatus::State::slow_start;
        case policy::Breaker::State::ejected: return OriginStatus::State::ejected;
        case policy::Breaker::State::probing: break;
    }
    return OriginStatus::State::probing;
}

Milliseconds percentile(const std::vector<std::uint32_t>& sorted, std::size_t percent) {
    return Milliseconds{sorted.empty() ? 0 : sorted[(sorted.size() - 1) * percent / 100]};
}

}  // namespace

bool Standing::may_try(SteadyTime now) const {
    const std::lock_guard lock{mutex_};
    return breaker_.may_try(now);
}

double Standing::share(SteadyTime now) const {
    const std::lock_guard lock{mutex_};
    return breaker_.share(now);
}

// ---- trials

Standing::Trial::Trial(std::shared_ptr<Standing> of) : of_{std::move(of)} {
    const std::lock_guard lock{of_->mutex_};
    ++of_->requests_;
    probe_ = of_->breaker_.begin(steady_now());
}

Standing::Trial::~Trial() {
    if (!of_) return;
    const std::lock_guard lock{of_->mutex_};
    of_->breaker_.abandon(probe_);
}

void Standing::Trial::answered() {
    if (!of_ || !probe_) return;
    {
        const std::lock_guard lock{of_->mutex_};
        of_->breaker_.succeed(steady_now(), true);
    }
    probe_ = false;
    log::info("origin {}: answers again", of_->name_);
}

void Standing::Trial::succeed() {
    if (!of_) return;
    answered();
    const auto of = std::move(of_);
    const std::lock_guard lock{of->mutex_};
    of->breaker_.succeed(steady_now(), false);
}

void Standing::Trial::fail(const boost::system::error_code& error) {
    count_failure(error);
    fail(error.message());
}

void Standing::Trial::fail_with_status(int status) {
    measures::failures_status.add();
    fail(fmt::format("it answered {}", status));
}

void Standing::Trial::fail(std::string what) {
    if (!of_) return;
    const auto of = std::move(of_);
    std::uint64_t before = 0;
    {
        const std::lock_guard lock{of->mutex_};
        before = of->breaker_.ejections();
        of->breaker_.fail(steady_now(), probe_);
        ++of->failures_;
        of->last_error_ = std::move(what);
        of->last_failure_ = wall_now();
    }
    of->note_ejections(before);
}

// ---- the rest

// Says what has become of it, if something has.
void Standing::note_ejections(std::uint64_t before) {
    std::string error;
    {
        const std::lock_guard lock{mutex_};
        if (breaker_.ejections() == before) return;
        error = last_error_;
    }
    measures::ejections.add();
    log::warning("origin {}: taken out, for it keeps failing; last: {}", name_, error);
}

void Standing::note_first_byte(Milliseconds after) {
    measures::first_byte_time.observe(std::chrono::duration<double>{after}.count());
    const std::lock_guard lock{mutex_};
    first_bytes_[first_byte_count_++ % kept_times] = static_cast<std::uint32_t>(after.count());
}

void Standing::note_check(bool healthy, const std::string& what) {
    std::uint64_t before = 0;
    {
        const std::lock_guard lock{mutex_};
        before = breaker_.ejections();
        breaker_.check(healthy, steady_now());
        if (!healthy) {
            last_error_ = "health check: " + what;
            last_failure_ = wall_now();
        }
    }
    note_ejections(before);
}

void Standing::show(OriginStatus& status, SteadyTime now) const {
    std::vector<std::uint32_t> times;
    {
        const std::lock_guard lock{mutex_};
        status.name = name_;
        status.state = shown(breaker_.state(now));
        status.requests = requests_;
        status.failures = failures_;
        status.last_error = last_error_;
        status.last_failure = last_failure_;
        times.assign(first_bytes_.begin(),
                     first_bytes_.begin() +
                         static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(first_byte_count_, kept_times)));
    }
    status.bytes = bytes_.load(std::memory_order_relaxed);
    std::sort(times.begin(), times.end());
    status.first_byte_p50 = percentile(times, 50);
    status.first_byte_p99 = percentile(times, 99);
}

}  // namespace outpost::cdn::origin
