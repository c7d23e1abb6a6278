#include <algorithm>
#include <array>

#include <boost/json/serialize.hpp>
#include <openssl/evp.h>

#include "auth/formats/uri_signing_claims.hpp"
#include "auth/numeric_date.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"

namespace outpost::auth::uri_signing {
namespace {

namespace json = boost::json;

Problem no_word(std::string_view thing) {
    return {"", "URI Signing has no word for " + std::string{thing}, "leave it out or take another format"};
}

json::string json_text(std::string_view text) { return json::string{text.data(), text.size()}; }

std::string_view bytes_of(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void put_text(json::object& out, std::string_view name, std::string_view text) {
    if (!text.empty()) out[name] = json_text(text);
}

void put_texts(json::object& out, std::string_view name, const std::vector<std::string>& texts) {
    if (texts.size() == 1) return put_text(out, name, texts.front());
    json::array list;
    for (const std::string& text : texts) list.push_back(json_text(text));
    if (!list.empty()) out[name] = std::move(list);
}

// A pattern for what a wildcard fits. It is compared with normalised URIs, so it is made of a normal text.
std::string expression_of(std::string_view wildcard) {
    constexpr std::string_view special = "\\.[]()+^$|{}";
    const auto scheme = wildcard.find("://");
    const auto slash =
        scheme == std::string_view::npos ? 0 : std::min(wildcard.find('/', scheme + 3), wildcard.size());
    std::string out;
    for (const char c : ascii_lower(wildcard.substr(0, slash)) + normalise_escapes(wildcard.substr(slash))) {
        if (c == '*' || c == '?') {
            out += c == '*' ? ".*" : ".";
            continue;
        }
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

// Of the URI as rules see it (RFC 9246 section 3.3); "" when it is none.
std::string hash_of(std::string_view text) {
    auto uri = parse_uri(text);
    if (!uri) return {};
    if (uri->query && uri->query->empty()) uri->query.reset();
    const std::string normal = to_text(*uri);
    Sha256 digest{};
    if (EVP_Digest(normal.data(), normal.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        return {};
    return "hash:sha-256;" + encode_base64url(bytes_of(digest));
}

struct ContainerOf {
    std::string operator()(const HashedUri& rule) const {
        return "hash:sha-256;" + encode_base64url(bytes_of(rule.digest));
    }
    std::string operator()(const PatternUri& rule) const { return "regex:" + rule.pattern.expression(); }
    std::string operator()(const WildcardUri& rule) const { return "regex:" + expression_of(rule.pattern); }
    std::string operator()(const ExactUri& rule) const { return hash_of(rule.uri); }
    std::string operator()(const WildcardPath&) const { return {}; }
    std::string operator()(const ComponentRules&) const { return {}; }
};

std::optional<Problem> put_uris(json::object& out, const Claims& claims) {
    if (claims.uris.size() > 1) return no_word("several URIs");
    const std::string container =
        claims.uris.empty() ? "regex:.*" : std::visit(ContainerOf{}, claims.uris.front());
    if (container.empty()) return no_word("this kind of URI");
    out["cdniuc"] = json_text(container);
    return std::nullopt;
}

// What a token expires at may come earlier than was asked for by a part of a second, never later.
void put_times(json::object& out, const Claims& claims) {
    if (claims.expires) out["exp"] = to_numeric_date(*claims.expires);
    if (claims.not_before) out["nbf"] = to_numeric_date(std::chrono::ceil<Seconds>(*claims.not_before));
    if (claims.issued) out["iat"] = to_numeric_date(*claims.issued);
}

std::optional<Problem> put_renewal(json::object& out, const Renewal& renewal) {
    if (renewal.by == Renewal::By::none) return std::nullopt;
    if (renewal.by == Renewal::By::header) return no_word("renewal by a header");
    if (renewal.deadline != Seconds{0}) return no_word("when a token is renewed");
    if (!renewal.name.empty()) return no_word("another cookie's name");
    if (renewal.lifetime <= Seconds{0}) return Problem{"", "renewal needs a lifetime", "give it one"};
    out["cdnistt"] = renewal.by == Renewal::By::cookie ? 1 : 2;
    out["cdniets"] = renewal.lifetime.count();
    if (renewal.path_depth) out["cdnistd"] = *renewal.path_depth;
    return std::nullopt;
}

void put_cap(json::object& out, const Cap& cap) {
    if (cap.height != 0) out[max_height_claim] = cap.height;
    if (cap.bandwidth != BitRate{}) out[max_bandwidth_claim] = cap.bandwidth.bits_per_second();
}

std::optional<Problem> put_others(json::object& out, const std::vector<Claim>& others) {
    constexpr std::array<std::string_view, 11> taken{
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", max_height_claim, max_bandwidth_claim, ""};
    for (const Claim& claim : others) {
        const bool reserved = std::find(taken.begin(), taken.end(), claim.name) != taken.end();
        if (reserved || claim.name.starts_with("cdni") || out.contains(claim.name))
            return Problem{"", "a claim's name has a meaning already, or is there twice",
                           "take another name"};
        const auto& values = claim.values;
        if (values.empty() || std::find(values.begin(), values.end(), std::string{}) != values.end())
            return no_word("a claim without a value");
        put_texts(out, claim.name, values);
    }
    return std::nullopt;
}

std::optional<Problem> check_sayable(const Claims& claims) {
    if (!claims.methods.empty()) return no_word("methods");
    if (!claims.networks.empty()) return no_word("addresses that all can read");
    if (!claims.protocols.empty()) return no_word("protocols");
    if (!claims.fields.empty()) return no_word("header fields");
    if (claims.public_key) return no_word("a device's public key");
    if (claims.replay != Replay::allowed) return no_word("tokens that are used once");
    return std::nullopt;
}

}  // namespace

Outcome<std::string> write(const Claims& claims) {
    if (auto problem = check_sayable(claims)) return *problem;
    json::object out;
    put_text(out, "iss", claims.issuer);
    put_text(out, "sub", claims.subject);
    put_texts(out, "aud", claims.audience);
    put_times(out, claims);
    put_text(out, "jti", claims.id);
    if (auto problem = put_uris(out, claims)) return *problem;
    if (auto problem = put_renewal(out, claims.renewal)) return *problem;
    if (claims.certificate) out["cnf"] = {{"x5t#S256", encode_base64url(bytes_of(*claims.certificate))}};
    put_cap(out, claims.cap);
    if (auto problem = put_others(out, claims.others)) return *problem;
    return json::serialize(out);
}

}  // namespace outpost::auth::uri_signing
