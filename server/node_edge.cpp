#include "server/node_edge.hpp"

#include <algorithm>
#include <sys/resource.h>

#include "base/log.hpp"
#include "cdn/measures.hpp"
#include "server/node_redis.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t most_waiting_for_disks = 8192;

std::optional<Seconds> unless_zero(Milliseconds time) {
    if (time == Milliseconds{0}) return std::nullopt;
    return std::chrono::ceil<Seconds>(time);
}

cdn::CacheOptions cache_options(const config::Settings& s) {
    cdn::CacheOptions options;
    options.memory = s.cache.memory();
    // Half of the descriptors at most: the others are for clients and origins.
    rlimit files{};
    const bool known = ::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY;
    options.open_objects = s.cache.open_objects();
    if (known) options.open_objects = std::min<std::size_t>(options.open_objects, files.rlim_cur / 2);
    options.variants = s.cache.variants();
    for (const auto& disk : s.disk) {
        cdn::VolumeOptions volume;
        volume.directory = disk.directory();
        volume.size = disk.size();
        volume.scrub_rate = s.cache.scrub_rate();
        options.disks.push_back(std::move(volume));
    }
    return options;
}

cdn::origin::PoolOptions pool_options(const config::PoolOptions& p) {
    cdn::origin::PoolOptions options;
    options.name = p.name();
    options.balance =
        p.balance() == config::Balance::hash ? cdn::origin::Balance::hash : cdn::origin::Balance::weighted;
    options.load_bound = p.load_bound();
    options.client_host = p.host() == "client";
    if (!options.client_host) options.host = p.host();
    options.connect_timeout = p.connect_timeout();
    options.first_byte_timeout = p.first_byte_timeout();
    options.idle_timeout = p.idle_timeout();
    options.whole_timeout = p.whole_timeout();
    options.retries = p.retries();
    options.retry_budget = p.retry_budget();
    options.health_path = p.health_path();
    options.health_interval = p.health_interval();
    options.health_timeout = p.health_timeout();
    options.eject_after = p.eject_after();
    options.eject_time = p.eject_time();
    options.slow_start = p.slow_start();
    options.redirects = p.redirects() == config::Redirects::follow ? cdn::origin::Redirects::follow
                                                                   : cdn::origin::Redirects::pass;
    return options;
}

cdn::origin::OriginOptions origin_options(const config::OriginOptions& o) {
    cdn::origin::OriginOptions options;
    options.url = o.url();
    options.pool = o.pool();
    options.weight = o.weight();
    options.backup = o.backup();
    options.connections = o.connections();
    options.keep_alive = o.keep_alive();
    options.verify = o.verify();
    options.ca = o.ca();
    options.server_name = o.server_name();
    options.s3 = {o.s3_bucket(), o.s3_region(), o.s3_key(), o.s3_secret_file(), o.s3_path_style()};
    return options;
}

std::size_t pool_index(const config::Settings& s, const std::string& name) {
    std::size_t index = 0;
    for (const auto& pool : s.pool) {
        if (name.empty() || pool.name() == name) return index;
        ++index;
    }
    return 0;  // the rules of the configuration have seen to it that there is one
}

cdn::Route route_of(const config::Settings& s, const config::RouteOptions& r) {
    cdn::Route route;
    route.match = {r.host(), r.prefix(), r.suffix(), r.pattern()};
    route.pool = pool_index(s, r.pool());
    switch (r.cache()) {
        case config::RouteCache::standard: break;
        case config::RouteCache::bypass: route.mode = cdn::RouteMode::bypass; break;
        case config::RouteCache::pin: route.mode = cdn::RouteMode::pin; break;
    }
    route.rules.ttl_override = unless_zero(r.ttl());
    route.rules.ttl_cap = unless_zero(r.ttl_max());
    route.rules.negative_missing = std::chrono::ceil<Seconds>(r.negative_ttl());
    route.rules.negative_failed = std::chrono::ceil<Seconds>(r.error_ttl());
    route.rules.stale_while_revalidate = unless_zero(r.stale_while_revalidate());
    route.rules.stale_if_error = unless_zero(r.stale_if_error());
    route.rules.obey_client = r.obey_client();
    const auto& query = r.query();
    if (query.empty()) {
        route.key.query = cdn::policy::KeyRules::Query::none;
    } else if (std::find(query.begin(), query.end(), "*") == query.end()) {
        route.key.query = cdn::policy::KeyRules::Query::listed;
        route.key.query_allow = query;
    }
    return route;
}

