#include "cdn/origin/addresses.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>

#include "base/log.hpp"
#include "base/units.hpp"

namespace outpost::cdn::origin {
namespace {
constexpr Seconds lifetime{30};
constexpr Seconds least_pause{1};           // between two look-ups
constexpr std::size_t most_addresses = 16;  // of one name
constexpr std::size_t most_waiting = 4096;
}  // namespace

Addresses::Addresses(Executor executor, std::shared_ptr<TaskGroup> group, std::string host,
                     std::uint16_t port)
    : group_{std::move(group)},
      resolver_{executor},
      host_{std::move(host)},
      port_{port},
      notice_{group_->at_end([this] {
          resolver_.cancel();
          waiting_.wake_all();
      })} {
    boost::system::error_code no_address;
    const auto address = asio::ip::make_address(host_, no_address);
    if (no_address) return;
    fixed_ = true;
    known_.emplace_back(address, port_);
}

void Addresses::doubt() {
    if (!fixed_ && steady_now() >= asked_ + least_pause) look_up();
}

void Addresses::look_up() {
    if (under_way_ || group_->ended()) return;
    under_way_ = true;
    asked_ = steady_now();
    group_->spawn(look_up_once(shared_from_this()));
}

Task<Result<std::vector<Endpoint>>> Addresses::get(SteadyTime deadline) {
    const auto self = shared_from_this();
    const SteadyTime now = steady_now();
    const bool old = now >= asked_ + (known_.empty() ? least_pause : lifetime);
    if (!fixed_ && (asked_ == SteadyTime{} || old)) look_up();
    if (known_.empty() && under_way_ && waiting_.size() < most_waiting) {
        const auto waiter = waiting_.add(deadline, resolver_.get_executor());
        const Woken woken = co_await waiter->wait();
        if (woken == Woken::too_late) waiting_.take_back(waiter);
    }
    if (known_.empty()) co_return Errc::origin_dns;
    auto ordered = known_;
    const auto first = std::find(ordered.begin(), ordered.end(), preferred_);
    if (first != ordered.end()) std::rotate(ordered.begin(), first, first + 1);
    co_return std::move(ordered);
}

Task<void> Addresses::look_up_once(std::shared_ptr<Addresses> self) {
    boost::system::error_code error;
    const std::string port = std::to_string(self->port_);
    const auto results = co_await self->resolver_.async_resolve(
        self->host_, port, asio::ip::tcp::resolver::numeric_service, asio::redirect_error(use_task, error));
    self->under_way_ = false;
    std::vector<Endpoint> found;
    for (const auto& entry : results) {
        if (found.size() < most_addresses) found.push_back(entry.endpoint());
    }
    if (!error && !found.empty()) {
        self->known_ = std::move(found);
        self->reported_ = false;
    } else if (!std::exchange(self->reported_, true) && !self->group_->ended()) {
        log::warning("looking up {} failed: {}{}", self->host_, error.message(),
                     self->known_.empty() ? "" : "; its last addresses are used on");
    }
    self->waiting_.wake_all();
}

}  // namespace outpost::cdn::origin
