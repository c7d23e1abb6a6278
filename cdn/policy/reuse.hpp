// Whether a stored response answers a request without asking the origin: RFC 9111 sections 4.2.4 and 5.2, RFC
// 5861, RFC 8246. Called for every hit: no allocation. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "cdn/policy/facts.hpp"
#include "cdn/policy/freshness.hpp"

namespace outpost::cdn::policy {

struct Stored {
    const ResponseFacts& facts;                  // outlives the decision
    Milliseconds lifetime{0};                    // freshness_lifetime(), kept beside the facts
    std::optional<WallTime> softly_purged_at{};  // stale since then, whatever its lifetime
};

enum class Reuse {
    fresh,                   // send it
    stale_allowed,           // send it: the client's max-stale covers it
    stale_while_revalidate,  // send it and validate in the background
    must_validate,           // ask the origin first
    gateway_timeout,         // 504: it would need the origin, and the client said only-if-cached
};

enum class ReuseReason {
    fresh,
    max_stale,               // request
    stale_while_revalidate,  // response, or the route's rule
    stale,                   // nothing allows it past its lifetime
    must_revalidate,         // stale, and must-revalidate, proxy-revalidate or s-maxage forbids
    response_no_cache,
    request_no_cache,   // Pragma counts
    request_max_age,    // older than the client wants
    request_min_fresh,  // not fresh for long enough
};

std::string_view to_text(ReuseReason reason);

struct ReuseDecision {
    Reuse verdict = Reuse::must_validate;
    ReuseReason reason = ReuseReason::stale;
    Seconds age{0};  // for the Age field
    Seconds ttl{0};  // for Cache-Status; negative when stale

    [[nodiscard]] bool served() const { return verdict <= Reuse::stale_while_revalidate; }
};

// A request's no-store does not keep it from being answered from the cache. An immutable response that is
// fresh is not validated for a request's max-age (a reload), only for no-cache (RFC 8246 section 2).
ReuseDecision decide_reuse(const RequestFacts& request, const Stored& stored, const FreshnessRules& rules,
                           WallTime now);

// 500, 502, 503 and 504: an origin that has failed (RFC 5861 section 4).
constexpr bool is_origin_failure(int status) {
    return status == 500 || status == 502 || status == 503 || status == 504;
}

// Whether it may be sent when validating it failed: the origin can't be reached, or answered 500, 502, 503 or
// 504 (RFC 5861 section 4).
bool may_serve_stale_on_error(const RequestFacts& request, const Stored& stored, const FreshnessRules& rules,
                              WallTime now);

}  // namespace outpost::cdn::policy
