// What operators and their monitoring ask, on a listener of its own: /healthz, /readyz, /metrics, /api/v1/….
// With accounts, each route but the first two takes a bearer key (RFC 6750) of a role that is high enough;
// without, everybody who reaches the listener may do everything. What changes something is written into the
// audit log, done or refused.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "auth/accounts.hpp"
#include "server/audit_log.hpp"
#include "server/node_auth.hpp"
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
    // `edge`, `auth` and `audit` may be null, and outlive this.
    Admin(std::vector<ReadinessCheck> checks, std::function<void()> refresh, NodeEdge* edge, NodeAuth* auth,
          auth::Accounts accounts, AuditLog* audit)
        : checks_{std::move(checks)},
          refresh_{std::move(refresh)},
          edge_{edge},
          auth_{auth},
          accounts_{std::move(accounts)},
          audit_{audit} {}
    Eventual<Reply> handle(Request request) override { return answer_to(std::move(request)); }

  private:
    Task<Reply> answer_to(Request request);
    // With constructors: g++ 12 miscompiles aggregates that coroutines make as they return.
    struct Answer {
        explicit Answer(Reply r, std::string w = {}) : reply{std::move(r)}, what{std::move(w)} {}
        Reply reply;
        std::string what;  // that was to be changed, in words, for the audit log
    };
    enum class Does { read, change };  // by GET and HEAD; by POST, with a line in the audit log
    enum class On { every_node, edge, protected_node };
    struct Route {
        std::string_view path;
        Does does;
        std::optional<auth::Role> least;  // without: open to all
        On on;
        Task<Answer> (Admin::*answer)(Request request);
    };
    // Who asks, as far as the key tells.
    struct Caller {
        bool has_key = false;
        const auth::Account* account = nullptr;
    };

    static std::span<const Route> routes();
    [[nodiscard]] bool is_here(const Route& route) const;
    [[nodiscard]] std::string paths() const;
    [[nodiscard]] Reply no_route(std::string_view path) const;
    [[nodiscard]] Caller caller_of(const RequestHead& head) const;
    [[nodiscard]] std::optional<Answer> refusal(const Route& route, const Caller& caller,
                                                const RequestHead& head) const;
    Task<void> write_down(const Caller& caller, AuditRecord record);

    Task<Answer> index(Request request);
    Task<Answer> health(Request request);
    Task<Answer> readiness(Request request);
    Task<Answer> metrics(Request request);
    Task<Answer> status(Request request);
    Task<Answer> purge(Request request);
    Task<Answer> revoke(Request request);
    Task<Answer> revocations(Request request);
    [[nodiscard]] Reply ready() const;

    std::vector<ReadinessCheck> checks_;
    std::function<void()> refresh_;
    NodeEdge* edge_;
    NodeAuth* auth_;
    auth::Accounts accounts_;
    AuditLog* audit_;
};

}  // namespace outpost::server
