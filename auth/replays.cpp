#include "auth/replays.hpp"

namespace outpost::auth {

Replays::Use Replays::use(std::uint64_t token, WallTime until, WallTime now) {
    const std::lock_guard lock{mutex_};
    while (!by_end_.empty() && by_end_.begin()->first < now) {
        used_.erase(by_end_.begin()->second);
        by_end_.erase(by_end_.begin());
    }
    if (used_.contains(token)) return Use::again;
    if (used_.size() >= most_) return Use::full;
    used_.emplace(token, until);
    by_end_.emplace(until, token);
    return Use::first;
}

}  // namespace outpost::auth
