// A revocation: tokens that are refused from now on although they are genuine and in time, as an operator
// asks for it (POST /api/v1/revocations) and as edges tell each other. Both forms are JSON, read strictly:
// whatever is not understood is refused, as half a revocation would be taken for a whole one. A value is
// never a token: it names one, or many. Thread rule: values and pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::auth {

enum class RevocationKind {
    token,    // the token with this id (jti, cti)
    subject,  // all tokens of this subject
    device,   // all tokens of this device
    key,      // all tokens signed with the key of this id
};
inline constexpr std::size_t revocation_kind_count = 4;
std::string_view to_text(RevocationKind kind);  // "token", "subject", "device", "key"

struct Revocation {
    RevocationKind kind = RevocationKind::token;
    std::string value;
    WallTime until;    // forgotten then: by that time what it is about has expired
    WallTime at;       // when it was asked, by that node's clock
    std::string id;    // tells revocations apart
    std::string node;  // the node that was asked

    bool operator==(const Revocation&) const = default;
};

inline constexpr std::size_t most_revocation_value = 1024;  // bytes
inline constexpr std::size_t most_revocation_request = 4096;
inline constexpr Seconds most_revocation_time{std::chrono::days{3660}};
// Of one payload. More revocations than one can hold make several.
inline constexpr std::size_t most_revocation_payload = 60 << 10;
inline constexpr std::size_t most_revocations_in_payload = 256;

// What an operator asks: exactly one of "token", "subject", "device" and "key", and "until" (an ISO time, or
// seconds since 1970 as tokens have them) or "for" ("7d"). `at` becomes `now`; id and node are left empty.
// The Problem names the member that is wrong.
Outcome<Revocation> parse_revocation_request(std::string_view json, WallTime now);

// What edges tell each other: one or more payloads that together hold all.
std::vector<std::string> to_payloads(std::span<const Revocation> revocations);
Outcome<std::vector<Revocation>> parse_revocations(std::string_view payload);

// Members of a JSON object, for whoever lists revocations.
std::string to_json(const Revocation& revocation);

// 32 hexadecimal digits that no other revocation has.
std::string new_revocation_id();

}  // namespace outpost::auth
