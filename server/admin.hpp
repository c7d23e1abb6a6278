// What operators and their monitoring ask, on a listener of its own: /healthz, /readyz, /metrics.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "server/service.hpp"

namespace outpost::server {

// One thing that must hold before traffic should come. Empty text: it holds.
struct ReadinessCheck {
    std::string name;
    std::function<std::string()> why_not;  // any thread
};

class Admin final : public Service {
  public:
    // `refresh` brings gauges that are counted on demand up to date before they are read.
    Admin(std::vector<ReadinessCheck> checks, std::function<void()> refresh)
        : checks_{std::move(checks)}, refresh_{std::move(refresh)} {}
    Task<Reply> handle(Request request) override;

  private:
    [[nodiscard]] Reply ready() const;

    std::vector<ReadinessCheck> checks_;
    std::function<void()> refresh_;
};

}  // namespace outpost::server
