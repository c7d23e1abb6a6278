// Which requests a route is for. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace outpost::http {

// Empty parts match everything; the others must all match.
struct RouteMatch {
    std::string host;     // without its port, in any case
    std::string prefix;   // of the path
    std::string suffix;   // of the path
    std::string pattern;  // of the whole path: * within a segment, ** across segments
};

// `path` is decoded, `host` as in the Host field.
bool matches(const RouteMatch& route, std::string_view host, std::string_view path);

// Linear in the path for each star of the pattern.
bool matches_pattern(std::string_view pattern, std::string_view path);

}  // namespace outpost::http
