#include "cdn/policy/retry_budget.hpp"

#include <algorithm>
#include <chrono>

namespace outpost::cdn::policy {
namespace {
constexpr std::uint64_t always_allowed = 10;

std::int64_t second_of(SteadyTime now) {
    return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}
}  // namespace

RetryBudget::Slot& RetryBudget::slot(SteadyTime now) {
    const std::int64_t second = second_of(now);
    Slot& slot = slots_[static_cast<std::uint64_t>(second) % seconds];
    if (slot.second != second) slot = {second, 0, 0};
    return slot;
}

void RetryBudget::note_request(SteadyTime now) { ++slot(now).requests; }

bool RetryBudget::take(SteadyTime now) {
    const std::int64_t oldest = second_of(now) - static_cast<std::int64_t>(seconds);
    std::uint64_t requests = 0, retries = 0;
    for (const Slot& s : slots_) {
        if (s.second <= oldest) continue;
        requests += s.requests;
        retries += s.retries;
    }
    if (retries >= std::max(always_allowed, requests * percent_ / 100)) return false;
    ++slot(now).retries;
    return true;
}

}  // namespace outpost::cdn::policy
