// COSE messages with one signature or one MAC (RFC 9052), as CBOR Web Tokens are wrapped in (RFC 8392).
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/keys/key.hpp"
#include "auth/refusal.hpp"

namespace outpost::auth::cose {

// COSE_Mac0 for HS256, COSE_Sign1 for the others. Nothing for algorithms that COSE has no number for here.
std::optional<std::int64_t> number_of(Algorithm algorithm);

struct Message {
    Algorithm algorithm = Algorithm::hs256;
    std::string key_id;            // kid; empty: none
    std::string protected_header;  // its bytes, as they came: they are signed
    std::string payload;
    std::string signature;  // or the MAC

    // Sig_structure (section 4.4) or MAC_structure (section 6.3), with no external data.
    [[nodiscard]] std::string to_be_signed() const;
};

// With the tags of CWT (61) and of the message (17, 18), with the latter alone, or with none: then the
// algorithm says which of the two it is. The algorithm counts only where it is protected, and nothing but the
// kid may stand where it is not. Refusals: malformed; algorithm when it is not one of ours or not of this
// kind of message; unsupported for critical or unprotected parameters and for payloads that travel elsewhere.
// Nothing is verified.
//
// A message can still be spelled in several ways: without tags, without its kid, and an
// ECDSA signature has a twin. What tells tokens apart must go by what is signed (Claims::identity).
Verdict<Message> read(std::string_view bytes);

// A protected header that names the algorithm and nothing else.
std::string protect(Algorithm algorithm);

// With both tags; the kid goes unprotected, where most look for it. The algorithm must have a number.
std::string write(const Message& message);

}  // namespace outpost::auth::cose
