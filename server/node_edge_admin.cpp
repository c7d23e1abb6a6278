// NodeEdge: what operators ask of it: purges, and how it does.
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "cdn/measures.hpp"
#include "cdn/origin/measures.hpp"
#include "server/measures.hpp"
#include "server/node_edge.hpp"

namespace outpost::server {
namespace {

using Kind = cdn::PurgeScope::Kind;

constexpr Milliseconds second_purge{2000};

// A URL names what boxes fetch, by HTTP or by HTTPS. Written as keys are: host in lower case, no port that is
// the scheme's own, escapes in their one form.
std::vector<std::string> in_both_schemes(std::string_view url) {
    const auto uri = parse_uri(url);
    if (!uri) return {};
    const std::string text = to_text(*uri);
    std::vector<std::string> both;
    for (const std::string_view scheme : {"http", "https"}) {
        both.push_back(std::string{scheme}.append(text.substr(uri->scheme.size())));
    }
    return both;
}

std::vector<cdn::PurgeScope> scopes_of(const cdn::PurgeOrder& order, const cdn::Edge& edge) {
    std::vector<cdn::PurgeScope> scopes;
    switch (order.kind) {
        case cdn::PurgeKind::all: scopes.push_back({Kind::all, {}}); break;
        case cdn::PurgeKind::tag: scopes.push_back({Kind::tag, order.value}); break;
        case cdn::PurgeKind::url:
            for (const std::string& url : in_both_schemes(order.value)) {
                if (auto key = edge.key_of(url)) scopes.push_back({Kind::key, std::move(*key)});
            }
            break;
        case cdn::PurgeKind::prefix:
            for (const std::string& url : in_both_schemes(order.value)) {
                scopes.push_back({Kind::prefix, url});
            }
            break;
    }
    return scopes;
}

struct PurgeHere {
    NodeEdge* node;
    const cdn::PurgeOrder* order;
    std::uint64_t* met;
    boost::system::error_code operator()() const {
        *met = node->purge(*order);
        return {};
    }
};

std::string text(std::string_view value) {
    std::string json;
    append_json(json, value);
    return json;
}

std::string_view state_text(cdn::origin::OriginStatus::State state) {
    using State = cdn::origin::OriginStatus::State;
    switch (state) {
        case State::up: return "up";
        case State::slow_start: return "slow_start";
        case State::ejected: return "ejected";
        case State::probing: break;
    }
    return "probing";
}

std::string disks_json(const cdn::CacheFacts& facts) {
    std::string json;
    for (const cdn::VolumeFacts& disk : facts.disks) {
        fmt::format_to(std::back_inserter(json),
                       R"({}{{"directory":{},"state":"{}","why":{},"size":{},"used":{},"objects":{}}})",
                       json.empty() ? "" : ",", text(disk.directory.string()), cdn::to_text(disk.state),
                       text(disk.reason), disk.size.count(), disk.used.count(), disk.objects);
    }
    return json;
}

std::string origin_json(const cdn::origin::OriginStatus& o) {
    return fmt::format(R"({{"name":{},"state":"{}","connections":{},"in_use":{},"requests":{},"failures":{},)"
                       R"("first_byte_p50_ms":{},"first_byte_p99_ms":{},"last_error":{}}})",
                       text(o.name), state_text(o.state), o.active + o.idle, o.active, o.requests, o.failures,
                       o.first_byte_p50.count(), o.first_byte_p99.count(), text(o.last_error));
}

std::string pools_json(const std::vector<cdn::origin::OriginStatus>& origins) {
    std::string json;
    for (std::size_t i = 0; i < origins.size(); ++i) {
        const bool first = i == 0 || origins[i - 1].pool != origins[i].pool;
        if (first) {
            json += i == 0 ? "" : "]},";
            json += fmt::format(R"({{"name":{},"origins":[)", text(origins[i].pool));
        }
        json += first ? "" : ",";
        json += origin_json(origins[i]);
    }
    return json.empty() ? json : json + "]}";
}

std::string redis_json(const cdn::PurgeFeed* feed) {
    if (feed == nullptr) return "null";
    const redis::RedisStreamState state = feed->state();
    const std::string behind =
        state.behind ? fmt::format("{:.1f}", std::chrono::duration<double>(*state.behind).count()) : "null";
    return fmt::format(R"({{"state":"{}","why":{},"behind":{}}})",
                       state.connected ? "connected" : "disconnected", text(state.why), behind);
}

}  // namespace

std::uint64_t NodeEdge::purge(const cdn::PurgeOrder& order) {
    const std::uint64_t met = purge_now(order);
    if (has_others_) asio::co_spawn(filler_->loop(), purge_again(order), asio::detached);
    return met;
}

Task<void> NodeEdge::purge_again(cdn::PurgeOrder order) {
    const auto executor = co_await asio::this_coro::executor;
    Timer pause{executor, second_purge};
    co_await pause.async_wait(use_task);
    order.soft = true;
    std::uint64_t met = 0;
    const auto work = [this, &order, &met]() -> boost::system::error_code {
        met = purge_now(order);
        return {};
    };
    if (const auto error = co_await pool_->run(work)) {
        log::warning("purge {} {}: not once more: {}", cdn::to_text(order.kind), order.value,
                     error.message());
    }
}

std::uint64_t NodeEdge::purge_now(const cdn::PurgeOrder& order) {
    std::uint64_t met = 0;
    for (const cdn::PurgeScope& scope : scopes_of(order, *edge_))
        met += cache_->purge(scope, order.soft, wall_now());
    return met;
}

Task<Result<NodeEdge::Purged>> NodeEdge::purge_everywhere(cdn::PurgeOrder order) {
    Purged purged;
    const PurgeHere work{this, &order, &purged.met};
    if (const auto error = co_await pool_->run(work)) co_return error;
    if (feed_) purged.spread = feed_->publish(std::move(order)) && feed_->why_not_ready().empty();
    co_return purged;
}

std::string NodeEdge::why_no_disk() const {
    std::string why;
    for (const cdn::VolumeFacts& disk : cache_->facts().disks) {
        if (disk.state == cdn::DiskState::good) continue;
        why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", disk.directory.string(), disk.reason);
    }
    return why;
}

// Pools of which every origin is out.
std::string NodeEdge::why_no_origin() const {
    std::map<std::string, bool> usable;
    for (const cdn::origin::OriginStatus& origin : filler_->origins())
        usable[origin.pool] |= origin.state != cdn::origin::OriginStatus::State::ejected;
    std::string why;
    for (const auto& [pool, any] : usable) {
        if (!any) why += fmt::format("{}all origins of {} are out", why.empty() ? "" : "; ", pool);
    }
    return why;
}

std::string NodeEdge::status_json() const {
    namespace m = cdn::measures;
    const cdn::CacheFacts facts = cache_->facts();
    const Rates::Now rates = rates_->now();
    const std::uint64_t memory_hits = m::hits_memory.value();
    const std::uint64_t disk_hits = m::hits_disk.value();
    const std::uint64_t stale = m::hits_stale.value();
    const std::uint64_t errors = m::failed.value() + m::refused.value();
    // Who waited for another's question was served by it, as by a hit, but not without waiting: a miss.
    const std::uint64_t misses = m::misses.value() + m::partials.value() + m::revalidated.value() +
                                 m::collapsed.value() + m::passed.value();
    std::uint64_t objects = 0;
    for (const cdn::VolumeFacts& disk : facts.disks) objects += disk.objects;
    if (facts.disks.empty()) objects = facts.entries;
    return fmt::format(
        R"({{"version":"{}","uptime_s":{},"requests":{{"total":{},"hits":{},"hits_memory":{},"hits_disk":{},)"
        R"("misses":{},"stale":{},"errors":{}}},"bytes":{{"sent":{},"from_origins":{}}},)"
        R"("rates":{{"out_bps":{},"in_bps":{}}},"memory":{{"used":{},"size":{}}},"disks":[{}],"objects":{},)"
        R"("fills":{{"under_way":{},"waiting":{}}},"pools":[{}],"redis":{}}})"
        "\n",
        OUTPOST_VERSION, std::chrono::duration_cast<Seconds>(steady_now() - began_).count(),
        memory_hits + disk_hits + stale + misses + errors, memory_hits + disk_hits + stale, memory_hits,
        disk_hits, misses, stale, errors,
        measures::body_bytes_plain.value() + measures::body_bytes_tls.value(),
        cdn::origin::measures::body_bytes.value(), rates.out.bits_per_second(), rates.in.bits_per_second(),
        facts.memory_used.count(), facts.memory_size.count(), disks_json(facts), objects,
        filler_->under_way(), cdn::measures::waiting.value(), pools_json(filler_->origins()),
        redis_json(feed_.get()));
}

}  // namespace outpost::server
