// Parts of one representation, and what a HEAD tells about a stored GET: RFC 9111 sections 3.4 and 4.3.5.
// Thread rule: pure functions.
#pragma once

#include "cdn/policy/facts.hpp"

namespace outpost::cdn::policy {

// The same strong validator: equal strong ETags; where neither has an ETag, equal Last-Modified dates that
// are strong on both sides (RFC 9110 section 8.8.2.2).
bool same_representation(const ResponseFacts& a, const ResponseFacts& b);

// Whether the body of a 206 belongs to the stored 200 or 206: the same representation, one valid
// Content-Range, and complete lengths that do not contradict each other.
bool may_combine(const ResponseFacts& stored, const ResponseFacts& partial);

enum class HeadEffect {
    freshen,     // update the stored fields with merge_not_modified()
    invalidate,  // the stored response is stale from now on
    nothing,
};

// What a HEAD's answer does to a stored GET that it could have selected. Beyond the RFC's letter: a HEAD
// without any validator never freshens (it proves nothing), but a Content-Length that differs still
// invalidates.
HeadEffect head_effect(const ResponseFacts& stored, const ResponseFacts& head);

}  // namespace outpost::cdn::policy
