#include "auth/uri_rule.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"

namespace outpost::auth {
namespace {

// A pattern that needs more wildcards says nothing that one with fewer couldn't.
constexpr std::ptrdiff_t most_wildcards = 64;

// A URI taken apart after normalisation; all empty when it can't be told what it names.
struct Parts {
    std::string_view scheme, host, port, path, query;
};

// In lower case and without the scheme's own port. User information and what would end an authority early
// make it empty.
std::string normal_authority(std::string_view scheme, std::string_view authority) {
    std::string out = ascii_lower(authority);
    if (out.empty() || out.find_first_of("@/?#\\%") != std::string::npos) return {};
    const auto colon = out.rfind(':');
    if (colon == std::string::npos || out.find(']', colon) != std::string::npos) return out;
    const std::string_view port = std::string_view{out}.substr(colon + 1);
    if (port.empty() || parse_unsigned(port) == default_port(scheme)) out.resize(colon);
    return out;
}

// Whether each % begins an escape: what normalise_escapes leaves alone is not to be told from what it made.
bool escapes_well(std::string_view text) {
    const auto is_hex = [](char c) {
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
    };
    for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
        if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
    }
    return true;
}

// Nearly every path is its own normal form.
std::string normal_path(std::string_view path) {
    if (path.find('%') == std::string_view::npos && path.find("/.") == std::string_view::npos)
        return std::string{path};
    return remove_dot_segments(normalise_escapes(path));
}

// "" when it is no http or https URI that can be normalised; nothing is for such a URI.
std::string normal_uri(std::string_view scheme, std::string_view authority, std::string_view path,
                       std::string_view query) {
    const std::string lower = ascii_lower(scheme);
    const std::string host = normal_authority(lower, authority);
    if ((lower != "http" && lower != "https") || host.empty()) return {};
    if (path.empty()) path = "/";
    if (path.front() != '/' || path.find_first_of("?#") != std::string_view::npos) return {};
    if (!escapes_well(path) || !escapes_well(query)) return {};
    std::string out;
    out.reserve(lower.size() + host.size() + path.size() + query.size() + 4);
    out.append(lower).append("://").append(host).append(normal_path(path));
    if (!query.empty()) out.append("?").append(normalise_escapes(query));
    return out;
}

// Cuts "scheme://authority/path?query" as it stands. The path may be empty.
Parts cut(std::string_view uri) {
    Parts parts;
    const auto colon = uri.find("://");
    if (colon == std::string_view::npos) return parts;
    parts.scheme = uri.substr(0, colon);
    uri.remove_prefix(colon + 3);
    if (const auto mark = uri.find('?'); mark != std::string_view::npos) {
        parts.query = uri.substr(mark + 1);
        uri = uri.substr(0, mark);
    }
    const auto slash = std::min(uri.find('/'), uri.size());
    parts.host = uri.substr(0, slash);
    parts.path = uri.substr(slash);
    return parts;
}

std::string normal_uri(std::string_view text) {
    const Parts parts = cut(text);
    return normal_uri(parts.scheme, parts.host, parts.path, parts.query);
}

// Of a normalised URI, with the port as a number of its own.
Parts take_apart(const std::string& normal) {
    Parts parts = cut(normal);
    parts.port = parts.scheme == "https" ? "443" : "80";
    const auto colon = parts.host.rfind(':');
    if (colon != std::string_view::npos && parts.host.find(']', colon) == std::string_view::npos) {
        parts.port = parts.host.substr(colon + 1);
        parts.host = parts.host.substr(0, colon);
    }
    return parts;
}

// A path's last segment, and what it is made of, as ISO C++ [fs.path.decompose] takes it apart: "a.tar.gz"
// has the extension ".gz", ".profile" none.
struct Filename {
    std::string_view parent, whole, stem, extension;
};

Filename filename_of(std::string_view path) {
    Filename name;
    const auto slash = path.rfind('/');
    name.parent = path.substr(0, slash == 0 ? 1 : slash);
    name.whole = path.substr(slash + 1);
    const auto dot = name.whole.rfind('.');
    const bool extends = dot != std::string_view::npos && dot > 0;
    name.stem = name.whole.substr(0, extends ? dot : name.whole.size());
    name.extension = extends ? name.whole.substr(dot) : std::string_view{};
    return name;
}

std::string_view component(const Parts& parts, UriComponent which) {
    switch (which) {
        case UriComponent::scheme: return parts.scheme;
        case UriComponent::host: return parts.host;
        case UriComponent::port: return parts.port;
        case UriComponent::path: return parts.path;
        case UriComponent::query: return parts.query;
        case UriComponent::parent_path: return filename_of(parts.path).parent;
        case UriComponent::filename: return filename_of(parts.path).whole;
        case UriComponent::stem: return filename_of(parts.path).stem;
        case UriComponent::extension: return filename_of(parts.path).extension;
    }
    return {};
}

// The raw digest; "" when OpenSSL fails, which equals none.
std::string digest(const EVP_MD* method, std::string_view text) {
    unsigned char room[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), room, &size, method, nullptr) != 1) return {};
    return {room, room + size};
}

