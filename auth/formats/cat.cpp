// Common Access Tokens: wrapping and unwrapping; what stands in them is cat_claims.hpp's.
#include <algorithm>

#include <xxhash.h>

#include "auth/formats/cat_claims.hpp"
#include "auth/formats/cose.hpp"
#include "auth/formats/format.hpp"
#include "base/base64.hpp"

namespace outpost::auth {
namespace {

std::optional<Refusal> check_parties(const Claims& claims, const Key& key, const Expected& expected) {
    if (claims.issuer != key.facts().issuer) return Refusal{Reason::issuer};
    const auto ours = [&](const std::string& name) {
        return std::find(expected.audience.begin(), expected.audience.end(), name) != expected.audience.end();
    };
    if (claims.audience.empty() || std::any_of(claims.audience.begin(), claims.audience.end(), ours)) {
        return std::nullopt;
    }
    return Refusal{Reason::audience};
}

}  // namespace

Verdict<Claims> verify_cat(std::string_view token, const Expected& expected) {
    if (token.size() > expected.most_bytes) return Refusal{Reason::too_large};
    const auto bytes = decode_base64url(token);
    if (!bytes) return Refusal{Reason::malformed, "no base64url"};
    const Verdict<cose::Message> message = cose::read(*bytes);
    if (!message) return message.error();
    const std::string text = message->to_be_signed();
    auto key = verify_with(expected.keys, message->key_id, message->algorithm, text, message->signature);
    if (!key) return key.error();
    const Verdict<cbor::Value> payload = cbor::read(message->payload);
    if (!payload) return payload.error();
    Verdict<Claims> claims = cat::read_claims(*payload);
    if (!claims) return claims;
    claims->key = std::move(*key);
    claims->identity = XXH3_64bits(text.data(), text.size());
    if (const auto refusal = check_parties(*claims, *claims->key, expected)) return *refusal;
    return claims;
}

Outcome<std::string> mint_cat(const Claims& claims, const Key& key) {
    if (!cose::number_of(key.algorithm())) {
        return Problem{"", "a CAT can't be signed with a key for " + std::string{to_text(key.algorithm())},
                       "use HS256, ES256, EdDSA or PS256"};
    }
    Claims said = claims;
    if (said.issuer.empty()) said.issuer = key.facts().issuer;
    if (said.issuer != key.facts().issuer) {
        return Problem{"", "its issuer is not the key's", "leave it to the key"};
    }
    const Outcome<cbor::Value> payload = cat::write_claims(said);
    if (!payload) return payload.error();
    cose::Message message{
        key.algorithm(), key.id(), cose::protect(key.algorithm()), cbor::write(*payload), {}};
    auto signature = key.sign(message.to_be_signed());
    if (!signature) return Problem{"", "the key can't sign", "use the private key"};
    message.signature = std::move(*signature);
    return encode_base64url(cose::write(message));
}

}  // namespace outpost::auth
