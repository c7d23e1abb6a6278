#include "auth/formats/format.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;

namespace {

constexpr std::array<Algorithm, 8> algorithms{
    Algorithm::hs256, Algorithm::es256,     Algorithm::eddsa,      Algorithm::rs256,
    Algorithm::ps256, Algorithm::edge_auth, Algorithm::cloudfront, Algorithm::secure_link};
constexpr std::array<Format, format_count> formats{Format::uri_signing, Format::cat, Format::edge_auth,
                                                   Format::cloudfront, Format::secure_link};

std::shared_ptr<const Key> key_of(Algorithm algorithm) {
    KeyFacts facts;
    facts.id = "k";
    facts.algorithm = algorithm;
    return std::make_shared<const Key>(Key::generate(facts).value());
}

Reason refused(Format format, std::string_view token, const KeyRing& keys = {}, std::size_t most = 4096) {
    RequestFacts facts;
    facts.scheme = "https";
    facts.host = "a.example";
    facts.raw_path = facts.path = "/x";
    const auto claims = verify(format, token, Expected{keys, facts, {}, most});
    REQUIRE_FALSE(claims.has_value());
    return claims.error().reason;
}

}  // namespace

TEST_CASE("a format takes the algorithms that it has a name for, and no other format's") {
    const auto of = [](Format format) {
        std::vector<Algorithm> out;
        for (const Algorithm algorithm : algorithms) {
            if (fits(algorithm, format)) out.push_back(algorithm);
        }
        return out;
    };
    using A = Algorithm;
    CHECK(of(Format::uri_signing) == std::vector{A::hs256, A::es256, A::eddsa, A::rs256, A::ps256});
    CHECK(of(Format::cat) == std::vector{A::hs256, A::es256, A::eddsa, A::ps256});
    CHECK(of(Format::edge_auth) == std::vector{A::edge_auth});
    CHECK(of(Format::cloudfront) == std::vector{A::cloudfront});
    CHECK(of(Format::secure_link) == std::vector{A::secure_link});
}

TEST_CASE("a format has a name of its own") {
    for (const Format format : formats) CHECK(parse_format(to_text(format)) == format);
    CHECK_FALSE(parse_format("jwt").has_value());
}

TEST_CASE("whatever the format, nothing is missing, much is too large and rubbish is neither") {
    for (const Format format : formats) {
        CAPTURE(to_text(format));
        CHECK(refused(format, "") == Reason::missing);
        CHECK(refused(format, std::string(1 << 20, 'x')) == Reason::too_large);
        CHECK(refused(format, "12345678", {}, 7) == Reason::too_large);
        for (const auto text : {"x", ".", "=", "~", "&", "a.b.c"}) {
            const Reason reason = refused(format, text);
            CHECK(reason != Reason::too_large);
            CHECK(reason != Reason::missing);
        }
    }
}

TEST_CASE("a token is minted and verified through the one door, and only with a key that fits") {
    for (const Format format : {Format::uri_signing, Format::cat}) {
        for (const Algorithm algorithm : algorithms) {
            CAPTURE(to_text(format));
            CAPTURE(to_text(algorithm));
            const auto key = key_of(algorithm);
            Claims claims;
            claims.format = format;
            claims.id = "6a31";
            claims.expires = WallTime{Seconds{1'700'000'000}};
            const auto token = mint(claims, *key, "https://a.example/x");
            CHECK(token.has_value() == fits(algorithm, format));
            if (!token) continue;
            const KeyRing keys{{key}};
            const RequestFacts facts;
            const auto got = verify(format, *token, Expected{keys, facts, {}});
            REQUIRE(got.has_value());
            CHECK(got->format == format);
            CHECK(got->id == claims.id);
            CHECK(got->expires == claims.expires);
            CHECK(got->key == key);
            for (const Format other : formats) {
                if (other != format) refused(other, *token, keys);
            }
        }
    }
}
