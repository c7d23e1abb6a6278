#include "server/node.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "base/log.hpp"
#include "server/measures.hpp"

namespace outpost::server {
namespace {

constexpr std::uint32_t admin_backlog = 64;
constexpr std::size_t admin_reserve = 64;
constexpr Milliseconds drain_look{20};  // between looks at how many connections are left

Limits limits_of(const config::Settings& s) {
    Limits limits;
    limits.connections = s.limits.connections();
    limits.connections_per_address = s.limits.connections_per_address();
    limits.head = {s.limits.head_bytes().count(), s.limits.head_fields()};
    limits.head_time = s.limits.head_time();
    limits.first_byte = s.limits.first_byte();
    limits.idle = s.limits.idle();
    limits.request_body = s.limits.request_body();
    limits.send_rate_min = s.limits.send_rate_min();
    limits.send_grace = s.limits.send_grace();
    limits.send_stall = s.limits.send_stall();
    limits.turn = s.delivery.turn();
    return limits;
}

auth::Accounts accounts_of(const config::Settings& s) {
    std::vector<auth::Account> accounts;
    for (const config::AccountOptions& account : s.account) {
        const auto hash = auth::parse_key_hash(account.key_hash());
        if (!hash) continue;  // config/rules.cpp lets none such through
        auth::Role role = auth::Role::view;
        switch (account.role()) {
            case config::AccountRole::viewer: break;
            case config::AccountRole::operate: role = auth::Role::operate; break;
            case config::AccountRole::administrator: role = auth::Role::administer; break;
        }
        accounts.push_back({account.name(), role, *hash});
    }
    return auth::Accounts{std::move(accounts)};
}

void warn_of_open_admin(const config::Settings& s) {
    const config::Address& address = s.admin.address();
    if (!s.account.empty() || address.host.starts_with("127.") || address.host == "::1") return;
    log::warning(
        "whoever reaches {} may purge and read everything: add an [[account]], or keep [admin] on 127.0.0.1",
        config::to_text(address));
}

}  // namespace

Node::Node(const config::Settings& s)
    : drain_time_{s.server.drain()},
      rules_{s.delivery.manifest_max_age(), s.delivery.gzip(), s.delivery.gzip_min()},
      disk_{std::make_unique<BlockingPool>(s.delivery.cold_read_threads(), s.delivery.cold_read_queue())},
      shared_{limits_of(s), *disk_, counts_, nullptr, s.server.name(), s.tls.hsts()} {}

Outcome<std::unique_ptr<Node>> Node::start(const config::Settings& settings) {
    std::unique_ptr<Node> node{new Node{settings}};
    for (const auto step : {&Node::open_log, &Node::open_audit, &Node::open_library, &Node::open_edge,
                            &Node::open_auth, &Node::open_tls}) {
        if (auto done = (node.get()->*step)(settings); !done) return done.error();
    }
    if (config::serves_pages(settings)) node->pages_ = std::make_unique<Pages>(node->rules_);
    const Site::Parts parts{node->auth_ ? &node->auth_->admission() : nullptr,
                            node->auth_ ? &node->auth_->views() : nullptr, node->library_resource_.get(),
                            node->pages_.get(), node->edge_resource_.get()};
    node->site_ = std::make_unique<Site>(parts, CorsPolicy{settings.cors.origins()});
    const std::size_t threads =
        settings.server.threads() != 0 ? settings.server.threads() : std::thread::hardware_concurrency();
    for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
        node->workers_.push_back(std::make_unique<Worker>(node->shared_));
    }
    if (auto done = node->listen(settings); !done) return done.error();
    for (auto& listener : node->listeners_) listener->start();
    for (auto& worker : node->workers_) worker->start();
    return node;
}

Node::~Node() {
    for (auto& worker : workers_) worker->stop();
    for (auto& worker : workers_) worker->join();
    if (edge_) edge_->stop();
    audit_log_.reset();
    disk_.reset();  // what waits in it holds connections, which need their workers to die
    listeners_.clear();
    workers_.clear();
    auth_.reset();
    edge_.reset();  // connections read from it to their end
}

Outcome<void> Node::open_log(const config::Settings& s) {
    if (s.access_log.format() == config::AccessLogFormat::off) return {};
    const bool json = s.access_log.format() == config::AccessLogFormat::json;
    auto log = AccessLog::open({s.access_log.path(), json ? AccessFormat::json : AccessFormat::combined,
                                s.access_log.buffer(), s.access_log.flush()});
    if (!log) return log.error();
    access_log_ = std::move(*log);
    shared_.access_log = access_log_.get();
    return {};
}

Outcome<void> Node::open_audit(const config::Settings& s) {
    auto log = AuditLog::open(s.admin.audit_log());
    if (!log) return log.error();
    audit_log_ = std::move(*log);
    return {};
}

Outcome<void> Node::open_library(const config::Settings& s) {
    if (!s.library.given()) return {};
    auto library = media::Library::open_directory(
        {s.library.directory(), s.library.rescan(), s.library.keep_replaced(), s.library.open_assets()});
    if (!library) return library.error();
    library_ = std::move(*library);
    library_resource_ = std::make_unique<LibraryResource>(*library_, *disk_, rules_);
    return {};
}

