// The edge of a node: cache, fills and the way of its requests, made from the settings and taken down in
// order. Thread rule: made and destroyed by the node; the rest from any thread.
#pragma once

#include <memory>

#include "base/async.hpp"
#include "cdn/edge.hpp"
#include "cdn/purge/feed.hpp"
#include "config/settings.hpp"
#include "server/rates.hpp"

namespace outpost::server {

class NodeEdge {
  public:
    static Outcome<std::unique_ptr<NodeEdge>> start(const config::Settings& settings);
    // Nobody may be asking it any more.
    ~NodeEdge();

    [[nodiscard]] cdn::Edge& edge() { return *edge_; }
    [[nodiscard]] cdn::Cache& cache() { return *cache_; }
    [[nodiscard]] cdn::Filler& filler() { return *filler_; }
    void refresh_gauges() const;

    // Purges this node's cache; how many responses it met. Blocking. Where other nodes purge too, once more
    // and softly a little later: a parent may have heard of it after this node had asked it again.
    std::uint64_t purge(const cdn::PurgeOrder& order);
    // Runs it in a thread that may wait, then tells the other nodes of it.
    struct Purged {
        std::uint64_t met = 0;
        bool spread = false;
    };
    Task<Result<Purged>> purge_everywhere(cdn::PurgeOrder order);
    // What is wrong with the way to the other nodes; "" when nothing is.
    [[nodiscard]] std::string why_not_spreading() const { return feed_ ? feed_->why_not_ready() : ""; }
    [[nodiscard]] std::string why_no_disk() const;
    [[nodiscard]] std::string why_no_origin() const;
    // The shape of GET /api/v1/status (server/commands/status.cpp).
    [[nodiscard]] std::string status_json() const;
    // What the workers' coroutines still hold must go before it is destroyed: ends all fills.
    void stop();

  private:
    NodeEdge() = default;
    std::uint64_t purge_now(const cdn::PurgeOrder& order);
    Task<void> purge_again(cdn::PurgeOrder order);
    Outcome<void> join_others(const config::Settings& settings);

    std::unique_ptr<BlockingPool> pool_;
    std::unique_ptr<cdn::Cache> cache_;
    std::unique_ptr<cdn::Filler> filler_;
    std::unique_ptr<cdn::Edge> edge_;
    bool has_others_ = false;
    std::unique_ptr<cdn::PurgeFeed> feed_;  // null: this node is alone
    std::unique_ptr<Rates> rates_;
    SteadyTime began_ = steady_now();
};

}  // namespace outpost::server
