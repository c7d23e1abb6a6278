// How long a response is fresh and how old it is: RFC 9111 section 4.2. Thread rule: pure functions.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "cdn/policy/facts.hpp"

namespace outpost::cdn::policy {

// What the operator of a route says beside the origin. Times of it count from the response's arrival here,
// whatever its Age. None of it lifts no-store, private, no-cache or must-revalidate.
struct FreshnessRules {
    std::optional<Seconds> ttl_override{};  // the lifetime of answers below 400, whatever they say
    std::optional<Seconds> ttl_cap{};       // no lifetime is longer
    // The lifetime of 404, 405, 410, 414 and 501 (missing) and of 500, 502, 503 and 504 (failed) when they
    // name none, and the longest when they do. Without: as any other answer.
    std::optional<Seconds> negative_missing{};
    std::optional<Seconds> negative_failed{};
    double heuristic_fraction = 0.1;  // of the time since Last-Modified (section 4.2.2); 0 turns it off
    Seconds heuristic_cap{24 * 3600};
    // RFC 5861, where the response says nothing of it.
    std::optional<Seconds> stale_while_revalidate{};
    std::optional<Seconds> stale_if_error{};
    bool obey_client = true;  // clients' no-cache, no-store, max-age, min-fresh, max-stale and stale-if-error
    bool drop_set_cookie = false;  // a response with Set-Cookie may be stored, without it
};

// Where a lifetime comes from.
enum class LifetimeSource { none, rule, negative_rule, s_maxage, max_age, expires, heuristic };

struct Lifetime {
    Milliseconds length{0};  // from when the origin made it, as current_age() counts; never negative
    LifetimeSource source = LifetimeSource::none;
};

Lifetime lifetime_of(const ResponseFacts& response, const FreshnessRules& rules);
Milliseconds freshness_lifetime(const ResponseFacts& response, const FreshnessRules& rules);

// Section 4.2.3. Never negative: an origin's clock ahead of ours and a step back of our own count as no time.
Milliseconds current_age(const ResponseFacts& response, WallTime now);

// Whether a status is cacheable without a word about it (RFC 9110 section 15.1).
bool heuristically_cacheable(int status);

}  // namespace outpost::cdn::policy
