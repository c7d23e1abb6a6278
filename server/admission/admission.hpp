// Who may pass: the step between route and resource. It takes the tokens out of a request before anything
// else sees it, finds the rule that the path is under, and lets the request pass or answers for it. Nothing
// here waits: keys, revocations and limits are in memory, whoever brings them there. Thread rule: every
// worker's thread at once.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "auth/leases.hpp"
#include "auth/memory.hpp"
#include "auth/replays.hpp"
#include "auth/revocations.hpp"
#include "auth/rule.hpp"
#include "auth/token_buckets.hpp"
#include "base/http/route_match.hpp"
#include "manifest/view.hpp"
#include "server/admission/key_store.hpp"
#include "server/http/message.hpp"

namespace outpost::server {

// What a rule lets come at once and how often; 0 sets no limit.
struct AccessLimits {
    std::uint32_t streams = 0, device_streams = 0;
    std::uint32_t token_requests = 0, token_connections = 0;      // a second
    std::uint32_t address_requests = 0, address_connections = 0;  // a second
};

struct AccessRule {
    http::RouteMatch match;
    auth::Rule rule;
    AccessLimits limits;
    std::uint32_t height = 0;  // of the renditions under it, where their origin does not say
    manifest::ViewOptions::Query query = manifest::ViewOptions::Query::append;
};

struct AdmissionOptions {
    std::vector<AccessRule> rules;  // the first that matches
    bool refuse_otherwise = true;
    std::vector<std::string> audience;
    Seconds leeway{5};
    std::size_t token_bytes = 4096;
    std::size_t remembered = 100'000;
    std::string renewal_key;
    Milliseconds lease{30'000};
    bool by_session = false;
    Milliseconds burst{5'000};
    std::size_t limited = 100'000;
};

class Admission {
  public:
    Admission(AdmissionOptions options, const KeyStore& keys, const auth::Revocations& revocations);

    // What a request passes with. Views live as long as the request.
    struct Pass {
        const AccessRule* rule = nullptr;  // null: nobody asked for anything
        auth::RememberedPtr token;         // null: none was needed
        auth::Presented presented;
        std::string_view path_scope;  // as Taken's
        auth::Cap cap;
    };
    using Decision = std::variant<Pass, Reply>;

    // The first thing that is done with a request.
    [[nodiscard]] auth::Taken take(http::RequestHead& head, std::string& room) const;
    Decision admit(const Request& request, const auth::Taken& taken);

    // How the manifest at this path is to be shown to who passed; nothing: as it is.
    [[nodiscard]] std::optional<manifest::ViewOptions> view_of(const Request& request, const Pass& pass);
    // The last thing: refuses renditions above the cap, and gives the next token when it is time.
    void finish(const Request& request, const Pass& pass, Reply& reply);

    [[nodiscard]] std::size_t remembered() const { return memory_.size(); }

    // For those who tell other edges of them.
    [[nodiscard]] auth::Leases& leases() { return leases_; }
    [[nodiscard]] auth::TokenBuckets& buckets() { return buckets_; }

  private:
    [[nodiscard]] const AccessRule* rule_for(const Request& request) const;
    [[nodiscard]] auth::RequestFacts facts_of(const Request& request) const;
    auth::Verdict<auth::RememberedPtr> verified(const auth::Presented& presented,
                                                const auth::RequestFacts& facts);
    std::optional<auth::Refusal> look_again(const auth::Remembered& token);
    std::optional<auth::Refusal> check_token(const AccessRule& rule, const auth::Remembered& token,
                                             const auth::RequestFacts& facts);
    std::optional<auth::Refusal> choose(const AccessRule& rule, const auth::Taken& taken,
                                        const auth::RequestFacts& facts, Pass& pass);
    std::optional<auth::Refusal> check_address(const Request& request, const AccessRule& rule);
    std::optional<auth::Refusal> check_use(const Request& request, const Pass& pass);
    std::optional<auth::Refusal> check_streams(const Request& request, const Pass& pass);
    bool is_too_often(std::string_view kind, std::string_view name, std::uint32_t rate);
    bool take_from_bucket(std::uint64_t key, std::uint32_t rate);
    Reply refuse(const Request& request, const auth::Refusal& refusal, std::optional<auth::Format> format);
    [[nodiscard]] std::shared_ptr<const auth::Renewed> renewal(const Request& request, const Pass& pass);
    void log_refusal(const Request& request, const auth::Refusal& refusal);

    const AdmissionOptions options_;
    auth::Formats formats_{};  // that any rule takes
    const KeyStore& keys_;
    const auth::Revocations& revocations_;
    auth::TokenMemory memory_;
    auth::Leases leases_;
    auth::TokenBuckets buckets_;
    auth::Replays replays_;
    std::array<std::atomic<std::int64_t>, auth::reason_count> logged_{};     // when, in seconds
    std::array<std::atomic<std::uint32_t>, auth::reason_count> unlogged_{};  // how many since
};

}  // namespace outpost::server
