#include "base/http/route_match.hpp"

#include "base/text.hpp"

namespace outpost::http {
namespace {

std::string_view without_port(std::string_view host) {
    const auto colon = host.rfind(':');
    if (colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos) return host;
    return host.substr(0, colon);
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view path) {
    // Where to go on when what follows a star turns out not to fit: one place for each kind of star, since a
    // later star of the same kind makes the earlier ones' places needless.
    struct Retry {
        bool any = false;
        std::size_t pattern = 0, path = 0;
    };
    Retry single, across;
    std::size_t p = 0, t = 0;
    while (true) {
        if (pattern.substr(p).starts_with("**")) {
            p += 2;
            across = {true, p, t};
            single = {};
        } else if (p < pattern.size() && pattern[p] == '*') {
            single = {true, ++p, t};
        } else if (p < pattern.size() && t < path.size() && pattern[p] == path[t]) {
            ++p, ++t;
        } else if (p == pattern.size() && t == path.size()) {
            return true;
        } else if (single.any && single.path < path.size() && path[single.path] != '/') {
            t = ++single.path;
            p = single.pattern;
        } else if (across.any && across.path < path.size()) {
            t = ++across.path;
            p = across.pattern;
            single = {};
        } else {
            return false;
        }
    }
}

bool matches(const RouteMatch& route, std::string_view host, std::string_view path) {
    if (!route.host.empty() && !iequals(without_port(host), route.host)) return false;
    if (!path.starts_with(route.prefix) || !path.ends_with(route.suffix)) return false;
    return route.pattern.empty() || matches_pattern(route.pattern, path);
}

}  // namespace outpost::http