bool is_digest(const EVP_MD* method, std::string_view text, std::string_view wanted) {
    const std::string got = digest(method, text);
    return !got.empty() && got == wanted;
}

bool fits(char pattern, char c) { return pattern == '?' || pattern == c; }
bool fits(std::string_view pattern, std::string_view text) {
    return pattern.size() <= text.size() && std::equal(pattern.begin(), pattern.end(), text.begin(),
                                                       [](char p, char c) { return fits(p, c); });
}

// Where a piece without stars first fits; npos when nowhere.
std::size_t find_piece(std::string_view text, std::string_view piece) {
    if (piece.find('?') == std::string_view::npos) return text.find(piece);
    for (std::size_t i = 0; i + piece.size() <= text.size(); ++i) {
        if (fits(piece, text.substr(i))) return i;
    }
    return std::string_view::npos;
}

// Scheme and host in lower case, escapes normalised; stars and question marks stay what they are, because no
// escape turns into one.
std::string normal_wildcard(std::string_view pattern) {
    const auto colon = pattern.find("://");
    const auto slash =
        colon == std::string_view::npos ? 0 : std::min(pattern.find('/', colon + 3), pattern.size());
    std::string head = ascii_lower(pattern.substr(0, slash));
    for (const std::string_view port : {"80", "443"}) {
        const bool own = head.starts_with(port == "80" ? "http://" : "https://");
        if (own && head.ends_with(fmt::format(":{}", port))) head.erase(head.size() - port.size() - 1);
    }
    return head + normalise_escapes(pattern.substr(slash));
}

// A star or question mark that the pattern means as itself can't be said in the matcher's language; nobody
// needs it, so it fits nothing.
bool matches_path(std::string_view pattern, std::string_view path) {
    if (pattern.find('%') == std::string_view::npos) return matches_wildcard(pattern, path);
    for (const std::string_view escape : {"%2a", "%3f"}) {
        if (ascii_lower(pattern).find(escape) != std::string::npos) return false;
    }
    const auto decoded = decode_path(pattern);
    return decoded && matches_wildcard(*decoded, path);
}

bool matches_components(const ComponentRules& rules, const std::string& whole) {
    const Parts parts = take_apart(whole);
    return std::all_of(rules.components.begin(), rules.components.end(),
                       [&](const ComponentRules::Each& each) {
                           const std::string_view value = component(parts, each.component);
                           return std::all_of(each.rules.begin(), each.rules.end(),
                                              [&](const TextRule& rule) { return matches(rule, value); });
                       });
}

// Neither an escape nor a segment that begins with a dot: there is no other way to write it.
bool is_plain_path(std::string_view path) {
    char before = '\0';
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#' || (c == '.' && before == '/')) return false;
        before = c;
    }
    return path.starts_with('/');
}

// A name in lower case, perhaps with a port that is written as numbers are.
bool is_plain_host(std::string_view host) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const std::string_view name = host.substr(0, host.find(':'));
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-';
    });
    if (name.size() == host.size()) return plain;
    const std::string_view port = host.substr(name.size() + 1);
    return plain && !port.empty() && port.front() != '0' && std::all_of(port.begin(), port.end(), is_digit);
}

// As nearly every request is. The others are brought to their normal form.
bool is_normal_already(const RequestFacts& facts) {
    const bool secure = facts.scheme == "https";
    const std::string_view own_port = secure ? ":443" : ":80";
    return (secure || facts.scheme == "http") && is_plain_host(facts.host) &&
           !facts.host.ends_with(own_port) && is_plain_path(facts.raw_path) &&
           facts.query.find('%') == std::string_view::npos;
}

struct Matcher {
    UriView& uri;
    bool operator()(const ExactUri& rule) const { return normal_uri(rule.uri) == uri.whole(); }
    bool operator()(const HashedUri& rule) const {
        const std::string_view wanted{reinterpret_cast<const char*>(rule.digest.data()), rule.digest.size()};
        return is_digest(EVP_sha256(), uri.whole(), wanted);
    }
    bool operator()(const PatternUri& rule) const { return rule.pattern.matches(uri.whole()); }
    bool operator()(const WildcardUri& rule) const {
        return matches_wildcard(normal_wildcard(rule.pattern), uri.whole());
    }
    bool operator()(const WildcardPath& rule) const { return matches_path(rule.pattern, uri.facts().path); }
    bool operator()(const ComponentRules& rule) const { return matches_components(rule, uri.whole()); }
};

