// The claims of URI Signing (RFC 9246) as JSON, and back. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "auth/claims.hpp"

namespace outpost::auth::uri_signing {

// From the payload of a token whose signature was found good: the regular expression in it is compiled here.
// Issuer and audience are read, not judged; the key is not set. cdniuc must be there. A sub must be encrypted
// by the letter of RFC 9246 (section 2.1.2); what is encrypted can't be read here, so that is unsupported and
// a plain one is taken. Whole numbers of max_height and max_bandwidth are the Cap; a cnf is a certificate's
// digest (RFC 8705 section 3.1) or unsupported; so is every claim in cdni… and in cdnicrit that isn't known.
Verdict<Claims> read(std::string_view payload);

// A Problem for what has no word. "Any URI" is the regular expression ".*", a URI with wildcards one too, an
// exact one its hash. Parts of seconds are cut off so that a token never lives longer than was asked for.
Outcome<std::string> write(const Claims& claims);

}  // namespace outpost::auth::uri_signing
