#include "cdn/policy/combine.hpp"

namespace outpost::cdn::policy {
namespace {

std::optional<std::uint64_t> complete_length(const ResponseFacts& facts) {
    if (facts.status != 206) return facts.content_length;
    return facts.content_range ? facts.content_range->size : std::nullopt;
}

bool contradict(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) { return a && b && *a != *b; }

}  // namespace

bool same_representation(const ResponseFacts& a, const ResponseFacts& b) {
    if (!a.etag.empty() || !b.etag.empty()) return a.strong_etag && b.strong_etag && a.etag == b.etag;
    return a.strong_last_modified && b.strong_last_modified && *a.last_modified == *b.last_modified;
}

bool may_combine(const ResponseFacts& stored, const ResponseFacts& partial) {
    if (partial.status != 206 || !partial.content_range || partial.content_range->unsatisfied) return false;
    if (stored.status != 200 && stored.status != 206) return false;
    const auto whole = complete_length(stored);
    const bool beyond = whole && partial.content_range->range.end() > *whole;
    return same_representation(stored, partial) && !contradict(whole, partial.content_range->size) && !beyond;
}

HeadEffect head_effect(const ResponseFacts& stored, const ResponseFacts& head) {
    if (head.status != 200) return HeadEffect::nothing;
    if (contradict(complete_length(stored), head.content_length)) return HeadEffect::invalidate;
    if (!head.has_validator()) return HeadEffect::nothing;
    const bool same_etag = head.etag.empty() || head.etag == stored.etag;
    const bool same_date = !head.last_modified || head.last_modified == stored.last_modified;
    return same_etag && same_date ? HeadEffect::freshen : HeadEffect::invalidate;
}

}  // namespace outpost::cdn::policy
