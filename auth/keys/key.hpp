// One key and what it is for. A key has exactly one algorithm, and a token that names another is refused, so
// no public key is ever taken for a secret (RFC 8725 section 3.1). Thread rule: immutable; use from any
// thread at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/facts.hpp"
#include "auth/keys/secret.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace outpost::auth {

enum class Algorithm {
    hs256,        // HMAC with SHA-256
    es256,        // ECDSA on P-256 with SHA-256; signatures are r and s, 32 bytes each
    eddsa,        // Ed25519
    rs256,        // RSASSA-PKCS1-v1_5 with SHA-256
    ps256,        // RSASSA-PSS with SHA-256
    edge_auth,    // Akamai EdgeAuth: HMAC with SHA-256
    cloudfront,   // CloudFront: RSASSA-PKCS1-v1_5 with SHA-1
    secure_link,  // nginx secure_link: MD5 over a text that holds the secret
};
// "HS256", "ES256", "EdDSA", "RS256", "PS256" as in JOSE; ours: "EdgeAuth", "CloudFront", "SecureLink".
std::string_view to_text(Algorithm algorithm);
std::optional<Algorithm> parse_algorithm(std::string_view text);
// Of HS256, EdgeAuth and SecureLink the key is a secret; of the others a pair.
bool is_symmetric(Algorithm algorithm);

struct KeyFacts {
    std::string id;  // kid
    Algorithm algorithm = Algorithm::hs256;
    std::string issuer;  // iss that its tokens must have; "": they must have none
    std::optional<WallTime> not_before, not_after;
    std::string expression;  // of secure_link: "{expires}{uri} {secret}"; also {address}

    bool operator==(const KeyFacts&) const = default;
};

class Key {
  public:
    // Problems (without `where`): a secret shorter than 32 bytes (16 for edge_auth and secure_link), RSA
    // below 2048 bits, a curve that is not the algorithm's. Without an id a key gets its thumbprint (RFC
    // 7638), without an expression a secure_link key the usual one.
    static Outcome<Key> from_secret(KeyFacts facts, Secret secret);
    static Outcome<Key> from_pem(KeyFacts facts, std::string_view pem);  // public, private or a certificate
    static Outcome<Key> generate(KeyFacts facts);

    Key(Key&&) noexcept;
    Key& operator=(Key&&) noexcept;
    ~Key();

    [[nodiscard]] const std::string& id() const { return facts_.id; }
    [[nodiscard]] Algorithm algorithm() const { return facts_.algorithm; }
    [[nodiscard]] const KeyFacts& facts() const { return facts_; }
    [[nodiscard]] bool can_sign() const;
    // Tells keys apart, whatever their id: the SHA-256 of the public key, or of a secret with its algorithm.
    [[nodiscard]] const Sha256& fingerprint() const { return fingerprint_; }

    // Constant time where there is a secret. Signatures are raw bytes, as in JWS (RFC 7518 section 3). Of
    // secure_link they are the MD5 of `data`, which must hold the secret.
    [[nodiscard]] bool verify(std::string_view data, std::string_view signature) const;
    // Nothing when it can't sign, or OpenSSL fails.
    [[nodiscard]] std::optional<std::string> sign(std::string_view data) const;
    // Of symmetric keys; for formats that hash the secret into their text.
    [[nodiscard]] std::string_view secret() const { return secret_.bytes(); }

    // What OpenSSL holds: for those who read and write keys (parts.hpp).
    struct Parts;
    [[nodiscard]] const Parts* parts() const { return parts_.get(); }
    Key(KeyFacts facts, Secret secret, std::unique_ptr<Parts> parts);

  private:
    KeyFacts facts_;
    Secret secret_;
    std::unique_ptr<Parts> parts_;
    Sha256 fingerprint_{};
};

}  // namespace outpost::auth
