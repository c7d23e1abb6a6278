#include "bench/player/playback.hpp"

#include <algorithm>

namespace outpost::bench {

void Playback::open(std::size_t media, Nanoseconds start, Nanoseconds restart, SteadyTime now) {
    stop(now);
    mode_ = Mode::starting;
    shown_ = false;
    buffers_.assign(media, {});
    position_ = Nanoseconds{0};
    start_ = start;
    restart_ = restart;
}

bool Playback::seek(Nanoseconds to, SteadyTime now) {
    advance(now);
    const bool there = to >= position_ && mode_ == Mode::playing &&
                       std::all_of(buffers_.begin(), buffers_.end(),
                                   [&](const Buffer& buffer) { return to < buffer.until; });
    if (there) {
        // What is jumped over was not seen.
        for (Buffer& buffer : buffers_)
            std::erase_if(buffer.stretches, [&](const Stretch& stretch) { return stretch.until <= to; });
        position_ = to;
        return true;
    }
    // A viewer who goes elsewhere in the middle of a stall has seen it up to now.
    stop(now);
    for (Buffer& buffer : buffers_) buffer = {to, false, {}};
    position_ = to;
    mode_ = Mode::starting;
    return false;
}

void Playback::append(std::size_t medium, Nanoseconds until, BitRate rate, bool last, SteadyTime now) {
    advance(now);
    Buffer& buffer = buffers_[medium];
    buffer.last = last;
    if (until > buffer.until) {
        buffer.until = until;
        if (until > position_) buffer.stretches.push_back({until, rate});
    }
    begin_if_enough(now);
}

void Playback::advance(SteadyTime now) {
    if (now <= at_) return;
    if (mode_ == Mode::playing) {
        const SteadyTime stops = dry();
        if (now < stops) {
            move(now - at_);
        } else {
            move(stops - at_);
            mode_ = complete() ? Mode::ended : Mode::stalled;
            stalled_at_ = stops;
        }
    }
    at_ = now;
}

void Playback::pause(SteadyTime now) {
    advance(now);
    if (mode_ == Mode::playing) mode_ = Mode::paused;
}

void Playback::resume(SteadyTime now) {
    advance(now);
    if (mode_ == Mode::paused) mode_ = Mode::playing;
}

void Playback::stop(SteadyTime now) {
    advance(now);
    if (mode_ == Mode::stalled) stall_ = Stall{stalled_at_, now - stalled_at_};
    mode_ = Mode::ended;
}

Nanoseconds Playback::position(SteadyTime now) const {
    if (mode_ != Mode::playing || now <= at_) return position_;
    return std::min(position_ + (now - at_), end());
}

Nanoseconds Playback::buffered(std::size_t medium, SteadyTime now) const {
    return std::max(buffers_[medium].until - position(now), Nanoseconds{0});
}

Nanoseconds Playback::buffered(SteadyTime now) const {
    if (buffers_.empty()) return Nanoseconds{0};
    return std::max(end() - position(now), Nanoseconds{0});
}

SteadyTime Playback::dry() const {
    return mode_ == Mode::playing ? at_ + std::max(end() - position_, Nanoseconds{0}) : SteadyTime::max();
}

SteadyTime Playback::falls_to(std::size_t medium, Nanoseconds level) const {
    const Nanoseconds excess = buffers_[medium].until - position_ - level;
    if (excess <= Nanoseconds{0}) return at_;
    if (mode_ != Mode::playing || position_ + excess > end()) return SteadyTime::max();
    return at_ + excess;
}

std::uint64_t Playback::media_bits() const { return static_cast<std::uint64_t>(bits_); }

// A medium that is wholly there does not hold up the others: sound is seldom as long as the picture.
Nanoseconds Playback::end() const {
    Nanoseconds least = Nanoseconds::max(), most{0};
    for (const Buffer& buffer : buffers_) {
        if (!buffer.last) least = std::min(least, buffer.until);
        most = std::max(most, buffer.until);
    }
    return least == Nanoseconds::max() ? most : least;
}

bool Playback::complete() const {
    return std::all_of(buffers_.begin(), buffers_.end(), [](const Buffer& buffer) { return buffer.last; });
}

bool Playback::enough(Nanoseconds wanted) const {
    return std::all_of(buffers_.begin(), buffers_.end(), [&](const Buffer& buffer) {
        return buffer.last || (buffer.until > position_ && buffer.until - position_ >= wanted);
    });
}

void Playback::move(Nanoseconds by) {
    played_ += by;
    const Nanoseconds to = position_ + by;
    for (Buffer& buffer : buffers_) {
        Nanoseconds from = position_;
        std::size_t done = 0;
        for (const Stretch& stretch : buffer.stretches) {
            const Nanoseconds here = std::min(stretch.until, to);
            if (here > from) {
                bits_ += std::chrono::duration<double>{here - from}.count() *
                         static_cast<double>(stretch.rate.bits_per_second());
                from = here;
            }
            if (stretch.until > to) break;
            ++done;
        }
        buffer.stretches.erase(buffer.stretches.begin(),
                               buffer.stretches.begin() + static_cast<std::ptrdiff_t>(done));
    }
    position_ = to;
}

void Playback::begin_if_enough(SteadyTime now) {
    if (mode_ != Mode::starting && mode_ != Mode::stalled) return;
    if (!enough(mode_ == Mode::starting ? start_ : restart_)) return;
    if (mode_ == Mode::stalled) stall_ = Stall{stalled_at_, now - stalled_at_};
    if (!shown_) first_picture_ = now;
    shown_ = true;
    mode_ = Mode::playing;
}

}  // namespace outpost::bench
