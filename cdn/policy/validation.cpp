#include "cdn/policy/validation.hpp"

#include <array>

namespace outpost::cdn::policy {
namespace {

std::string_view opaque(std::string_view etag) { return etag.starts_with("W/") ? etag.substr(2) : etag; }

}  // namespace

void Validator::apply(http::FieldList& request) const {
    for (const std::string_view name :
         {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"})
        request.remove(name);
    if (!if_none_match.empty()) request.add("If-None-Match", if_none_match);
    if (!if_modified_since.empty()) request.add("If-Modified-Since", if_modified_since);
}

Validator validator_of(const ResponseFacts& stored) {
    return {stored.etag, stored.last_modified ? http_date(*stored.last_modified) : std::string{}};
}

std::string if_range_of(const ResponseFacts& stored) {
    if (stored.strong_etag) return stored.etag;
    // A date is for those only that have no entity-tag at all.
    if (stored.etag.empty() && stored.strong_last_modified) return http_date(*stored.last_modified);
    return {};
}

bool may_freshen(const ResponseFacts& stored, const ResponseFacts& not_modified) {
    if (not_modified.strong_etag && stored.strong_etag) return not_modified.etag == stored.etag;
    // nginx names the plain form's strong tag in a 304 about what it had compressed and sent with a weak one.
    // It answers the one tag that it was asked for, which If-None-Match compares weakly (RFC 9110
    // section 13.1.2).
    if (!not_modified.etag.empty()) return opaque(not_modified.etag) == opaque(stored.etag);
    return !not_modified.last_modified || not_modified.last_modified == stored.last_modified;
}

}  // namespace outpost::cdn::policy
