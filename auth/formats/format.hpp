// From a token's text to Claims and back, whatever the format. Verifying says that the token is genuine and
// understood whole; whether it allows a request is check() (claims.hpp). Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "auth/claims.hpp"
#include "auth/keys/ring.hpp"

namespace outpost::auth {

struct Expected {
    const KeyRing& keys;
    const RequestFacts& facts;              // formats that sign the URL need it
    std::span<const std::string> audience;  // of which a token that has one must name one
    std::size_t most_bytes = 4096;
};

// `token` is what placement.hpp found: for cloudfront and secure_link their parameters as a query.
Verdict<Claims> verify(Format format, std::string_view token, const Expected& expected);

// A token that says what `claims` say, signed with `key`. A Problem when the format has no word for one of
// them: a token never says less than was asked for. `uri` is for formats that sign it.
Outcome<std::string> mint(const Claims& claims, const Key& key, std::string_view uri);

// Which algorithms a format's keys may have.
bool fits(Algorithm algorithm, Format format);

// ---- each format's own (formats/<name>.cpp)

// RFC 9246 (and its JWT base, RFC 7519, 7515, 8725).
Verdict<Claims> verify_uri_signing(std::string_view token, const Expected& expected);
Outcome<std::string> mint_uri_signing(const Claims& claims, const Key& key);

// CTA-5007: COSE_Mac0 or COSE_Sign1 (RFC 9052) of a CWT (RFC 8392), in base64url.
Verdict<Claims> verify_cat(std::string_view token, const Expected& expected);
Outcome<std::string> mint_cat(const Claims& claims, const Key& key);

// Akamai EdgeAuth 2.0: exp=…~acl=…~hmac=…
Verdict<Claims> verify_edge_auth(std::string_view token, const Expected& expected);
Outcome<std::string> mint_edge_auth(const Claims& claims, const Key& key, std::string_view uri);

// Amazon CloudFront: "Expires=…&Signature=…&Key-Pair-Id=…" or "Policy=…&…".
Verdict<Claims> verify_cloudfront(std::string_view token, const Expected& expected);
Outcome<std::string> mint_cloudfront(const Claims& claims, const Key& key, std::string_view uri);

// nginx secure_link: "md5=…&expires=…". Legacy: MD5, and no protection of anything but URL and time.
Verdict<Claims> verify_secure_link(std::string_view token, const Expected& expected);
Outcome<std::string> mint_secure_link(const Claims& claims, const Key& key, std::string_view uri);

}  // namespace outpost::auth
