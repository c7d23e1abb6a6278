#include "cdn/policy/storing.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cdn/policy/list.hpp"

namespace outpost::cdn::policy {
namespace {

bool is_understood(int status) {
    constexpr std::array statuses{200, 203, 204, 206, 300, 301, 302, 303, 307, 308,
                                  404, 405, 410, 414, 451, 500, 501, 502, 503, 504};
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

// What keeps it out whatever its lifetime.
std::optional<StoreReason> forbidden(const RequestFacts& request, const ResponseFacts& response,
                                     const FreshnessRules& rules) {
    const CacheControl& says = response.cache_control;
    if (!request.is_get) return StoreReason::method;
    if (!is_understood(response.status)) return StoreReason::status;
    if (rules.obey_client && request.cache_control.no_store) return StoreReason::request_no_store;
    if (says.no_store && !says.must_understand) return StoreReason::no_store;
    if (says.is_private) return StoreReason::is_private;
    const bool shared = says.is_public || says.s_maxage;
    if (request.authorization && !shared && !says.must_revalidate) return StoreReason::authorization;
    if (response.vary_any) return StoreReason::vary_any;
    const bool for_all = shared || (response.targeted && says.max_age);
    if (response.has_set_cookie && !for_all && !rules.drop_set_cookie) return StoreReason::set_cookie;
    if (response.status == 206) {
        if (!response.content_range || response.content_range->unsatisfied)
            return StoreReason::partial_without_range;
        if (!response.has_strong_validator()) return StoreReason::partial_without_validator;
    }
    return std::nullopt;
}

// The last list of section 3.
StoreReason ground(const ResponseFacts& response, const Lifetime& lifetime) {
    if (lifetime.source != LifetimeSource::none && lifetime.source != LifetimeSource::heuristic)
        return StoreReason::explicit_freshness;
    if (heuristically_cacheable(response.status)) return StoreReason::heuristic;
    return response.cache_control.is_public ? StoreReason::made_public : StoreReason::no_freshness;
}

// Whether some request can be answered with it: while fresh, after validation, or within a grace.
bool is_useful(const ResponseFacts& response, const Lifetime& lifetime, const FreshnessRules& rules) {
    const CacheControl& says = response.cache_control;
    if (response.has_validator()) return true;
    if (says.no_cache) return false;
    if (lifetime.length > current_age(response, response.response_time)) return true;
    if (says.must_revalidate || says.proxy_revalidate || says.s_maxage) return false;
    const auto lasts = [](std::optional<Seconds> own, std::optional<Seconds> rule) {
        return own.value_or(rule.value_or(Seconds{0})) > Seconds{0};
    };
    return lasts(says.stale_while_revalidate, rules.stale_while_revalidate) ||
           lasts(says.stale_if_error, rules.stale_if_error);
}

bool is_named(std::string_view name, const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& other) { return iequals(name, other); });
}

bool is_qualified(std::string_view name, const CacheControl& control) {
    return is_named(name, control.private_fields) || is_named(name, control.no_cache_fields);
}

bool is_never_stored(std::string_view name) {
    constexpr std::array<std::string_view, 13> names{"Connection",
                                                     "Keep-Alive",
                                                     "Proxy-Connection",
                                                     "TE",
                                                     "Trailer",
                                                     "Transfer-Encoding",
                                                     "Upgrade",
                                                     "Proxy-Authenticate",
                                                     "Proxy-Authentication-Info",
                                                     "Proxy-Authorization",
                                                     "Set-Cookie",
                                                     "Set-Cookie2",
                                                     "Age"};
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view other) { return iequals(name, other); });
}

bool is_nominated(std::string_view name, std::span<const http::Field> fields) {
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "Connection")) continue;
        Members members{field.value};
        while (const auto member = members.next()) {
            if (iequals(*member, name)) return true;
        }
    }
    return false;
}

// Fields of a 304 that do not touch the stored ones, because they describe the stored bytes.
bool stays(const http::Field& update, const http::FieldList& stored) {
    constexpr std::array<std::string_view, 3> names{"Content-Length", "Content-Encoding", "Content-Range"};
    const bool describes = std::any_of(names.begin(), names.end(),
                                       [&](std::string_view name) { return iequals(update.name, name); });
    if (describes) return true;
    if (!iequals(update.name, "ETag")) return false;
    // The same tag in its other form: what we have sent out with ours is still that.
    const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    return opaque(stored.find("ETag")) == opaque(update.value);
}

CacheControl effective_control(std::span<const http::Field> fields) {
    if (auto targeted = parse_targeted(fields)) return std::move(*targeted);
    return parse_cache_control(fields);
}

}  // namespace

std::string_view to_text(StoreReason reason) {
    constexpr std::array<std::string_view, 15> names{"explicit-freshness",
                                                     "public",
                                                     "heuristic",
                                                     "method",
                                                     "status",
                                                     "request-no-store",
                                                     "no-store",
                                                     "private",
                                                     "authorization",
                                                     "vary-any",
                                                     "set-cookie",
                                                     "partial-without-range",
                                                     "partial-without-validator",
                                                     "no-freshness",
                                                     "never-reusable"};
    return names.at(static_cast<std::size_t>(reason));
}

StoreDecision may_store(const RequestFacts& request, const ResponseFacts& response,
                        const FreshnessRules& rules) {
    if (const auto reason = forbidden(request, response, rules)) return {false, *reason};
    const Lifetime lifetime = lifetime_of(response, rules);
    const StoreReason reason = ground(response, lifetime);
    if (reason == StoreReason::no_freshness) return {false, reason};
    if (!is_useful(response, lifetime, rules)) return {false, StoreReason::never_reusable};
    return {true, reason};
}

http::FieldList fields_to_store(std::span<const http::Field> fields, const CacheControl& cache_control) {
    std::vector<http::Field> kept;
    kept.reserve(fields.size());
    for (const http::Field& field : fields) {
        if (is_never_stored(field.name) || is_nominated(field.name, fields) ||
            is_qualified(field.name, cache_control))
            continue;
        kept.push_back(field);
    }
    return http::FieldList{kept};
}

http::FieldList merge_not_modified(const http::FieldList& stored, std::span<const http::Field> of_304) {
    const CacheControl control = effective_control(of_304);
    const http::FieldList update = fields_to_store(of_304, control);
    std::vector<http::Field> merged;
    merged.reserve(stored.size() + update.size());
    const auto replaced = [&](std::string_view name) {
        for (std::size_t i = 0; i < update.size(); ++i) {
            if (iequals(update[i].name, name) && !stays(update[i], stored)) return true;
        }
        return false;
    };
    for (std::size_t i = 0; i < stored.size(); ++i) {
        const http::Field field = stored[i];
        if (!replaced(field.name) && !is_qualified(field.name, control)) merged.push_back(field);
    }
    for (std::size_t i = 0; i < update.size(); ++i) {
        if (!stays(update[i], stored)) merged.push_back(update[i]);
    }
    return http::FieldList{merged};
}

}  // namespace outpost::cdn::policy
