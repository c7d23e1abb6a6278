// The claims of a Common Access Token: between Claims and the map that a token carries (CTA-5007, RFC 8392).
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "auth/claims.hpp"
#include "auth/formats/cbor.hpp"
#include "base/result.hpp"

namespace outpost::auth::cat {

// IANA's registry of CWT claims. The ones that are not here are not understood, and a token that has one is
// refused.
enum Label : std::int64_t {
    iss = 1,
    sub = 2,
    aud = 3,
    exp = 4,
    nbf = 5,
    iat = 6,
    cti = 7,
    catreplay = 308,
    catv = 310,
    catnip = 311,
    catu = 312,
    catm = 313,
    catalpn = 314,
    cath = 315,
    cattpk = 319,
    catr = 323,
};
inline constexpr std::int64_t version = 1;  // catv

// Tags of addresses and prefixes (RFC 9164).
inline constexpr std::uint64_t ipv4_tag = 52, ipv6_tag = 54;

// Parts of catr.
enum RenewalPart : std::int64_t {
    renewal_type = 0,
    expadd = 1,
    deadline = 2,
    cookie_name = 3,
    header_name = 4,
    cookie_params = 5,
    header_params = 6,
    redirect_code = 7,
};
enum RenewalType : std::int64_t { automatic = 0, by_cookie = 1, by_header = 2, by_redirect = 3 };

// Everything but `format` and `key`. A list that is there but empty would allow nobody; it is malformed, so
// that it is never taken for "any".
Verdict<Claims> read_claims(const cbor::Value& payload);

// All that `claims` say, or a Problem with what has no word in a CAT. What it writes, read_claims() reads.
Outcome<cbor::Value> write_claims(const Claims& claims);

// What may be the name of a header field or a cookie (RFC 9110 section 5.6.2).
bool is_token(std::string_view text);

// ---- match maps of catu and cath

// All of which must fit. Regular expressions of CATs are searched for, as those who write them test them
// (ECMAScript's test()), while a Pattern must fit the whole: they are wrapped, and TextRule::text keeps what
// the token says.
Verdict<std::vector<TextRule>> read_matches(const cbor::Value& map);
Verdict<ComponentRules> read_catu(const cbor::Value& map);
Verdict<std::vector<FieldRule>> read_cath(const cbor::Value& map);

Outcome<cbor::Value> write_catu(const ComponentRules& rules);
Outcome<cbor::Value> write_cath(const std::vector<FieldRule>& fields);

}  // namespace outpost::auth::cat
