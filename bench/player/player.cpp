#include "bench/player/player.hpp"

#include "bench/player/session.hpp"

namespace outpost::bench {

Player::Player(const Crowd& crowd, std::string base_url, std::uint64_t seed, Recording& recording,
               SteadyTime now)
    : session_{std::make_unique<Session>(crowd, std::move(base_url), seed, recording, now)} {}
Player::~Player() = default;
Player::Player(Player&&) noexcept = default;

std::vector<Action> Player::step(SteadyTime now) { return session_->step(now); }
void Player::arrived(Arrived answer, SteadyTime now) { session_->arrived(std::move(answer), now); }
SteadyTime Player::wake() const { return session_->wake(); }
bool Player::finished() const { return session_->finished(); }
const std::string& Player::complaint() const { return session_->complaint(); }
void Player::leave(SteadyTime now) { session_->leave(now); }
Player::Showing Player::showing() const { return session_->showing(); }
Nanoseconds Player::buffered(SteadyTime now) const { return session_->buffered(now); }

}  // namespace outpost::bench
