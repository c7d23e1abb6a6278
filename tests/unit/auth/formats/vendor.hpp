// What the tests of the three vendors' formats share: a request, keys, and what became of a token.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "auth/formats/format.hpp"
#include "auth/numeric_date.hpp"

namespace outpost::auth::vendor {

// A request as it comes: the path as sent, and as the server decoded it.
struct Asked {
    std::string_view raw = "/vod/film/index.m3u8";
    std::string_view path = "/vod/film/index.m3u8";
    std::string_view query = {};
    std::string_view host = "edge.example";
    std::string_view client = "192.0.2.7";
    std::string_view scheme = "https";
};

inline RequestFacts facts_of(const Asked& asked) {
    RequestFacts facts;
    facts.method = "GET";
    facts.scheme = asked.scheme;
    facts.host = asked.host;
    facts.raw_path = asked.raw;
    facts.path = asked.path;
    facts.query = asked.query;
    facts.client = asked.client;
    facts.now = WallTime{std::chrono::seconds{1750000000}};
    return facts;
}

inline std::shared_ptr<const Key> secret_key(Algorithm algorithm, std::string secret,
                                             std::string expression = {}) {
    KeyFacts facts;
    facts.id = "test";
    facts.algorithm = algorithm;
    facts.expression = std::move(expression);
    auto key = Key::from_secret(std::move(facts), Secret{std::move(secret)});
    REQUIRE_MESSAGE(key.has_value(), (key ? "" : key.error().line()));
    return std::make_shared<const Key>(std::move(*key));
}

using Verify = Verdict<Claims> (*)(std::string_view token, const Expected& expected);

struct Verifier {
    Verify verify;
    KeyRing ring;

    [[nodiscard]] Verdict<Claims> claims(std::string_view token, const Asked& asked = {}) const {
        const RequestFacts facts = facts_of(asked);
        return verify(token, Expected{ring, facts, {}});
    }
    // "ok", or why not.
    [[nodiscard]] std::string outcome(std::string_view token, const Asked& asked = {}) const {
        const auto got = claims(token, asked);
        return got ? "ok" : std::string{to_text(got.error().reason)};
    }
};

// Whether one of the claims' rules is for the request: as check() does it for a token that is remembered.
inline bool is_for(const Claims& claims, const Asked& asked) {
    const RequestFacts facts = facts_of(asked);
    UriView view{facts};
    for (const UriRule& rule : claims.uris) {
        if (matches(rule, view)) return true;
    }
    return claims.uris.empty();
}

// Every byte of a good token changed, one at a time, and every shortening of it: none may pass.
inline void check_every_change(const Verifier& verifier, std::string_view token, const Asked& asked = {}) {
    REQUIRE(verifier.outcome(token, asked) == "ok");
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string changed{token};
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CAPTURE(changed);
        CHECK(verifier.outcome(changed, asked) != "ok");
        CHECK(verifier.outcome(token.substr(0, i), asked) != "ok");
    }
    CHECK(verifier.outcome(std::string{token} + "0", asked) != "ok");
    CHECK(verifier.outcome(std::string{token} + std::string(1, '\0'), asked) != "ok");
}

inline Claims until(std::int64_t seconds, std::vector<UriRule> uris = {}) {
    Claims claims;
    claims.expires = from_numeric_date(seconds);
    claims.uris = std::move(uris);
    return claims;
}

inline std::string line_of(const Outcome<std::string>& minted) {
    return minted ? "minted" : minted.error().line();
}

}  // namespace outpost::auth::vendor
