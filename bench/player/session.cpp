#include "bench/player/session.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/uri.hpp"

namespace outpost::bench {
namespace {

// A version 4 UUID (RFC 9562), as most players name their sessions.
std::string uuid(Chance& chance) {
    const std::uint64_t high = (chance.bits() & ~std::uint64_t{0xF000}) | 0x4000;
    const std::uint64_t low = (chance.bits() & ~(std::uint64_t{3} << 62)) | (std::uint64_t{1} << 63);
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                       high & 0xFFFF, low >> 48, low & 0xFFFFFFFFFFFF);
}

}  // namespace

Session::Session(const Crowd& crowd, std::string base_url, std::uint64_t seed, Recording& recording,
                 SteadyTime now)
    : crowd_{crowd},
      profile_{profile_of(crowd.profile)},
      base_url_{std::move(base_url)},
      recording_{recording},
      viewer_{crowd, seed, now},
      throughput_{profile_.throughput},
      clock_{now} {
    open_title(now);
}

std::vector<Action> Session::step(SteadyTime now) {
    advance(now);
    return std::exchange(actions_, {});
}

SteadyTime Session::wake() const { return actions_.empty() ? next_event() : clock_; }

void Session::advance(SteadyTime now) {
    while (!finished_) {
        const SteadyTime at = std::max(next_event(), clock_);
        if (at > now) break;
        happen(at);
    }
    clock_ = std::max(clock_, now);
    if (!finished_) playback_.advance(clock_);
}

SteadyTime Session::next_event() const {
    if (finished_) return SteadyTime::max();
    SteadyTime next = std::min(viewer_.next(), playback_.dry());
    for (std::size_t i = 0; i < requests_.size(); ++i) {
        if (requests_[i]) {
            if (!requests_[i]->under_way) next = std::min(next, requests_[i]->again_at);
        } else if (i < feeds_.size()) {
            next = std::min(next, wanted_at(i));
        }
    }
    return next;
}

void Session::happen(SteadyTime at) {
    clock_ = at;
    playback_.advance(at);
    if (playback_.mode() == Playback::Mode::stalled) starved_ = true;
    if (viewer_.leave <= at || (playback_.mode() == Playback::Mode::ended && !feeds_.empty())) {
        leave(at);
        return;
    }
    if (viewer_.resume <= at) {
        playback_.resume(at);
        viewer_.resumed(at);
    }
    if (viewer_.zap <= at) {
        viewer_.zapped(at);
        open_title(at);
    }
    if (viewer_.seek <= at) {
        viewer_.sought(at);
        seek(at);
    }
    if (viewer_.pause <= at) {
        playback_.pause(at);
        viewer_.paused(at, playback_.mode() == Playback::Mode::paused);
    }
    for (std::size_t i = 0; i < requests_.size() && !finished_; ++i) {
        if (!requests_[i]) {
            pump(i, at);
        } else if (!requests_[i]->under_way && requests_[i]->again_at <= at) {
            send(i);
        }
    }
}

void Session::open_title(SteadyTime at) {
    drop_requests();
    feeds_.clear();
    requests_.assign(1, std::nullopt);
    length_ = Nanoseconds{0};
    opened_at_ = at;
    playback_.open(0, profile_.start, profile_.restart, at);
    record(at);
    const std::string title = viewer_.choose_title();
    const auto base = parse_uri(base_url_);
    const auto url = base ? resolve(*base, title) : parse_uri(title);
    if (title.empty() || !url)
        return give_up(fmt::format("{}: a title that is no URL at {}", title, base_url_), at);
    if (crowd_.cmcd) session_id_ = uuid(viewer_.chance());
    content_id_ = url->path;
    dash_ = url->path.ends_with(".mpd");
    ask(0, Errand::title, {to_text(*url), std::nullopt, Nanoseconds{0}}, at);
}

// Only what moves is moved elsewhere: before the first picture, in a pause and in a live channel viewers
// wait.
void Session::seek(SteadyTime at) {
    const bool moves =
        playback_.mode() == Playback::Mode::playing || playback_.mode() == Playback::Mode::stalled;
    if (!moves || length_ <= Nanoseconds{0}) return;
    const Nanoseconds to{
        static_cast<std::int64_t>(viewer_.chance().part() * static_cast<double>(length_.count()))};
    const bool there = playback_.seek(to, at);
    record(at);
    if (there) return;
    drop_requests();
    for (Feed& feed : feeds_) feed.jump(to);
}

// What the viewer has just seen.
void Session::record(SteadyTime at) {
    if (const auto stall = playback_.take_stall(); stall && stall->lasted > Nanoseconds{0}) {
        starved_ = true;
        recording_.stalled(stall->began, stall->lasted);
    }
    if (const auto picture = playback_.take_first_picture()) recording_.started(*picture - opened_at_, at);
}

void Session::drop_requests() {
    for (std::optional<Request>& request : requests_) {
        if (request && request->under_way) actions_.emplace_back(Cancel{request->want.id});
        request.reset();
    }
}

void Session::leave(SteadyTime now) {
    if (finished_) return;
    clock_ = std::max(clock_, now);
    playback_.stop(clock_);
    record(clock_);
    drop_requests();
    recording_.left(playback_.played(), playback_.media_bits(), clock_);
    finished_ = true;
}

void Session::give_up(std::string why, SteadyTime at) {
    complaint_ = std::move(why);
    leave(at);
}

Player::Showing Session::showing() const {
    if (finished_) return Player::Showing::nothing;
    switch (playback_.mode()) {
        case Playback::Mode::starting: return Player::Showing::starting;
        case Playback::Mode::playing: return Player::Showing::playing;
        case Playback::Mode::stalled: return Player::Showing::stalled;
        case Playback::Mode::paused: return Player::Showing::paused;
        case Playback::Mode::ended: break;
    }
    return Player::Showing::nothing;
}

}  // namespace outpost::bench
