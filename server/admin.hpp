// What operators and their monitoring ask, on a listener of its own: /healthz, /readyz, /metrics, /api/v1/….
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "server/node_edge.hpp"
#include "server/service.hpp"

namespace outpost::server {

// One thing that must hold before traffic should come. Empty text: it holds.
struct ReadinessCheck {
    std::string name;
    std::function<std::string()> why_not;  // any thread
    bool vital = true;                     // false: the node serves on without it, and only says so
};

class Admin final : public Service {
  public:
    // `refresh` brings gauges that are counted on demand up to date before they are read.
    // `edge` may be null.
    Admin(std::vector<ReadinessCheck> checks, std::function<void()> refresh, NodeEdge* edge)
        : checks_{std::move(checks)}, refresh_{std::move(refresh)}, edge_{edge} {}
    Task<Reply> handle(Request request) override;

  private:
    [[nodiscard]] Reply ready() const;
    Task<Reply> purge(Request request);

    std::vector<ReadinessCheck> checks_;
    std::function<void()> refresh_;
    NodeEdge* edge_;
};

}  // namespace outpost::server
