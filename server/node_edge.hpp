// The edge of a node: cache, fills and the way of its requests, made from the settings and taken down in
// order. Thread rule: made and destroyed by the node; the rest from any thread.
#pragma once

#include <memory>

#include "base/async.hpp"
#include "cdn/edge.hpp"
#include "config/settings.hpp"

namespace outpost::server {

class NodeEdge {
  public:
    static Outcome<std::unique_ptr<NodeEdge>> start(const config::Settings& settings);
    // Nobody may be asking it any more.
    ~NodeEdge();

    [[nodiscard]] cdn::Edge& edge() { return *edge_; }
    [[nodiscard]] cdn::Cache& cache() { return *cache_; }
    [[nodiscard]] cdn::Filler& filler() { return *filler_; }
    [[nodiscard]] BlockingPool& pool() { return *pool_; }
    void refresh_gauges() const;
    // What the workers' coroutines still hold must go before it is destroyed: ends all fills.
    void stop();

  private:
    NodeEdge() = default;

    std::unique_ptr<BlockingPool> pool_;
    std::unique_ptr<cdn::Cache> cache_;
    std::unique_ptr<cdn::Filler> filler_;
    std::unique_ptr<cdn::Edge> edge_;
};

}  // namespace outpost::server
