// Short words for the messages that the tables of this folder are made of.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cdn/policy/facts.hpp"

namespace outpost::cdn::policy {

using namespace std::chrono_literals;
using Fields = std::vector<http::Field>;

// Sun, 06 Nov 1994 08:49:37 GMT: when the response of most rows was made, asked for and received.
inline constexpr WallTime then{784'111'777s};
inline constexpr std::string_view then_text = "Sun, 06 Nov 1994 08:49:37 GMT";

inline CacheControl control(std::string_view value) {
    const Fields fields{{"Cache-Control", value}};
    return parse_cache_control(fields);
}

inline RequestFacts get(const Fields& fields = {}) { return request_facts("GET", fields); }
inline RequestFacts get_with(std::string_view cache_control) {
    return get({{"Cache-Control", cache_control}});
}

// Received at once, at `then`.
inline ResponseFacts response(int status, const Fields& fields) {
    return response_facts(status, fields, then, then);
}
inline ResponseFacts ok(const Fields& fields) { return response(200, fields); }
inline ResponseFacts ok_with(std::string_view cache_control) {
    return ok({{"Date", then_text}, {"Cache-Control", cache_control}});
}

}  // namespace outpost::cdn::policy
