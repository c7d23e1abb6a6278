// Tokens with any header and payload, for tests of what must not be taken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "auth/keys/jwk.hpp"
#include "auth/keys/ring.hpp"
#include "base/base64.hpp"

namespace outpost::auth {

inline KeyRing ring_of(const std::vector<std::string_view>& jwks) {
    std::vector<std::shared_ptr<const Key>> keys;
    for (const std::string_view jwk : jwks) {
        auto set = read_jwk_set(jwk, "test");
        REQUIRE(set.has_value());
        keys.insert(keys.end(), set->keys.begin(), set->keys.end());
    }
    return KeyRing{std::move(keys)};
}

inline std::string signed_with(const Key& key, std::string_view header, std::string_view payload) {
    const std::string text = encode_base64url(header) + "." + encode_base64url(payload);
    return text + "." + encode_base64url(key.sign(text).value());
}

}  // namespace outpost::auth
