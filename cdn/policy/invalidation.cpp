#include "cdn/policy/invalidation.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace outpost::cdn::policy {

bool is_safe(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

std::vector<std::string> invalidated_uris(std::string_view method, const Uri& target, int status,
                                          std::span<const http::Field> response) {
    if (is_safe(method) || status < 200 || status > 399) return {};
    std::vector<std::string> uris{to_text(target)};
    for (const http::Field& field : response) {
        if (!iequals(field.name, "Location") && !iequals(field.name, "Content-Location")) continue;
        const auto named = resolve(target, field.value);
        if (!named || !same_origin(*named, target)) continue;
        std::string text = to_text(*named);
        if (std::find(uris.begin(), uris.end(), text) == uris.end()) uris.push_back(std::move(text));
    }
    return uris;
}

}  // namespace outpost::cdn::policy
