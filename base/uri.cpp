#include "base/uri.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost {
namespace {

constexpr std::size_t longest_uri = 8 << 10;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
int hex_value(char c) { return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10; }
bool is_unreserved(char c) {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
bool contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }
bool is_sub_delimiter(char c) { return contains("!$&'()*+,;=", c); }

bool is_escape(std::string_view text) {
    return text.size() >= 3 && text[0] == '%' && is_hex(text[1]) && is_hex(text[2]);
}

// Every byte is unreserved, a sub-delimiter, one of `more`, or begins a well-formed escape.
bool is_made_of(std::string_view text, std::string_view more) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_escape(text.substr(i))) {
            i += 2;
        } else if (!is_unreserved(c) && !is_sub_delimiter(c) && !contains(more, c)) {
            return false;
        }
    }
    return true;
}

// A reference cut at its delimiters (RFC 3986 appendix B), nothing checked yet.
struct Parts {
    std::optional<std::string_view> scheme, authority, query;
    std::string_view path;
};

Parts cut(std::string_view text) {
    Parts parts;
    text = text.substr(0, text.find('#'));
    if (const auto mark = text.find('?'); mark != std::string_view::npos) {
        parts.query = text.substr(mark + 1);
        text = text.substr(0, mark);
    }
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && colon > 0 && text.find('/') > colon) {
        parts.scheme = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        const auto slash = std::min(text.find('/'), text.size());
        parts.authority = text.substr(0, slash);
        text.remove_prefix(slash);
    }
    parts.path = text;
    return parts;
}

// Up to `most` groups of at most four hexadecimal digits between colons; nothing when it is anything else.
std::optional<std::size_t> count_groups(std::string_view text) {
    if (text.empty()) return 0;
    const auto groups = split(text, ':');
    for (const std::string_view group : groups) {
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex))
            return std::nullopt;
    }
    return groups.size();
}

bool is_ipv4(std::string_view text) {
    const auto parts = split(text, '.');
    return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               const auto number = parse_unsigned(part);
               return number && *number <= 255 && part.size() <= 3 && (part.size() == 1 || part[0] != '0');
           });
}

// Without brackets and zones. An IPv4 tail is two groups.
bool is_ipv6(std::string_view text) {
    std::size_t tail_groups = 0;
    if (contains(text, '.')) {
        const auto colon = text.rfind(':');
        if (colon == std::string_view::npos || !is_ipv4(text.substr(colon + 1))) return false;
        const bool after_gap = colon > 0 && text[colon - 1] == ':';
        text = text.substr(0, after_gap ? colon + 1 : colon);
        tail_groups = 2;
    }
    const auto gap = text.find("::");
    if (gap == std::string_view::npos) {
        const auto groups = count_groups(text);
        return groups && *groups + tail_groups == 8;
    }
    const auto before = count_groups(text.substr(0, gap)), after = count_groups(text.substr(gap + 2));
    return before && after && *before + *after + tail_groups <= 7;
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > 255) return false;
    if (host.front() == '[') return host.size() > 2 && is_ipv6(host.substr(1, host.size() - 2));
    return std::all_of(host.begin(), host.end(),
                       [](char c) { return is_unreserved(c) || is_sub_delimiter(c); });
}

// Fills host and port. User information is refused, and so are escapes in a host: nobody names one so in good
// faith.
bool read_authority(std::string_view text, Uri& uri) {
    std::size_t colon = text.rfind(':');
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos) return false;
        colon = bracket + 1 == text.size() ? std::string_view::npos : bracket + 1;
        if (colon != std::string_view::npos && text[colon] != ':') return false;
    }
    uri.host = ascii_lower(text.substr(0, colon));
    if (!is_host(uri.host)) return false;
    uri.port = default_port(uri.scheme);
    if (colon == std::string_view::npos || colon + 1 == text.size()) return true;
    const auto port = parse_unsigned(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return false;
    uri.port = static_cast<std::uint16_t>(*port);
    return true;
}

bool read_path_and_query(std::string_view path, std::optional<std::string_view> query, Uri& uri) {
    if (!is_made_of(path, ":@/") || (query && !is_made_of(*query, ":@/?"))) return false;
    uri.path = path.empty() ? "/" : remove_dot_segments(normalise_escapes(path));
    uri.query.reset();
    if (query) uri.query = normalise_escapes(*query);
    return true;
}

std::optional<Uri> read_absolute(const Parts& parts) {
    Uri uri;
    uri.scheme = ascii_lower(*parts.scheme);
    if (uri.scheme != "http" && uri.scheme != "https") return std::nullopt;
    if (!parts.authority || !read_authority(*parts.authority, uri)) return std::nullopt;
    if (!read_path_and_query(parts.path, parts.query, uri)) return std::nullopt;
    return uri;
}

}  // namespace

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

std::string Uri::target() const { return query ? path + '?' + *query : path; }

std::string Uri::authority() const {
    return port == default_port(scheme) ? host : fmt::format("{}:{}", host, port);
}

std::optional<Uri> parse_uri(std::string_view text) {
    if (text.size() > longest_uri) return std::nullopt;
    const Parts parts = cut(text);
    if (!parts.scheme) return std::nullopt;
    return read_absolute(parts);
}

std::optional<Uri> resolve(const Uri& base, std::string_view reference) {
    if (reference.size() > longest_uri) return std::nullopt;
    const Parts parts = cut(reference);
    if (parts.scheme) return read_absolute(parts);
    Uri uri = base;
    if (parts.authority) {
        if (!read_authority(*parts.authority, uri)) return std::nullopt;
        if (!read_path_and_query(parts.path, parts.query, uri)) return std::nullopt;
        return uri;
    }
    if (parts.path.empty()) {
        const std::optional<std::string_view> kept =
            parts.query ? parts.query : std::optional<std::string_view>{base.query};
        if (!read_path_and_query(base.path, kept, uri)) return std::nullopt;
        return uri;
    }
    std::string path{parts.path};
    if (!path.starts_with('/')) path = base.path.substr(0, base.path.rfind('/') + 1) + path;
    if (!read_path_and_query(path, parts.query, uri)) return std::nullopt;
    return uri;
}

std::string to_text(const Uri& uri) { return uri.scheme + "://" + uri.authority() + uri.target(); }

bool same_origin(const Uri& a, const Uri& b) {
    return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

std::string normalise_escapes(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (!is_escape(text.substr(i))) return std::string{text};
        const int value = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
        i += 2;
        if (const char c = static_cast<char>(value); is_unreserved(c)) {
            out += c;
        } else {
            out += '%';
            out += digits[static_cast<std::size_t>(value) / 16];
            out += digits[static_cast<std::size_t>(value) % 16];
        }
    }
    return out;
}

std::string remove_dot_segments(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    while (!path.empty()) {
        const auto end = path.find('/', 1);
        const std::string_view segment = path.substr(0, end);  // with its leading slash
        const bool last = end == std::string_view::npos;
        path = last ? std::string_view{} : path.substr(end);
        if (segment == "/..") out.resize(out.empty() ? 0 : out.rfind('/'));
        if (segment != "/." && segment != "/..") {
            out += segment;
        } else if (last) {
            out += '/';
        }
    }
    return out.empty() ? "/" : out;
}

}  // namespace outpost