std::string_view name_of(UriComponent component) {
    switch (component) {
        case UriComponent::scheme: return "scheme";
        case UriComponent::host: return "host";
        case UriComponent::port: return "port";
        case UriComponent::path: return "path";
        case UriComponent::query: return "query";
        case UriComponent::parent_path: return "parent path";
        case UriComponent::filename: return "file name";
        case UriComponent::stem: return "stem";
        case UriComponent::extension: return "extension";
    }
    return "";
}

std::string describe(const TextRule& rule) {
    switch (rule.kind) {
        case TextRule::Kind::exact: return fmt::format("is {}", rule.text);
        case TextRule::Kind::prefix: return fmt::format("begins with {}", rule.text);
        case TextRule::Kind::suffix: return fmt::format("ends with {}", rule.text);
        case TextRule::Kind::contains: return fmt::format("contains {}", rule.text);
        case TextRule::Kind::regex:
            return fmt::format("fits {}", rule.pattern ? rule.pattern->expression() : "nothing");
        case TextRule::Kind::sha256: return fmt::format("has the SHA-256 {}", encode_hex(rule.text));
        case TextRule::Kind::sha512_256: return fmt::format("has the SHA-512/256 {}", encode_hex(rule.text));
    }
    return "";
}

struct Describer {
    std::string operator()(const ExactUri& rule) const { return "the URL " + rule.uri; }
    std::string operator()(const HashedUri& rule) const {
        const std::string_view bytes{reinterpret_cast<const char*>(rule.digest.data()), rule.digest.size()};
        return "the URL whose SHA-256 is " + encode_hex(bytes);
    }
    std::string operator()(const PatternUri& rule) const {
        return "every URL that fits " + rule.pattern.expression();
    }
    std::string operator()(const WildcardUri& rule) const { return "every URL like " + rule.pattern; }
    std::string operator()(const WildcardPath& rule) const { return "every path like " + rule.pattern; }
    std::string operator()(const ComponentRules& rule) const {
        std::string out;
        for (const auto& each : rule.components) {
            for (const TextRule& text : each.rules)
                out += fmt::format("{} {} {}", out.empty() ? "every URL whose" : " and whose",
                                   name_of(each.component), describe(text));
        }
        return out.empty() ? "every URL" : out;
    }
};

}  // namespace

bool matches(const TextRule& rule, std::string_view text) {
    switch (rule.kind) {
        case TextRule::Kind::exact: return text == rule.text;
        case TextRule::Kind::prefix: return text.starts_with(rule.text);
        case TextRule::Kind::suffix: return text.ends_with(rule.text);
        case TextRule::Kind::contains: return text.find(rule.text) != std::string_view::npos;
        case TextRule::Kind::regex: return rule.pattern && rule.pattern->matches(text);
        case TextRule::Kind::sha256: return is_digest(EVP_sha256(), text, rule.text);
        case TextRule::Kind::sha512_256: return is_digest(EVP_sha512_256(), text, rule.text);
    }
    return false;
}

const std::string& UriView::whole() {
    if (!whole_.empty()) return whole_;
    if (is_normal_already(facts_)) {
        whole_ = facts_.uri();
    } else {
        whole_ = normal_uri(facts_.scheme, facts_.host, facts_.raw_path, facts_.query);
    }
    return whole_;
}

bool matches(const UriRule& rule, UriView& uri) {
    return !uri.whole().empty() && std::visit(Matcher{uri}, rule);
}

bool matches_wildcard(std::string_view pattern, std::string_view text) {
    if (std::count_if(pattern.begin(), pattern.end(), [](char c) { return c == '*' || c == '?'; }) >
        most_wildcards)
        return false;
    const auto pieces = split(pattern, '*');
    if (pieces.size() == 1) return pattern.size() == text.size() && fits(pattern, text);
    if (!fits(pieces.front(), text)) return false;
    text.remove_prefix(pieces.front().size());
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
        const auto at = find_piece(text, pieces[i]);
        if (at == std::string_view::npos) return false;
        text.remove_prefix(at + pieces[i].size());
    }
    const std::string_view last = pieces.back();
    return last.size() <= text.size() && fits(last, text.substr(text.size() - last.size()));
}

std::string describe(const UriRule& rule) { return std::visit(Describer{}, rule); }

}  // namespace outpost::auth
