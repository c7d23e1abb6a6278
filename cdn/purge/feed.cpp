#include "cdn/purge/feed.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/log.hpp"

namespace outpost::cdn {
namespace {

using namespace std::chrono_literals;

constexpr auto save_interval = 1s;
constexpr std::size_t most_own = 4096;
constexpr Bytes most_state{4096};

}  // namespace

Outcome<std::unique_ptr<PurgeFeed>> PurgeFeed::start(PurgeFeedOptions options, Apply apply) {
    auto address = parse_redis_url(options.url);
    if (!address) return address.error();
    if (!options.password.empty()) address->password = options.password;
    return std::unique_ptr<PurgeFeed>{
        new PurgeFeed{std::move(options), std::move(*address), std::move(apply)}};
}

PurgeFeed::PurgeFeed(PurgeFeedOptions options, RedisAddress address, Apply apply)
    : options_{std::move(options)}, address_{std::move(address)}, apply_{std::move(apply)}, saved_{load()} {
    must_purge_all_ = !saved_;
    RedisStreamOptions stream;
    stream.address = address_;
    stream.stream = options_.stream;
    stream.keep = options_.keep;
    stream.position = saved_;
    stream.least_backoff = options_.least_backoff;
    stream.most_backoff = options_.most_backoff;
    RedisStreamCallbacks callbacks;
    callbacks.on_entry = [this](const StreamId&, const std::string& payload) { take(payload); };
    callbacks.on_gap = [this] { purge_all_softly(); };
    callbacks.on_turn = [this](const std::optional<StreamId>& position) {
        if (position && must_purge_all_) purge_all_softly();
        if (steady_now() - saved_at_ >= save_interval) save(position);
    };
    stream_ = std::make_unique<RedisStream>(std::move(stream), std::move(callbacks), measures::purge_stream);
}

PurgeFeed::~PurgeFeed() { stop(); }

void PurgeFeed::stop() {
    stream_->stop();
    if (!must_purge_all_) save(stream_->position());
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
    const RedisStreamState now = stream_->state();
    if (now.connected)
        return now.why.empty() ? "" : fmt::format("Redis {}; purges of this node wait", now.why);
    return fmt::format("Redis is not reachable since {}: {}; purges of other nodes arrive when it is back",
                       iso_time(now.since), now.why.empty() ? "not connected yet" : now.why);
}

// A position means something for one stream of one Redis only.
std::string PurgeFeed::state_text(const std::string& position) const {
    return fmt::format("outpost stream position 1\n{}\n{}\n{}\n", address_.text(), options_.stream, position);
}

std::optional<StreamId> PurgeFeed::load() const {
    if (!std::filesystem::exists(options_.state_file)) return std::nullopt;  // the first start
    const auto text = read_file(options_.state_file, most_state);
    if (!text) {
        log::warning("{}", text.error().line());
        return std::nullopt;
    }
    const auto end = text->find_last_of('\n', text->size() < 2 ? 0 : text->size() - 2);
    const auto position =
        end == std::string::npos || text->back() != '\n'
            ? std::nullopt
            : parse_stream_id(std::string_view{*text}.substr(end + 1, text->size() - end - 2));
    if (position && *text == state_text(to_text(*position))) return position;
    log::warning("{}: no position in stream {} of {}", options_.state_file.string(), options_.stream,
                 address_.text());
    return std::nullopt;
}

void PurgeFeed::save(const std::optional<StreamId>& position) {
    // Without a file (a cache that is all in memory) a start finds nothing that a missed purge could be
    // about.
    if (options_.state_file.empty() || !position || position == saved_) return;
    saved_at_ = steady_now();
    const auto written = write_file_atomically(options_.state_file, state_text(to_text(*position)));
    if (written) {
        saved_ = position;
        save_failed_ = false;
    } else if (!std::exchange(save_failed_, true)) {
        log::warning("{}; purges since {} are applied again at the next start", written.error().line(),
                     saved_ ? to_text(*saved_) : "the beginning");
    }
}

}  // namespace outpost::cdn
