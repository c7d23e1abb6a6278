// Who may watch at this node: keys, rules, limits, revocations and what other nodes know of them, made from
// the settings and taken down in order. Thread rule: made and destroyed by the node; the rest from any
// thread.
#pragma once

#include <memory>

#include "auth/revocations.hpp"
#include "config/settings.hpp"
#include "server/admission/admission.hpp"
#include "server/admission/key_store.hpp"
#include "server/admission/manifest_view.hpp"
#include "server/admission/revocation_feed.hpp"
#include "server/admission/revocation_store.hpp"
#include "server/admission/sharing.hpp"

namespace outpost::server {

class NodeAuth {
  public:
    // `disk` does what may wait for disks; it outlives this.
    static Outcome<std::unique_ptr<NodeAuth>> start(const config::Settings& settings, BlockingPool& disk,
                                                    const DeliveryRules& rules);
    ~NodeAuth();

    [[nodiscard]] Admission& admission() { return *admission_; }
    [[nodiscard]] ManifestViews& views() { return *views_; }
    [[nodiscard]] const auth::Revocations& revocations() const { return *revocations_; }

    // Revokes here, on disk too where there is one, then tells the others. In force when it returns.
    struct Revoked {
        bool known = false;   // it was in force already
        bool spread = false;  // the others are being told
    };
    Task<Outcome<Revoked>> revoke(auth::Revocation revocation);

    void refresh_gauges() const;
    void reload() { keys_->look_again(); }
    // What is wrong with each of them, for /readyz; "" when nothing is.
    [[nodiscard]] std::string why_keys() const { return keys_->why_not_ready(); }
    [[nodiscard]] std::string why_revocations() const;
    [[nodiscard]] std::string why_limits() const;

  private:
    explicit NodeAuth(BlockingPool& disk) : disk_{disk} {}
    Outcome<void> join_others(const config::Settings& settings);

    BlockingPool& disk_;
    std::string name_;
    std::unique_ptr<KeyStore> keys_;
    std::unique_ptr<auth::Revocations> revocations_;
    std::unique_ptr<RevocationStore> store_;
    std::unique_ptr<Admission> admission_;
    std::unique_ptr<ManifestViews> views_;
    std::unique_ptr<RevocationFeed> feed_;  // null: this node is alone
    std::unique_ptr<Sharing> sharing_;
};

}  // namespace outpost::server
