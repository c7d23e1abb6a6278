// Conditional requests, RFC 9110 section 13: pure functions of the request's fields and the representation's
// validators.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace outpost::cdn::policy {

struct Validators {
    std::string_view etag;  // with its quotes; strong unless it begins with W/
    std::optional<WallTime> modified;
};

// The request's conditional fields; absent ones are empty.
struct Conditions {
    std::string_view if_match{};
    std::string_view if_none_match{};
    std::string_view if_modified_since{};
    std::string_view if_unmodified_since{};
    std::string_view if_range{};
};

enum class Precondition { proceed, not_modified, failed };

// The order of RFC 9110 section 13.2.2, for GET and HEAD.
Precondition evaluate(const Conditions& conditions, const Validators& validators);
// Whether a Range field counts: no If-Range, or one that matches strongly (section 13.1.5).
bool range_applies(const Conditions& conditions, const Validators& validators);

// IMF-fixdate, RFC 850 date or asctime (section 5.6.7); nothing when it is none of them.
std::optional<WallTime> parse_http_date(std::string_view text, WallTime now);

}  // namespace outpost::cdn::policy
