#include "cdn/policy/reuse.hpp"

#include <algorithm>
#include <array>

namespace outpost::cdn::policy {
namespace {

constexpr Milliseconds none{0};

struct State {
    Milliseconds age{0};
    Milliseconds remaining{0};  // fresh while above 0
    [[nodiscard]] bool fresh() const { return remaining > none; }
    // Whether a grace reaches as far as it is stale. No grace covers nothing, not even the first moment.
    [[nodiscard]] bool covered_by(std::optional<Seconds> grace) const {
        return grace && *grace > none && -remaining <= *grace;
    }
};

State state_of(const Stored& stored, WallTime now) {
    State state;
    state.age = current_age(stored.facts, now);
    state.remaining = stored.lifetime - state.age;
    if (stored.softly_purged_at)
        state.remaining = std::min({state.remaining, none, *stored.softly_purged_at - now});
    return state;
}

// Section 4.2.4: in-protocol words against stale reuse. s-maxage has the meaning of proxy-revalidate
// (5.2.2.10).
bool forbids_stale(const CacheControl& says) {
    return says.must_revalidate || says.proxy_revalidate || says.s_maxage;
}

std::optional<Seconds> own_or_rule(std::optional<Seconds> own, std::optional<Seconds> rule) {
    return own ? own : rule;
}

// What the client asks beyond the response's own terms; nothing when it is content.
std::optional<ReuseReason> refused_by_client(const CacheControl& asks, const CacheControl& says,
                                             const State& state) {
    if (asks.no_cache) return ReuseReason::request_no_cache;
    if (asks.max_age && !(says.immutable && state.fresh())) {
        const bool tolerant = asks.max_stale_any || asks.max_stale;
        const Milliseconds most = *asks.max_age + asks.max_stale.value_or(Seconds{0});
        if (!asks.max_stale_any && state.age > most) return ReuseReason::request_max_age;
        if (!tolerant && !state.fresh()) return ReuseReason::request_max_age;
    }
    if (asks.min_fresh && state.remaining < *asks.min_fresh) return ReuseReason::request_min_fresh;
    return std::nullopt;
}

struct Ruling {
    Reuse verdict;
    ReuseReason reason;
};

Ruling rule(const CacheControl& asks, const CacheControl& says, const State& state,
            const FreshnessRules& rules) {
    if (says.no_cache) return {Reuse::must_validate, ReuseReason::response_no_cache};
    if (rules.obey_client) {
        if (const auto reason = refused_by_client(asks, says, state)) return {Reuse::must_validate, *reason};
    }
    if (state.fresh()) return {Reuse::fresh, ReuseReason::fresh};
    if (forbids_stale(says)) return {Reuse::must_validate, ReuseReason::must_revalidate};
    if (state.covered_by(own_or_rule(says.stale_while_revalidate, rules.stale_while_revalidate)))
        return {Reuse::stale_while_revalidate, ReuseReason::stale_while_revalidate};
    if (rules.obey_client && (asks.max_stale_any || state.covered_by(asks.max_stale)))
        return {Reuse::stale_allowed, ReuseReason::max_stale};
    return {Reuse::must_validate, ReuseReason::stale};
}

}  // namespace

std::string_view to_text(ReuseReason reason) {
    constexpr std::array<std::string_view, 9> names{"fresh",
                                                    "max-stale",
                                                    "stale-while-revalidate",
                                                    "stale",
                                                    "must-revalidate",
                                                    "response-no-cache",
                                                    "request-no-cache",
                                                    "request-max-age",
                                                    "request-min-fresh"};
    return names.at(static_cast<std::size_t>(reason));
}

ReuseDecision decide_reuse(const RequestFacts& request, const Stored& stored, const FreshnessRules& rules,
                           WallTime now) {
    const State state = state_of(stored, now);
    const CacheControl& asks = request.cache_control;
    Ruling ruling = rule(asks, stored.facts.cache_control, state, rules);
    if (ruling.verdict == Reuse::must_validate && asks.only_if_cached)
        ruling.verdict = Reuse::gateway_timeout;
    return {ruling.verdict, ruling.reason, std::chrono::floor<Seconds>(state.age),
            std::chrono::floor<Seconds>(state.remaining)};
}

bool may_serve_stale_on_error(const RequestFacts& request, const Stored& stored, const FreshnessRules& rules,
                              WallTime now) {
    const CacheControl& says = stored.facts.cache_control;
    const CacheControl& asks = request.cache_control;
    if (says.no_cache || (rules.obey_client && asks.no_cache)) return false;
    const State state = state_of(stored, now);
    if (state.fresh()) return true;
    if (forbids_stale(says)) return false;
    if (state.covered_by(own_or_rule(says.stale_if_error, rules.stale_if_error))) return true;
    return rules.obey_client && state.covered_by(asks.stale_if_error);
}

}  // namespace outpost::cdn::policy
