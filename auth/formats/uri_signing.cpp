// URI Signing (RFC 9246): a JWT whose signature comes first, then its claims, then whom they are from and
// for.
#include <algorithm>

#include <xxhash.h>

#include "auth/formats/format.hpp"
#include "auth/formats/jws.hpp"
#include "auth/formats/uri_signing_claims.hpp"

namespace outpost::auth {
namespace {

bool is_for(const std::vector<std::string>& audience, std::span<const std::string> ours) {
    return audience.empty() || std::any_of(audience.begin(), audience.end(), [&](const std::string& each) {
               return std::find(ours.begin(), ours.end(), each) != ours.end();
           });
}

}  // namespace

Verdict<Claims> verify_uri_signing(std::string_view token, const Expected& expected) {
    if (token.size() > expected.most_bytes) return Refusal{Reason::too_large};
    auto verified = jws::verify(token, expected.keys);
    if (!verified) return verified.error();
    auto claims = uri_signing::read(verified->payload);
    if (!claims) return claims;
    if (claims->issuer != verified->key->facts().issuer) return Refusal{Reason::issuer};
    if (!is_for(claims->audience, expected.audience)) return Refusal{Reason::audience};
    claims->key = std::move(verified->key);
    // Of an ECDSA signature there is a twin.
    claims->identity = XXH3_64bits(token.data(), token.rfind('.'));
    return claims;
}

Outcome<std::string> mint_uri_signing(const Claims& claims, const Key& key) {
    Claims said = claims;
    if (said.issuer.empty()) said.issuer = key.facts().issuer;
    if (said.issuer != key.facts().issuer)
        return Problem{"", "its issuer is not the key's", "leave it to the key"};
    const auto payload = uri_signing::write(said);
    if (!payload) return payload.error();
    // What would not be taken is not given out: texts that are no UTF-8, too long or too many.
    const auto again = uri_signing::read(*payload);
    if (!again) return Problem{"", "nobody would take such a token: " + again.error().line(), ""};
    auto token = jws::sign(*payload, key);
    if (!token)
        return Problem{"", "the key can't sign a JWT",
                       "take a private key for HS256, ES256, EdDSA, RS256 or PS256"};
    return std::move(*token);
}

}  // namespace outpost::auth
