#include "bench/player/feed.hpp"

#include <algorithm>

namespace outpost::bench {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds most_overlap = 50ms;
// Players of live channels begin three target durations before the end (RFC 8216bis section 6.3.3).
constexpr int targets_from_end = 3;

std::size_t live_begin(const Rendition& rendition) {
    Nanoseconds behind{0};
    std::size_t index = rendition.segments.size();
    while (index > 0 && behind < targets_from_end * rendition.reload_every)
        behind += rendition.segments[--index].duration;
    return index;
}

}  // namespace

Place place_at(const Rendition& rendition, Nanoseconds position) {
    Place place;
    for (const Piece& segment : rendition.segments) {
        const Nanoseconds end = place.start + segment.duration;
        if (end - position > std::min(most_overlap, segment.duration / 2)) break;
        place.start = end;
        ++place.index;
    }
    return place;
}

Feed::Feed(std::shared_ptr<const Title> title, std::size_t medium, bool again, SteadyTime now)
    : title_{std::move(title)}, medium_{medium}, again_{again} {
    const std::size_t count = this->medium().renditions.size();
    has_init.assign(count, false);
    known_.resize(count);
    excluded_until_.assign(count, SteadyTime::min());
    read_at_.assign(count, now);
    changed_.assign(count, true);
    for (std::size_t i = 0; i < count; ++i) {
        const Rendition& rendition = this->medium().renditions[i];
        if (!rendition.segments.empty()) known_[i] = std::shared_ptr<const Rendition>{title_, &rendition};
    }
}

bool Feed::usable(std::size_t rendition, SteadyTime now) const { return excluded_until_[rendition] <= now; }

std::size_t Feed::usable_others(SteadyTime now) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < known_.size(); ++i) count += i != chosen_ && usable(i, now) ? 1 : 0;
    return count;
}

void Feed::choose(std::size_t rendition) {
    decided = true;
    if (rendition == chosen_) return;
    chosen_ = rendition;
    placed_ = false;
}

void Feed::learn(std::size_t rendition, std::shared_ptr<const Rendition> what, SteadyTime now) {
    const Rendition* before = known_[rendition].get();
    changed_[rendition] = before == nullptr || before->first_sequence + before->segments.size() !=
                                                   what->first_sequence + what->segments.size();
    known_[rendition] = std::move(what);
    read_at_[rendition] = now;
    if (rendition == chosen_) placed_ = false;
}

void Feed::jump(Nanoseconds to) {
    until_ = to;
    lap_ = Nanoseconds{0};
    complete_ = placed_ = decided = false;
    due.reset();
}

void Feed::find_place() {
    const Rendition& rendition = *known_[chosen_];
    placed_ = true;
    if (!live()) {
        place_ = place_at(rendition, until_ - lap_);
        return;
    }
    // Only whole numbers say which segment of a live playlist is which. One that has left it is lost.
    if (!sequence_) sequence_ = rendition.first_sequence + live_begin(rendition);
    sequence_ = std::max(*sequence_, rendition.first_sequence);
    place_.index = static_cast<std::size_t>(*sequence_ - rendition.first_sequence);
    place_.start = until_ - lap_;
}

const Piece* Feed::next() {
    if (!placed_) find_place();
    const auto& segments = known_[chosen_]->segments;
    if (place_.index < segments.size()) return &segments[place_.index];
    if (live()) return nullptr;
    pass_end();  // renditions differ in length: what was in one may be behind the end of another
    return complete_ ? nullptr : &segments.front();
}

void Feed::pass_end() {
    complete_ = !again_;
    place_ = {};
    lap_ = until_;
}

const Piece* Feed::behind_next() const {
    const auto& segments = known_[chosen_]->segments;
    return place_.index + 1 < segments.size() ? &segments[place_.index + 1] : nullptr;
}

bool Feed::live() const {
    return known_[chosen_] != nullptr && known_[chosen_]->reload_every > Nanoseconds{0};
}

SteadyTime Feed::reload_at() const {
    if (!live()) return SteadyTime::max();
    const Nanoseconds every = known_[chosen_]->reload_every;
    return read_at_[chosen_] + (changed_[chosen_] ? every : every / 2);
}

void Feed::fetched() {
    const Rendition& rendition = *known_[chosen_];
    segment_duration_ = rendition.segments[place_.index].duration;
    place_.start += segment_duration_;
    ++place_.index;
    if (sequence_) ++*sequence_;
    until_ = std::max(until_, lap_ + place_.start);
    last_rendition_ = chosen_;
    decided = false;
    due.reset();
    if (!live() && place_.index >= rendition.segments.size()) pass_end();
}

}  // namespace outpost::bench
