// JSON Web Signatures in their compact form (RFC 7515), as strictly as RFC 8725 wants them: the header only
// ever chooses among the keys of the ring, and what it demands beyond that is refused. Thread rule: pure
// functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/keys/ring.hpp"

namespace outpost::auth::jws {

struct Verified {
    std::shared_ptr<const Key> key;
    std::string payload;
};

// Three parts of base64url without padding. The header is an object with alg, and perhaps kid and typ (JWT);
// crit, b64, zip, cty and whatever brings a key along (jku, jwk, x5u, x5c) are unsupported, other members
// have no meaning. Five parts, which would be an encrypted token, are unsupported too.
Verdict<Verified> verify(std::string_view token, const KeyRing& keys);

// {"alg": …, "kid": …, "typ": "JWT"} and the payload, signed. Nothing when the key can't sign.
std::optional<std::string> sign(std::string_view payload, const Key& key);

// The algorithms that JOSE has a name for; those of other formats sign no JWS.
bool has(Algorithm algorithm);

}  // namespace outpost::auth::jws
