#include "cdn/cache/purge_log.hpp"

#include <algorithm>

namespace outpost::cdn {

bool PurgeScope::covers(std::string_view key, std::span<const std::string> tags) const {
    switch (kind) {
        case Kind::key: return key == value;
        case Kind::prefix: return key.starts_with(value);
        case Kind::tag: return std::find(tags.begin(), tags.end(), value) != tags.end();
        case Kind::all: break;
    }
    return true;
}

void PurgeLog::add(PurgeScope scope) {
    const std::lock_guard lock{mutex_};
    scopes_.push_back(std::move(scope));
    if (scopes_.size() > most_) scopes_.pop_front();
    ++generation_;
}

std::uint64_t PurgeLog::generation() const {
    const std::lock_guard lock{mutex_};
    return generation_;
}

bool PurgeLog::covers(std::uint64_t since, std::string_view key, std::span<const std::string> tags) const {
    const std::lock_guard lock{mutex_};
    const std::uint64_t newer = generation_ - since;
    if (newer > scopes_.size()) return true;
    const auto first = scopes_.end() - static_cast<std::ptrdiff_t>(newer);
    return std::any_of(first, scopes_.end(),
                       [&](const PurgeScope& scope) { return scope.covers(key, tags); });
}

}  // namespace outpost::cdn
