#include "cdn/policy/freshness.hpp"

#include <algorithm>
#include <array>

namespace outpost::cdn::policy {
namespace {

// Dates have whole seconds: what we see of a clock beyond them is no age.
Milliseconds apparent_age(const ResponseFacts& response) {
    const auto arrival = std::chrono::floor<std::chrono::seconds>(response.response_time);
    return std::max<Milliseconds>(Milliseconds{0}, arrival - response.date_value());
}

// corrected_initial_age of section 4.2.3.
Milliseconds initial_age(const ResponseFacts& response) {
    const auto delay = std::max(Milliseconds{0}, response.response_time - response.request_time);
    return std::max<Milliseconds>(apparent_age(response), response.age_value + delay);
}

std::optional<Milliseconds> heuristic(const ResponseFacts& response, const FreshnessRules& rules) {
    const bool allowed = heuristically_cacheable(response.status) || response.cache_control.is_public;
    if (!allowed || !response.last_modified) return std::nullopt;
    const Milliseconds unchanged = response.date_value() - *response.last_modified;
    if (unchanged <= Milliseconds{0} || rules.heuristic_fraction <= 0) return std::nullopt;
    const double share = static_cast<double>(unchanged.count()) * rules.heuristic_fraction;
    const Milliseconds cap = rules.heuristic_cap;
    return share >= static_cast<double>(cap.count()) ? cap : Milliseconds{static_cast<std::int64_t>(share)};
}

// Section 4.2.1, of a shared cache.
Lifetime said(const ResponseFacts& response, const FreshnessRules& rules) {
    const CacheControl& control = response.cache_control;
    if (control.s_maxage) return {*control.s_maxage, LifetimeSource::s_maxage};
    if (control.max_age) return {*control.max_age, LifetimeSource::max_age};
    if (response.expires) {
        const Milliseconds span = *response.expires - response.date_value();
        return {std::max(Milliseconds{0}, span), LifetimeSource::expires};
    }
    if (const auto guess = heuristic(response, rules)) return {*guess, LifetimeSource::heuristic};
    return {};
}

std::optional<Seconds> negative_rule(int status, const FreshnessRules& rules) {
    switch (status) {
        case 404:
        case 405:
        case 410:
        case 414:
        case 501: return rules.negative_missing;
        case 500:
        case 502:
        case 503:
        case 504: return rules.negative_failed;
        default: return std::nullopt;
    }
}

bool is_explicit(LifetimeSource source) {
    return source == LifetimeSource::s_maxage || source == LifetimeSource::max_age ||
           source == LifetimeSource::expires;
}

Lifetime uncapped(const ResponseFacts& response, const FreshnessRules& rules) {
    if (rules.ttl_override && response.status < 400)
        return {*rules.ttl_override + initial_age(response), LifetimeSource::rule};
    const Lifetime own = said(response, rules);
    const auto negative = negative_rule(response.status, rules);
    if (!negative) return own;
    const Milliseconds limit = *negative + initial_age(response);
    if (is_explicit(own.source) && own.length <= limit) return own;
    return {limit, LifetimeSource::negative_rule};
}

}  // namespace

bool heuristically_cacheable(int status) {
    constexpr std::array statuses{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

Lifetime lifetime_of(const ResponseFacts& response, const FreshnessRules& rules) {
    Lifetime lifetime = uncapped(response, rules);
    if (rules.ttl_cap)
        lifetime.length = std::min<Milliseconds>(lifetime.length, *rules.ttl_cap + initial_age(response));
    return lifetime;
}

Milliseconds freshness_lifetime(const ResponseFacts& response, const FreshnessRules& rules) {
    return lifetime_of(response, rules).length;
}

Milliseconds current_age(const ResponseFacts& response, WallTime now) {
    const auto resident = std::max(Milliseconds{0}, now - response.response_time);
    return initial_age(response) + resident;
}

}  // namespace outpost::cdn::policy
