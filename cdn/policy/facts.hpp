// What a message's fields say to a cache, read once: the request's when it arrives, the response's when it is
// received. Decisions need nothing else. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/http/field.hpp"
#include "cdn/policy/cache_control.hpp"
#include "cdn/policy/content_range.hpp"

namespace outpost::cdn::policy {

struct RequestFacts {
    CacheControl cache_control;  // "Pragma: no-cache" is in it when there is no Cache-Control (RFC 9111 5.4)
    bool is_get = false;
    bool is_head = false;
    bool authorization = false;
    bool has_range = false;
    bool has_conditions = false;  // any If- field of RFC 9110 section 13.1
};

RequestFacts request_facts(std::string_view method, std::span<const http::Field> fields);

// Before every date that a field can name: what an Expires that can't be read stands for.
inline constexpr WallTime long_expired{Seconds{-63'000'000'000}};

struct ResponseFacts {
    int status = 0;
    std::optional<WallTime> date;     // as the origin says; nothing when absent, malformed or contradictory
    std::optional<WallTime> expires;  // nothing when absent or a targeted field wins
    std::optional<WallTime> last_modified;  // nothing when absent, malformed or contradictory
    std::optional<std::uint64_t> content_length;
    std::optional<ContentRange> content_range;  // when there is exactly one that parses
    std::string etag;                           // with its quotes and W/; empty when absent or malformed
    Seconds age_value{0};                       // the Age field; 0 when absent or unusable
    CacheControl cache_control;  // what counts: CDN-Cache-Control if it wins, else Cache-Control
    bool targeted = false;       // cache_control is of CDN-Cache-Control
    bool has_set_cookie = false;
    bool has_content_range = false;
    bool vary_any = false;              // Vary holds "*", or can't be read
    bool strong_etag = false;           // there is one, without W/
    bool strong_last_modified = false;  // Date is at least a second later (RFC 9110 section 8.8.2.2)
    WallTime request_time{};            // when we asked
    WallTime response_time{};           // when the head arrived

    // Parts with the same strong validator are parts of the same bytes.
    [[nodiscard]] bool has_strong_validator() const { return strong_etag || strong_last_modified; }
    [[nodiscard]] bool has_validator() const { return !etag.empty() || last_modified.has_value(); }
    // When the origin made it; a response without Date was made when it arrived (RFC 9110 section 6.6.1).
    [[nodiscard]] WallTime date_value() const { return date.value_or(response_time); }
};

// Singletons that come twice with different values: Date, Last-Modified, ETag and Content-Length count as
// absent; of Expires the earliest counts, and one that can't be read is long_expired; of Age the first member
// counts.
ResponseFacts response_facts(int status, std::span<const http::Field> fields, WallTime request_time,
                             WallTime response_time);

}  // namespace outpost::cdn::policy
