// Cache-Control, RFC 9111 section 5.2, with the extensions of RFC 5861 and RFC 8246, and its targeted form,
// RFC 9213. Doubt is settled for the side that stores and reuses less. Thread rule: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/field.hpp"
#include "base/units.hpp"

namespace outpost::cdn::policy {

// Delta-seconds beyond this count as this (RFC 9111 section 1.2.2).
inline constexpr Seconds longest_delta{1LL << 31};

struct CacheControl {
    std::optional<Seconds> max_age, s_maxage;
    std::optional<Seconds> max_stale, min_fresh;
    std::optional<Seconds> stale_while_revalidate, stale_if_error;
    bool max_stale_any = false;  // max-stale without a value: however stale
    bool no_cache = false;       // unqualified; with field names it is only no_cache_fields
    bool no_store = false;
    bool is_private = false;  // unqualified; with field names it is only private_fields
    bool is_public = false;
    bool must_revalidate = false;
    bool proxy_revalidate = false;
    bool must_understand = false;
    bool no_transform = false;
    bool only_if_cached = false;
    bool immutable = false;
    std::vector<std::string> no_cache_fields, private_fields;  // lower case

    bool operator==(const CacheControl&) const = default;
};

// All lines of the field. Values may be tokens or quoted strings. Of a directive that comes twice the
// smallest value counts (of min-fresh the largest); a lifetime that can't be read is 0 (stale), a grace
// (max-stale, stale-…) that can't be read is 0 (none), a min-fresh that can't be read is left out. What
// restricts counts even with an argument that it does not take; what permits (public, immutable,
// must-understand) then does not. A list of field names that can't be read makes no-cache and private
// unqualified. Unknown directives are skipped.
CacheControl parse_cache_control(std::span<const http::Field> fields,
                                 std::string_view name = "Cache-Control");

// CDN-Cache-Control as a structured dictionary (RFC 9213 section 2.1). Nothing when it is absent, empty or
// does not parse: Cache-Control and Expires count then, else they do not. A member of the wrong type is
// skipped; a negative lifetime is 0.
std::optional<CacheControl> parse_targeted(std::span<const http::Field> fields,
                                           std::string_view name = "CDN-Cache-Control");

}  // namespace outpost::cdn::policy
