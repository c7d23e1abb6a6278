#include "server/node_auth.hpp"

#include <sys/prctl.h>

#include "base/log.hpp"
#include "server/admission/access_measures.hpp"
#include "server/node_auth_rules.hpp"
#include "server/node_redis.hpp"

namespace outpost::server {
namespace {

KeyStoreOptions key_store_options(const config::Settings& s) {
    KeyStoreOptions options;
    options.directory = s.auth.keys();
    options.state = s.auth.state();
    for (const config::JwksOptions& jwks : s.jwks)
        options.jwks.push_back({jwks.url(), jwks.issuer(), jwks.refresh(), jwks.ca()});
    return options;
}

// Keeps a revocation in a thread that may wait for the disk.
struct Keep {
    RevocationStore* store;
    const auth::Revocation* revocation;
    std::optional<Outcome<RevocationStore::Counts>>* kept;
    boost::system::error_code operator()() const {
        kept->emplace(store->add(*revocation));
        return {};
    }
};

}  // namespace

Outcome<std::unique_ptr<NodeAuth>> NodeAuth::start(const config::Settings& s, BlockingPool& disk,
                                                   const DeliveryRules& rules) {
    // Memory holds keys from here on: no core file may.
    if (::prctl(PR_SET_DUMPABLE, 0) != 0)
        log::warning("core dumps can't be turned off; they would hold keys");
    std::unique_ptr<NodeAuth> node{new NodeAuth{disk}};
    auto keys = KeyStore::start(key_store_options(s));
    if (!keys) return keys.error();
    node->keys_ = std::move(*keys);
    node->revocations_ = std::make_unique<auth::Revocations>(s.auth.revocations());
    auto store = RevocationStore::open({s.auth.state()}, *node->revocations_);
    if (!store) return store.error();
    node->store_ = std::move(*store);
    node->admission_ = std::make_unique<Admission>(admission_options(s), *node->keys_, *node->revocations_);
    node->views_ = std::make_unique<ManifestViews>(disk, ManifestViewLimits{}, rules);
    node->name_ = s.edge.name();
    if (auto joined = node->join_others(s); !joined) return joined.error();
    return node;
}

NodeAuth::~NodeAuth() {
    sharing_.reset();
    feed_.reset();
}

Outcome<void> NodeAuth::join_others(const config::Settings& s) {
    if (!s.redis.given()) return {};
    const auto login = redis_login(s);
    if (!login) return login.error();
    RevocationFeedOptions revocations;
    revocations.url = login->url;
    revocations.password = login->password;
    if (!s.auth.state().empty()) revocations.state_file = s.auth.state() / "revocations-position";
    auto feed = RevocationFeed::start(std::move(revocations), *store_, *revocations_);
    if (!feed) return feed.error();
    feed_ = std::move(*feed);
    SharingOptions limits;
    limits.url = login->url;
    limits.password = login->password;
    auto sharing = Sharing::start(std::move(limits), admission_->buckets(), admission_->leases());
    if (!sharing) return sharing.error();
    sharing_ = std::move(*sharing);
    return {};
}

Task<Outcome<NodeAuth::Revoked>> NodeAuth::revoke(auth::Revocation revocation) {
    revocation.node = name_;
    std::optional<Outcome<RevocationStore::Counts>> kept;
    const Keep work{store_.get(), &revocation, &kept};
    if (const auto error = co_await disk_.run(work)) co_return Problem{"", "the disks are busy", "try again"};
    if (!*kept) {
        log::error("{}", kept->error().line());
        co_return Problem{"", "it is in force here, but could not be kept: a restart would forget it",
                          "see the log, mend the disk and say it again"};
    }
    if ((*kept)->full > 0)
        co_return Problem{"", "there are as many revocations as [auth] revocations allows",
                          "raise it, or revoke a key or a subject instead of single tokens"};
    Revoked revoked;
    revoked.known = (*kept)->known > 0;
    if (feed_) revoked.spread = feed_->publish(revocation) && feed_->why_not_ready().empty();
    co_return revoked;
}

void NodeAuth::refresh_gauges() const {
    measures::tokens_remembered.set(static_cast<std::int64_t>(admission_->remembered()));
}

std::string NodeAuth::why_revocations() const {
    const std::string why = store_->why_not_ready();
    return why.empty() && feed_ ? feed_->why_not_ready() : why;
}

std::string NodeAuth::why_limits() const { return sharing_ ? sharing_->why_not_ready() : ""; }

}  // namespace outpost::server
