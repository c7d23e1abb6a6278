#include "config/url.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "config/address.hpp"

namespace outpost::config {
namespace {

constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool is_made_of(std::string_view text, std::string_view allowed) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return letters_and_digits.find(c) != std::string_view::npos ||
               allowed.find(c) != std::string_view::npos;
    });
}

// %XX decoded (RFC 3986 section 2.1), any byte but NUL; nothing when an escape is malformed.
std::optional<std::string> decode_userinfo(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const auto high = digits.find(ascii_lower(text[i + 1]));
        const auto low = digits.find(ascii_lower(text[i + 2]));
        if (high == std::string_view::npos || low == std::string_view::npos || high + low == 0)
            return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

// RFC 3986 section 3.3: the characters of a path, with well-formed escapes.
bool is_path(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            if (!is_made_of(text.substr(i, 1), "-._~!$&'()*+,;=:@/")) return false;
            continue;
        }
        constexpr std::string_view hex = "0123456789abcdefABCDEF";
        if (text.size() - i < 3 || hex.find(text[i + 1]) == std::string_view::npos ||
            hex.find(text[i + 2]) == std::string_view::npos)
            return false;
        i += 2;
    }
    return true;
}

bool is_v6(std::string_view text) { return parse_address(std::string{text} + ":0").has_value(); }

// "host" or "host:port"; port 0 is none that could be connected to.
bool read_host_and_port(std::string_view text, ServerUrl& url) {
    const auto bracket = text.rfind(']');
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = text.substr(0, colon);
    if (!is_host(host)) return false;
    url.host = host.front() == '[' ? host.substr(1, host.size() - 2) : host;
    if (colon == std::string_view::npos) return true;
    const auto port = parse_unsigned(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return false;
    url.port = static_cast<std::uint16_t>(*port);
    return true;
}

bool read_userinfo(std::string_view text, ServerUrl& url) {
    const auto colon = text.find(':');
    auto user = decode_userinfo(text.substr(0, colon));
    auto password =
        decode_userinfo(colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1));
    if (!user || !password) return false;
    url.user = std::move(*user);
    url.password = std::move(*password);
    url.has_userinfo = true;
    return true;
}

}  // namespace

bool is_host(std::string_view text) {
    if (text.starts_with('[')) return text.ends_with(']') && is_v6(text);
    if (text.empty() || text.size() > 253) return false;
    for (const std::string_view label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || !is_made_of(label, "-_")) return false;
    }
    return true;
}

bool is_host_with_port(std::string_view text) {
    ServerUrl ignored;
    return read_host_and_port(text, ignored);
}

std::optional<ServerUrl> parse_server_url(std::string_view text) {
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos || scheme_end == 0) return std::nullopt;
    ServerUrl url;
    url.scheme = text.substr(0, scheme_end);
    if (!is_made_of(url.scheme, "+-.")) return std::nullopt;
    text.remove_prefix(scheme_end + 3);
    const auto authority_end = std::min(text.find('/'), text.size());
    std::string_view authority = text.substr(0, authority_end);
    url.path = text.substr(authority_end);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        if (!read_userinfo(authority.substr(0, at), url)) return std::nullopt;
        authority.remove_prefix(at + 1);
    }
    if (!read_host_and_port(authority, url) || !is_path(url.path)) return std::nullopt;
    return url;
}

std::optional<RedisUrl> parse_redis_url(std::string_view text) {
    auto url = parse_server_url(text);
    if (!url || url->scheme != "redis") return std::nullopt;
    RedisUrl redis;
    if (url->path.size() > 1) {
        const auto database = parse_unsigned(std::string_view{url->path}.substr(1));
        if (!database || *database > 65535) return std::nullopt;
        redis.database = static_cast<std::uint32_t>(*database);
    }
    redis.host = std::move(url->host);
    if (url->port != 0) redis.port = url->port;
    redis.user = std::move(url->user);
    redis.password = std::move(url->password);
    return redis;
}

std::string without_userinfo(std::string_view url) {
    const auto scheme_end = url.find("://");
    const std::size_t begin = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
    // A password may hold a bare '/' by mistake: everything up to the last '@' is hidden.
    const auto at = url.rfind('@');
    if (at == std::string_view::npos || at < begin) return std::string{url};
    return std::string{url.substr(0, begin)} + "…" + std::string{url.substr(at)};
}

}  // namespace outpost::config
