// What an edge says to learn whether all know the same revocations: how many it knows and their digest.
// JSON, read strictly. Thread rule: values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/revocations.hpp"

namespace outpost::server {

struct RevocationHello {
    std::string from;   // one run of one edge: 32 hexadecimal digits
    bool asks = false;  // whoever knows others tells them, and says hello without asking
    auth::Revocations::Digest digest;
    bool operator==(const RevocationHello&) const = default;
};

std::string to_payload(const RevocationHello& hello);
// Nothing for whatever is no hello of a version that is known here.
std::optional<RevocationHello> parse_revocation_hello(std::string_view payload);

}  // namespace outpost::server
