// Asking the origin whether a stored response still holds: RFC 9111 section 4.3. Thread rule: pure functions.
#pragma once

#include <string>

#include "base/http/field.hpp"
#include "cdn/policy/facts.hpp"

namespace outpost::cdn::policy {

// Values of conditional fields; empty ones are not sent.
struct Validator {
    std::string if_none_match;
    std::string if_modified_since;

    [[nodiscard]] bool empty() const { return if_none_match.empty() && if_modified_since.empty(); }
    // Puts them in the place of the client's own conditions.
    void apply(http::FieldList& request) const;
};

// Both, when the stored response has both (section 4.3.1).
Validator validator_of(const ResponseFacts& stored);

// The value of If-Range for asking for more of it: a strong ETag, else a strong date, else empty (RFC 9110
// section 13.1.5).
std::string if_range_of(const ResponseFacts& stored);

// Whether a 304 is about the stored response (section 4.3.4). Two strong ETags must be the same;
// where one is weak, or for a Last-Modified, they must match. A 304 without any validator counts: it answers
// a request that named this response only.
bool may_freshen(const ResponseFacts& stored, const ResponseFacts& not_modified);

}  // namespace outpost::cdn::policy
