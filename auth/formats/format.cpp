#include "auth/formats/format.hpp"

#include <fmt/format.h>

#include "auth/formats/jws.hpp"

namespace outpost::auth {

bool fits(Algorithm algorithm, Format format) {
    switch (format) {
        case Format::uri_signing: return jws::has(algorithm);
        case Format::cat:
            return jws::has(algorithm) && algorithm != Algorithm::rs256;  // RFC 8812: not for COSE
        case Format::edge_auth: return algorithm == Algorithm::edge_auth;
        case Format::cloudfront: return algorithm == Algorithm::cloudfront;
        case Format::secure_link: return algorithm == Algorithm::secure_link;
    }
    return false;
}

Verdict<Claims> verify(Format format, std::string_view token, const Expected& expected) {
    if (token.empty()) return Refusal{Reason::missing};
    if (token.size() > expected.most_bytes) return Refusal{Reason::too_large};
    switch (format) {
        case Format::uri_signing: return verify_uri_signing(token, expected);
        case Format::cat: return verify_cat(token, expected);
        case Format::edge_auth: return verify_edge_auth(token, expected);
        case Format::cloudfront: return verify_cloudfront(token, expected);
        case Format::secure_link: return verify_secure_link(token, expected);
    }
    return Refusal{Reason::format};
}

Outcome<std::string> mint(const Claims& claims, const Key& key, std::string_view uri) {
    if (!key.can_sign())
        return Problem{"", "the key is a public one, which can't sign", "take the private key"};
    if (!fits(key.algorithm(), claims.format)) {
        return Problem{
            "",
            fmt::format("no {} token is signed with {}", to_text(claims.format), to_text(key.algorithm())),
            "take a key for one of the format's algorithms"};
    }
    switch (claims.format) {
        case Format::uri_signing: return mint_uri_signing(claims, key);
        case Format::cat: return mint_cat(claims, key);
        case Format::edge_auth: return mint_edge_auth(claims, key, uri);
        case Format::cloudfront: return mint_cloudfront(claims, key, uri);
        case Format::secure_link: return mint_secure_link(claims, key, uri);
    }
    return Problem{"", "there is no such format", ""};
}

}  // namespace outpost::auth
