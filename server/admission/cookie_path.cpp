#include "server/admission/cookie_path.hpp"

#include <algorithm>

namespace outpost::server {
namespace {

// Browsers ignore longer attributes.
constexpr std::size_t longest = 1024;

// What would end the attribute or the field.
bool is_plain(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < '\x7F' && c != ';'; });
}

}  // namespace

std::optional<std::string> cookie_path(std::string_view path, std::string_view scope,
                                       std::optional<int> depth) {
    if (!scope.empty()) {
        std::string whole{scope};
        if (!whole.ends_with('/')) whole += '/';
        return whole.size() <= longest && is_plain(whole) ? whole : "/";
    }
    std::size_t end = 0;
    for (int i = 0; i < depth.value_or(0); ++i) {
        end = path.find('/', end + 1);
        if (end == std::string_view::npos) return std::nullopt;
    }
    if (end == 0) return "/";
    const std::string_view kept = path.substr(0, end);
    return kept.size() <= longest && is_plain(kept) ? std::optional{std::string{kept}} : std::nullopt;
}

}  // namespace outpost::server
