// Keys as JSON (RFC 7517, 7518, 8037): one JWK, or a set {"keys": […]}. Beside the standard members (kty,
// kid, alg, use, key_ops, k, n, e, d and its relatives, crv, x, y) ours: "nbf" and "exp" (seconds) say when
// the key is valid, "iss" whose tokens it signs, "expression" what a SecureLink key hashes. Everything that
// is parsed is wiped; `json` itself is its owner's. Thread rule: pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/keys/key.hpp"

namespace outpost::auth {

struct JwkSet {
    std::vector<std::shared_ptr<const Key>> keys;
    std::vector<std::string>
        skipped;  // keys that are not for us (use: enc, other curves and algorithms): why
};

inline constexpr std::size_t most_jwk_bytes = 256 << 10;
inline constexpr std::size_t most_jwk_keys = 256;

// `where` names the file or URL in Problems. With an `issuer`, all are keys of that one, whatever they say. A
// key without "alg" has the one that its type implies: ES256, EdDSA, RS256; a secret must say. A kid that is
// missing is the key's thumbprint (RFC 7638). Two keys with one kid and one algorithm, duplicate members and
// weak keys make the whole set a Problem, so that a mistake is seen; the ring in use stays.
Outcome<JwkSet> read_jwk_set(std::string_view json, std::string_view where, std::string_view issuer = {});

// A JWK on one line; private members only when asked for. "" when only the public part of a secret is.
enum class KeyPart { whole, only_public };
std::string write_jwk(const Key& key, KeyPart part);

}  // namespace outpost::auth