cdn::EdgeOptions edge_options(const config::Settings& s) {
    cdn::EdgeOptions options;
    options.identity = {s.edge.name(), s.edge.forwarded_for()};
    options.waiters = s.edge.waiters();
    options.wait = s.edge.wait();
    options.after_wait =
        s.edge.after_wait() == config::AfterWait::fetch ? cdn::AfterWait::fetch : cdn::AfterWait::refuse;
    options.prefetch.ahead = s.edge.prefetch();
    options.prefetch.rate = s.edge.prefetch_rate();
    for (const auto& route : s.route) options.routes.push_back(route_of(s, route));
    const config::RouteOptions everything{"route", ""};
    options.routes.push_back(route_of(s, everything));
    return options;
}

}  // namespace

Outcome<std::unique_ptr<NodeEdge>> NodeEdge::start(const config::Settings& s) {
    std::unique_ptr<NodeEdge> node{new NodeEdge};
    const std::size_t disks = static_cast<std::size_t>(std::distance(s.disk.begin(), s.disk.end()));
    node->pool_ = std::make_unique<BlockingPool>(
        s.delivery.cold_read_threads() * std::max<std::size_t>(disks, 1), most_waiting_for_disks);
    auto cache = cdn::Cache::open(cache_options(s), *node->pool_);
    if (!cache) return cache.error();
    node->cache_ = std::move(*cache);
    cdn::FillOptions fill;
    fill.fills = s.edge.fills();
    fill.abandoned = s.edge.abandoned();
    node->filler_ = std::make_unique<cdn::Filler>(fill, *node->cache_);
    for (const auto& pool : s.pool) {
        std::vector<cdn::origin::OriginOptions> origins;
        for (const auto& origin : s.origin) {
            if (origin.pool() == pool.name()) origins.push_back(origin_options(origin));
        }
        if (auto added = node->filler_->add_pool(pool_options(pool), std::move(origins)); !added)
            return added.error();
    }
    node->edge_ = std::make_unique<cdn::Edge>(edge_options(s), *node->cache_, *node->filler_);
    node->rates_ = std::make_unique<Rates>(node->filler_->loop());
    node->filler_->start();
    if (auto joined = node->join_others(s); !joined) return joined.error();
    return node;
}

Outcome<void> NodeEdge::join_others(const config::Settings& s) {
    if (!s.redis.given()) return {};
    has_others_ = true;
    cdn::PurgeFeedOptions options;
    auto login = redis_login(s);
    if (!login) return login.error();
    options.url = std::move(login->url);
    options.password = std::move(login->password);
    options.stream = s.redis.stream();
    options.keep = s.redis.keep();
    options.node = s.edge.name();
    if (!s.disk.empty()) options.state_file = s.disk.begin()->directory() / "purge-position";
    auto feed = cdn::PurgeFeed::start(std::move(options), [this](const cdn::PurgeOrder& order) {
        const std::uint64_t met = purge(order);
        log::info("purge{} {}{}{}, told by {}: met {}", order.soft ? " softly" : "", cdn::to_text(order.kind),
                  order.value.empty() ? "" : " ", order.value, order.origin_node, met);
    });
    if (!feed) return feed.error();
    feed_ = std::move(*feed);
    return {};
}

NodeEdge::~NodeEdge() { stop(); }

void NodeEdge::stop() {
    feed_.reset();  // it calls us
    if (filler_) filler_->stop();
    pool_.reset();  // what waits in it belongs to the loops of others, which end after it
}

void NodeEdge::refresh_gauges() const {
    const cdn::CacheFacts facts = cache_->facts();
    cdn::measures::objects.set(static_cast<std::int64_t>(facts.entries));
    cdn::measures::memory_used.set(static_cast<std::int64_t>(facts.memory_used.count()));
    cdn::measures::fills.set(static_cast<std::int64_t>(filler_->under_way()));
}

}  // namespace outpost::server
