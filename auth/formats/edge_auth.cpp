// Akamai EdgeAuth 2.0: fields joined by '~', of which the last is an HMAC over the others. A token without an
// ACL is for one URL that the HMAC covers and the token doesn't show. A salt would be covered in the same
// way; keys here have none, so such tokens don't verify.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "auth/formats/vendor.hpp"
#include "auth/numeric_date.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"

namespace outpost::auth {
namespace {

constexpr std::string_view hmac_name = "~hmac=";
constexpr std::size_t hmac_bytes = 32;

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

// As Akamai's libraries do it when told to escape early: all but a few, in lower case.
std::string escape_early(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_alphanumeric(c) || std::string_view{"-_.!()"}.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

// A URL as its signer may have written it, and what then is the token's.
struct Spelling {
    std::string url;
    bool with_query;
};

// As sent; as the file is called, which may not look like another URL; escaped early. With the query and
// without.
std::vector<Spelling> spellings(const RequestFacts& facts) {
    std::vector<Spelling> out{{std::string{facts.raw_path}, false}};
    const bool plain = facts.path.find_first_of("?#%~") == std::string_view::npos;
    if (plain && facts.path != facts.raw_path) out.push_back({std::string{facts.path}, false});
    if (!facts.query.empty()) {
        for (std::size_t i = 0, bare = out.size(); i < bare; ++i)
            out.push_back({fmt::format("{}?{}", out[i].url, facts.query), true});
    }
    for (std::size_t i = 0, late = out.size(); i < late; ++i)
        out.push_back({escape_early(out[i].url), out[i].with_query});
    return out;
}

struct Signed {
    std::shared_ptr<const Key> key;
    std::optional<UriRule> url;
};

Verdict<Signed> find_signer(std::string_view text, bool has_acl, std::string_view hmac,
                            const Expected& expected) {
    if (has_acl) {
        auto key = verify_with(expected.keys, {}, Algorithm::edge_auth, text, hmac);
        if (!key) return key.error();
        return Signed{std::move(*key), std::nullopt};
    }
    for (const Spelling& spelling : spellings(expected.facts)) {
        const std::string whole = fmt::format("{}~url={}", text, spelling.url);
        auto key = verify_with(expected.keys, {}, Algorithm::edge_auth, whole, hmac);
        if (key) return Signed{std::move(*key), path_rule(expected.facts, spelling.with_query)};
        if (key.error().reason != Reason::signature) return key.error();
    }
    return Refusal{Reason::signature, "or it is for another URL"};
}

// An ACL that was escaped early shows it by its first character, which otherwise is a slash or a star.
std::optional<std::string> unescaped(std::string_view acl) {
    if (!acl.starts_with('%')) return std::string{acl};
    std::string out;
    for (std::size_t i = 0; i < acl.size(); ++i) {
        if (acl[i] != '%') {
            out += acl[i];
            continue;
        }
        const auto byte = decode_hex(acl.substr(i + 1, 2));
        if (!byte || byte->size() != 1) return std::nullopt;
        out += byte->front() == '%' ? "%25" : *byte;
        i += 2;
    }
    return out;
}

bool read_acl(std::string_view text, Claims& claims) {
    const auto acl = unescaped(text);
    if (!acl) return false;
    for (const std::string_view each : split(*acl, '!')) {
        if (each.empty() || each.size() > most_text || claims.uris.size() == most_uri_rules) return false;
        claims.uris.push_back(WildcardPath{std::string{each}});
    }
    return true;
}

bool read_field(const VendorField& field, Claims& claims) {
    const auto [name, value] = field;
    if (value.empty() || (name != "acl" && value.size() > most_text)) return false;
    if (name == "exp") return (claims.expires = read_seconds(value)).has_value();
    if (name == "st") return (claims.not_before = read_seconds(value)).has_value();
    if (name == "acl") return read_acl(value, claims);
    if (name == "id") claims.id = value;
    if (name == "data") claims.others.push_back({"data", {std::string{value}}});
    if (name != "ip") return true;
    const auto address = parse_ip_address(decode_path(value).value_or(""));
    if (address) claims.networks.push_back(host_network(*address));
    return address.has_value();
}

// Such as can stand in a URL and a cookie and doesn't end its field.
bool is_plain(std::string_view text, std::string_view more = {}) {
    const auto fits = [&](char c) {
        return is_alphanumeric(c) || std::string_view{"-_.:@/,$()"}.find(c) != std::string_view::npos ||
               more.find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= most_text && std::all_of(text.begin(), text.end(), fits);
}

Problem unplain(std::string_view what) {
    return {"", fmt::format("the {} holds characters that an edge-auth token can't", what),
            "take letters, digits and - _ . : @ / ,"};
}

// What the token shows of its URLs ("" for one that it doesn't show), and what else is signed.
struct Urls {
    std::string shown, hidden;
};

Outcome<Urls> write_urls(const Claims& claims, std::string_view uri) {
    if (claims.uris.empty() && !uri.empty()) {
        const auto target = target_of(uri);
        if (!target) return Problem{"", "the URL can't be read", "write it from its scheme or its path on"};
        const std::string_view mark = target->query.empty() ? "" : "?";
        return Urls{"", fmt::format("~url={}{}{}", target->path, mark, target->query)};
    }
    std::string acl;
    for (const UriRule& rule : claims.uris) {
        const auto* path = std::get_if<WildcardPath>(&rule);
        if (path == nullptr) return no_word(Algorithm::edge_auth, describe(rule));
        if (!is_plain(path->pattern, "*?+=%")) return unplain("path");
        if (path->pattern.front() == '%') return unplain("path's beginning");
        acl += (acl.empty() ? "" : "!") + path->pattern;
    }
    return Urls{fmt::format("~acl={}", acl.empty() ? "/*" : acl), ""};
}

Outcome<std::string> write_others(const Claims& claims) {
    std::string out;
    if (!claims.id.empty()) out += "~id=" + claims.id;
    if (!claims.id.empty() && !is_plain(claims.id)) return unplain("id");
    if (claims.others.empty()) return out;
    const Claim& data = claims.others.front();
    if (claims.others.size() != 1 || data.name != "data" || data.values.size() != 1)
        return no_word(Algorithm::edge_auth, "claims other than one \"data\"");
    if (!is_plain(data.values.front(), "=")) return unplain("data");
    return out + "~data=" + data.values.front();
}

}  // namespace

Verdict<Claims> verify_edge_auth(std::string_view token, const Expected& expected) {
    if (token.size() > expected.most_bytes) return Refusal{Reason::too_large};
    const auto at = token.rfind(hmac_name);
    if (at == std::string_view::npos) return Refusal{Reason::malformed, "no hmac at its end"};
    const std::string_view text = token.substr(0, at);
    const std::string_view digits = token.substr(at + hmac_name.size());
    const auto hmac = decode_hex(digits);
    // In small letters, as everybody writes it: a token has one spelling.
    if (!hmac || hmac->size() != hmac_bytes || encode_hex(*hmac) != digits)
        return Refusal{Reason::malformed, "its hmac is no SHA-256"};
    const auto fields = read_fields(text, '~');
    if (!fields || find_field(*fields, "hmac")) return Refusal{Reason::malformed, "its fields"};
    if (!has_only(*fields, {"ip", "st", "exp", "acl", "id", "data"}))
        return Refusal{Reason::unsupported, "a field that is not known"};
    auto signer = find_signer(text, find_field(*fields, "acl").has_value(), *hmac, expected);
    if (!signer) return signer.error();
    Claims claims;
    claims.format = Format::edge_auth;
    claims.key = std::move(signer->key);
    if (signer->url) claims.uris.push_back(std::move(*signer->url));
    for (const VendorField& field : *fields) {
        if (!read_field(field, claims)) return Refusal{Reason::malformed, std::string{field.name}};
    }
    if (!claims.expires) return Refusal{Reason::malformed, "it has no exp"};
    return claims;
}

Outcome<std::string> mint_edge_auth(const Claims& claims, const Key& key, std::string_view uri) {
    if (auto problem = check_words(claims, key, Algorithm::edge_auth)) return *problem;
    const auto urls = write_urls(claims, uri);
    if (!urls) return urls.error();
    const auto others = write_others(claims);
    if (!others) return others.error();
    std::string token;
    if (!claims.networks.empty()) {
        const auto address = one_address(claims);
        if (!address) return no_word(Algorithm::edge_auth, "more than one address");
        token += fmt::format("ip={}~", *address);
    }
    if (claims.not_before)
        token += fmt::format("st={}~", to_numeric_date(*claims.not_before + Milliseconds{999}));
    token += fmt::format("exp={}{}{}", to_numeric_date(*claims.expires), urls->shown, *others);
    const auto hmac = key.sign(token + urls->hidden);
    if (!hmac) return Problem{"", "the key can't sign", ""};
    return token.append(hmac_name).append(encode_hex(*hmac));
}

}  // namespace outpost::auth
