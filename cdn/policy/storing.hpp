// What may be stored and what of it: RFC 9111 section 3. Thread rule: pure functions.
#pragma once

#include <span>
#include <string_view>

#include "base/http/field.hpp"
#include "cdn/policy/facts.hpp"
#include "cdn/policy/freshness.hpp"

namespace outpost::cdn::policy {

enum class StoreReason {
    // stored
    explicit_freshness,  // max-age, s-maxage, Expires or the operator's times
    made_public,         // "public" and nothing else
    heuristic,           // a status that is cacheable by itself
    // not stored
    method,                     // only answers to GET are stored
    status,                     // not final, or none of those that this cache understands
    request_no_store,           // section 5.2.1.5
    no_store,                   // section 5.2.2.5
    is_private,                 // section 5.2.2.7, without field names
    authorization,              // section 3.5
    vary_any,                   // Vary: * never matches (section 4.1)
    set_cookie,                 // see may_store
    partial_without_range,      // 206 without exactly one valid Content-Range
    partial_without_validator,  // 206 that could never be combined (section 3.4)
    no_freshness,               // nothing of section 3's last list
    never_reusable,             // allowed, but no request could be answered with it
};

std::string_view to_text(StoreReason reason);

struct StoreDecision {
    bool store = false;
    StoreReason reason = StoreReason::no_freshness;
};

// Set-Cookie: RFC 9111 section 7.3 leaves it to the cache; a cookie is someone's. Such a response is stored
// only when it says in so many words that it is for all (public or s-maxage, or a CDN-Cache-Control that
// gives a lifetime) or when the route says so, and fields_to_store() drops the cookie. Statuses: 200 203 204
// 206 300 301 302 303 307 308 404 405 410 414 451 500 501 502 503 504. must-understand lifts no-store for
// these. A stored 206 is for combining; 304 updates (section 4.3.4), it is never stored.
StoreDecision may_store(const RequestFacts& request, const ResponseFacts& response,
                        const FreshnessRules& rules);

// Section 3.1, of a response whose effective Cache-Control is `cache_control`: all but the fields of one
// connection (and those that Connection names), of proxies' authentication, Set-Cookie, Age (the facts hold
// it) and those that private="…" and no-cache="…" name. Cache-Status, Proxy-Status and Via stay: each hop
// adds to them. Date is not made up here: when the facts have none, the caller adds the time of arrival.
http::FieldList fields_to_store(std::span<const http::Field> fields, const CacheControl& cache_control);

// Section 3.2: the stored fields with those of a 304 (or of a HEAD's 200) put in the place of their
// namesakes. What fields_to_store() leaves out stays out, and what describes the stored bytes stays as it is:
// Content-Length, Content-Encoding, Content-Range, and an ETag whose other form (weak, strong) the 304 names.
// A changed Vary takes the place of the old: the caller files the response under its new key.
http::FieldList merge_not_modified(const http::FieldList& stored, std::span<const http::Field> of_304);

}  // namespace outpost::cdn::policy
