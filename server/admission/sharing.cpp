#include "server/admission/sharing.hpp"

#include <utility>

#include <fmt/format.h>

#include "auth/revocation.hpp"
#include "base/log.hpp"
#include "server/admission/measures.hpp"

namespace outpost::server {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds most_delay = 30s;
constexpr std::size_t most_waiting = 16;  // payloads that Redis has not taken yet

}  // namespace

Outcome<std::unique_ptr<Sharing>> Sharing::start(SharingOptions options, auth::TokenBuckets& buckets,
                                                 auth::Leases& leases) {
    auto address = redis::parse_redis_url(options.url);
    if (!address) return address.error();
    if (!options.password.empty()) address->password = options.password;
    return std::unique_ptr<Sharing>{new Sharing{std::move(options), std::move(*address), buckets, leases}};
}

Sharing::Sharing(SharingOptions options, redis::RedisAddress address, auth::TokenBuckets& buckets,
                 auth::Leases& leases)
    : options_{std::move(options)}, run_{auth::new_revocation_id()}, buckets_{buckets}, leases_{leases} {
    redis::RedisStreamOptions stream;
    stream.address = std::move(address);
    stream.stream = options_.stream;
    stream.keep = options_.keep;
    stream.least_backoff = options_.least_backoff;
    stream.most_backoff = options_.most_backoff;
    redis::RedisStreamCallbacks callbacks;
    callbacks.on_entry = [this](const redis::StreamId&, const std::string& payload) { take(payload); };
    callbacks.on_gap = [] {};  // what was missed is of no interest any more
    callbacks.on_turn = [](const std::optional<redis::StreamId>&) {};
    stream_ =
        std::make_unique<redis::RedisStream>(std::move(stream), std::move(callbacks), measures::limit_stream);
    ticker_ = std::make_unique<Ticker>(options_.interval, [this] { tell(); });
}

Sharing::~Sharing() { stop(); }

void Sharing::stop() {
    ticker_->stop();
    stream_->stop();
}

void Sharing::tell() {
    const Shares shares{run_, wall_now(), buckets_.take_counts(options_.most_counts),
                        leases_.changes(options_.most_leases)};
    const std::size_t count = shares.counts.size() + shares.leases.size();
    if (count == 0) return;
    const redis::RedisStreamState state = stream_->state();
    if (!state.connected || state.waiting > most_waiting) return measures::limits_lost.add(count);
    for (std::string& payload : to_payloads(shares)) stream_->publish(std::move(payload));
    measures::limits_told.add(count);
}

void Sharing::take(const std::string& payload) {
    const auto shares = parse_shares(payload);
    if (!shares) {
        measures::limits_unreadable.add();
        if (!std::exchange(was_unreadable_, true))
            log::warning("{}; limits do not hold over all edges", shares.error().line());
        return;
    }
    if (shares->from == run_) return;
    const std::size_t count = shares->counts.size() + shares->leases.size();
    const WallTime now = wall_now();
    if (now - shares->at > most_delay || shares->at - now > most_delay) {
        measures::limits_stale.add(count);
        if (!std::exchange(was_stale_, true))
            log::warning(
                "{}: another edge's counts are {} s old: either they came late or clocks differ; they "
                "are not counted",
                options_.stream, std::chrono::duration_cast<Seconds>(now - shares->at).count());
        return;
    }
    const SteadyTime steady = steady_now();
    for (const auth::TakenCount& taken : shares->counts) buckets_.add_foreign(taken, steady);
    // Seen so long before now as it was before it was told: clocks may differ.
    for (auth::Lease lease : shares->leases) {
        lease.seen = now - (shares->at - lease.seen);
        leases_.merge(lease, now);
    }
    measures::limits_heard.add(count);
}

std::string Sharing::why_not_ready() const {
    const redis::RedisStreamState now = stream_->state();
    if (now.connected && now.why.empty()) return "";
    if (now.connected) return fmt::format("Redis {}; limits hold on this edge only", now.why);
    return fmt::format("Redis is not reachable since {}: {}; limits hold on this edge only",
                       iso_time(now.since), now.why.empty() ? "not connected yet" : now.why);
}

}  // namespace outpost::server
