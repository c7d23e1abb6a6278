#include "cdn/purge/feed.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "cdn/purge/measures.hpp"

namespace outpost::cdn {
namespace {

constexpr std::size_t most_own = 4096;

}  // namespace

Outcome<std::unique_ptr<PurgeFeed>> PurgeFeed::start(PurgeFeedOptions options, Apply apply) {
    auto address = redis::parse_redis_url(options.url);
    if (!address) return address.error();
    if (!options.password.empty()) address->password = options.password;
    return std::unique_ptr<PurgeFeed>{
        new PurgeFeed{std::move(options), std::move(*address), std::move(apply)}};
}

PurgeFeed::PurgeFeed(PurgeFeedOptions options, redis::RedisAddress address, Apply apply)
    : options_{std::move(options)},
      address_{std::move(address)},
      apply_{std::move(apply)},
      file_{options_.state_file, address_, options_.stream, "purges"} {
    const auto begin = file_.load();
    must_purge_all_ = !begin;
    redis::RedisStreamOptions stream;
    stream.address = address_;
    stream.stream = options_.stream;
    stream.keep = options_.keep;
    stream.position = begin;
    stream.least_backoff = options_.least_backoff;
    stream.most_backoff = options_.most_backoff;
    redis::RedisStreamCallbacks callbacks;
    callbacks.on_entry = [this](const redis::StreamId&, const std::string& payload) { take(payload); };
    callbacks.on_gap = [this] { purge_all_softly(); };
    callbacks.on_turn = [this](const std::optional<redis::StreamId>& position) {
        if (position && must_purge_all_) purge_all_softly();
        file_.save_now_and_then(position, steady_now());
    };
    stream_ =
        std::make_unique<redis::RedisStream>(std::move(stream), std::move(callbacks), measures::purge_stream);
}

PurgeFeed::~PurgeFeed() { stop(); }

void PurgeFeed::stop() {
    stream_->stop();
    if (!must_purge_all_) file_.save(stream_->position());
}

bool PurgeFeed::publish(PurgeOrder order) {
    order.origin_node = options_.node;
    {
        const std::lock_guard lock{own_mutex_};
        if (own_order_.size() >= most_own) {
            own_.erase(own_order_.front());
            own_order_.pop_front();
        }
        own_.insert(order.id);
        own_order_.push_back(order.id);
    }
    return stream_->publish(to_payload(order));
}

bool PurgeFeed::is_own(const std::string& id) {
    const std::lock_guard lock{own_mutex_};
    return own_.contains(id);
}

void PurgeFeed::take(const std::string& payload) {
    const auto order = parse_payload(payload);
    if (!order) {
        log::warning("{}; everything is purged softly instead", order.error().line());
        measures::purges_unreadable.add();
        purge_all_softly();
        return;
    }
    if (is_own(order->id)) return measures::purges_own.add();
    apply_(*order);
    measures::purges_applied.add();
}

void PurgeFeed::purge_all_softly() {
    PurgeOrder order;
    order.kind = PurgeKind::all;
    order.soft = true;
    order.origin_node = options_.node;
    order.id = new_purge_id();
    order.at = wall_now();
    apply_(order);
    must_purge_all_ = false;
}

std::string PurgeFeed::why_not_ready() const {
    const redis::RedisStreamState now = stream_->state();
    if (now.connected)
        return now.why.empty() ? "" : fmt::format("Redis {}; purges of this node wait", now.why);
    return fmt::format("Redis is not reachable since {}: {}; purges of other nodes arrive when it is back",
                       iso_time(now.since), now.why.empty() ? "not connected yet" : now.why);
}

}  // namespace outpost::cdn
