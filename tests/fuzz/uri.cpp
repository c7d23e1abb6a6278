// Whatever stands in a Location or a playlist: what is read as a URI is normalised, reads back as itself, and
// a reference without a host of its own stays at the origin of its document.
#include "base/uri.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cdn/policy/key.hpp"

namespace {

using namespace outpost;

void require(bool holds) {
    if (!holds) std::abort();
}

bool has_dot_segment(const std::string& path) {
    const std::string all = path + "/";
    return all.find("/./") != std::string::npos || all.find("/../") != std::string::npos;
}

void check_uri(const Uri& uri) {
    require(uri.path.starts_with('/') && !has_dot_segment(uri.path) && uri.port != 0 && !uri.host.empty());
    require(uri.path.find_first_of("?# \\\r\n") == std::string::npos);
    require(normalise_escapes(uri.path) == uri.path);
    require(parse_uri(to_text(uri)) == uri);
}

void check_key(std::string_view text) {
    using namespace cdn::policy;
    const auto mark = std::min(text.find('?'), text.size());
    const std::string_view query = text.substr(std::min(mark + 1, text.size()));
    for (const KeyRules& rules : {KeyRules{}, KeyRules{.query = KeyRules::Query::none}}) {
        const std::string once = upstream_query(query, rules);
        require(upstream_query(once, rules) == once);
        require(cache_key("http", "a", "/", once, rules) == cache_key("http", "a", "/", query, rules));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const Uri base = parse_uri("https://origin.example:8443/live/a/index.m3u8?x=1").value();
    if (const auto uri = parse_uri(text)) {
        check_uri(*uri);
        require(resolve(base, text) == uri && resolve(base, to_text(*uri)) == uri);
    }
    if (const auto uri = resolve(base, text)) {
        check_uri(*uri);
        const bool relative = text.find("//") == std::string_view::npos;
        require(!relative || same_origin(*uri, base));
    }
    const std::string normal = normalise_escapes(text);
    require(normalise_escapes(normal) == normal);
    check_key(text);
    return 0;
}