Outcome<void> Node::open_edge(const config::Settings& s) {
    if (!s.edge.given()) return {};
    auto edge = NodeEdge::start(s);
    if (!edge) return edge.error();
    edge_ = std::move(*edge);
    edge_resource_ = std::make_unique<EdgeResource>(edge_->edge());
    return {};
}

Outcome<void> Node::open_auth(const config::Settings& s) {
    if (!s.auth.given()) return {};
    auto auth = NodeAuth::start(s, *disk_, rules_);
    if (!auth) return auth.error();
    auth_ = std::move(*auth);
    return {};
}

Outcome<void> Node::open_tls(const config::Settings& s) {
    std::vector<CertificateFiles> files;
    for (const auto& certificate : s.certificate)
        files.push_back({certificate.chain(), certificate.key(), certificate.names()});
    if (files.empty()) return {};
    TlsPolicy policy{s.tls.minimum() == config::TlsVersion::v1_3,
                     std::chrono::duration_cast<Seconds>(s.tls.ticket_lifetime()), s.tls.client_ca()};
    auto contexts = TlsContexts::load(std::move(files), std::move(policy));
    if (!contexts) return contexts.error();
    tls_ = std::move(*contexts);
    return {};
}

Outcome<void> Node::listen(const config::Settings& s) {
    std::vector<ReadinessCheck> checks;
    if (library_) {
        checks.push_back({"library", [this] { return library_->why_not_ready(); }});
    }
    if (edge_) {
        if (s.redis.given())
            checks.push_back({"redis", [this] { return edge_->why_not_spreading(); }, false});
        checks.push_back({"origins", [this] { return edge_->why_no_origin(); }, false});
        checks.push_back({"disks", [this] { return edge_->why_no_disk(); }, false});
    }
    if (auth_) {
        checks.push_back({"keys", [this] { return auth_->why_keys(); }, false});
        checks.push_back({"revocations", [this] { return auth_->why_revocations(); }, false});
        if (s.redis.given()) checks.push_back({"limits", [this] { return auth_->why_limits(); }, false});
    }
    admin_ = std::make_unique<Admin>(
        std::move(checks), [this] { refresh_gauges(); }, edge_.get(), auth_.get(), accounts_of(s),
        audit_log_.get());
    warn_of_open_admin(s);
    for (const auto& listener : s.listen) {
        TlsContexts* tls = listener.tls() ? tls_.get() : nullptr;
        auto done = listen_on(listener.address(), listener.backlog(), {*site_, tls, 0});
        if (!done) return done.error();
    }
    return listen_on(s.admin.address(), admin_backlog, {*admin_, nullptr, admin_reserve});
}

Outcome<void> Node::listen_on(const config::Address& address, std::uint32_t backlog, Offer offer) {
    auto sockets = open_listeners({address.host, address.port, static_cast<int>(backlog)}, workers_.size());
    if (!sockets) return sockets.error();
    const bool v6 = address.host.find(':') != std::string::npos;
    addresses_.push_back(fmt::format("{}://{}{}{}:{}", offer.tls != nullptr ? "https" : "http", v6 ? "[" : "",
                                     address.host, v6 ? "]" : "", port_of(sockets->front())));
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        listeners_.push_back(std::make_unique<Listener>(*workers_[i], std::move((*sockets)[i]), offer));
    }
    return {};
}

void Node::reload() {
    if (auth_) auth_->reload();
    if (!tls_) return;
    if (const auto done = tls_->reload(); !done) {
        log::error("{}; the certificates in use stay", done.error().line());
    } else {
        log::info("certificates read again");
    }
}

std::size_t Node::open_connections() const {
    std::size_t count = 0;
    for (const auto& worker : workers_) count += worker->connection_count();
    return count;
}

void Node::refresh_gauges() const {
    if (edge_) edge_->refresh_gauges();
    if (auth_) auth_->refresh_gauges();
    if (!library_) return;
    const media::LibraryCounts counts = library_->counts();
    measures::library_assets.set(static_cast<std::int64_t>(counts.assets));
    measures::library_broken_assets.set(static_cast<std::int64_t>(counts.broken));
    measures::library_importing.set(static_cast<std::int64_t>(counts.importing));
    measures::library_open_assets.set(static_cast<std::int64_t>(counts.open));
}

void Node::drain() {
    for (auto& listener : listeners_) listener->close();
    for (auto& worker : workers_) worker->drain();
    const SteadyTime end = steady_now() + drain_time_;
    // A worker that has not begun may still find connections in the kernel's queue.
    const auto busy = [this] {
        return open_connections() > 0 || !std::all_of(workers_.begin(), workers_.end(),
                                                      [](const auto& worker) { return worker->drains(); });
    };
    while (busy() && steady_now() < end && !hurried_) std::this_thread::sleep_for(drain_look);
    const std::size_t left = open_connections();
    if (left > 0) log::warning("{} connections cut: they were not done within the drain time", left);
}

}  // namespace outpost::server
