// A node: everything that runs, started from the settings in order and stopped in reverse. The one place
// below main that sees Settings; parts get plain values.
#pragma once

#include <memory>
#include <vector>

#include "config/settings.hpp"
#include "server/admin.hpp"
#include "server/net/listener.hpp"
#include "server/node_auth.hpp"
#include "server/node_edge.hpp"
#include "server/serve.hpp"

namespace outpost::server {

class Node {
  public:
    // Opens what the settings name and begins to serve. The Problem says what could not be had.
    static Outcome<std::unique_ptr<Node>> start(const config::Settings& settings);
    ~Node();

    // The addresses that are listened on, as URLs; the pages' first.
    [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
    // Reads the certificates and the client authorities again.
    void reload();
    // Stops accepting, lets replies under way finish for as long as the settings allow, ends the rest.
    void drain();
    // Cuts a drain() in another thread short.
    void hurry() { hurried_ = true; }

  private:
    explicit Node(const config::Settings& settings);
    Outcome<void> open_log(const config::Settings& settings);
    Outcome<void> open_audit(const config::Settings& settings);
    Outcome<void> open_library(const config::Settings& settings);
    Outcome<void> open_edge(const config::Settings& settings);
    Outcome<void> open_auth(const config::Settings& settings);
    Outcome<void> open_tls(const config::Settings& settings);
    Outcome<void> listen(const config::Settings& settings);
    Outcome<void> listen_on(const config::Address& address, std::uint32_t backlog, Offer offer);
    [[nodiscard]] std::size_t open_connections() const;
    void refresh_gauges() const;

    Milliseconds drain_time_;
    DeliveryRules rules_;
    std::unique_ptr<AccessLog> access_log_;
    std::unique_ptr<AuditLog> audit_log_;
    std::unique_ptr<BlockingPool> disk_;
    ConnectionCounts counts_;
    std::unique_ptr<media::Library> library_;
    std::unique_ptr<LibraryResource> library_resource_;
    std::unique_ptr<NodeEdge> edge_;
    std::unique_ptr<EdgeResource> edge_resource_;
    std::unique_ptr<NodeAuth> auth_;
    std::unique_ptr<Pages> pages_;
    std::unique_ptr<Site> site_;
    std::unique_ptr<Admin> admin_;
    std::unique_ptr<TlsContexts> tls_;
    Shared shared_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<std::string> addresses_;
    std::atomic<bool> hurried_{false};
};

}  // namespace outpost::server
