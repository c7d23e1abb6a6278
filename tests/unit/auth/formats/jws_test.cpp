#include "auth/formats/jws.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/unit/auth/formats/jwt.hpp"
#include "tests/unit/auth/formats/jwt_vectors.hpp"
#include "tests/unit/auth/keys/vectors.hpp"

using namespace outpost;
using namespace outpost::auth;

namespace {

const KeyRing& ring() {
    static const KeyRing keys = ring_of({rfc9246_jwk, shared_jwk, rs256_jwk, ps256_jwk, eddsa_vector.jwk,
                                         hs256_vector.jwk, rs256_vector.jwk, es256_vector.jwk});
    return keys;
}

const Key& shared() {
    static const auto key = ring().find("shared", Algorithm::hs256).value();
    return *key;
}

// "taken", or the reason why not.
std::string verdict(std::string_view token, const KeyRing& keys = ring()) {
    const auto verified = jws::verify(token, keys);
    return verified ? "taken" : std::string{to_text(verified.error().reason)};
}

std::string with_header(std::string_view header) { return verdict(signed_with(shared(), header, "{}")); }

}  // namespace

TEST_CASE("tokens of others are taken, with their key and their payload") {
    for (const Vector& vector : {hs256_vector, rs256_vector, es256_vector, eddsa_vector}) {
        CAPTURE(vector.name);
        const auto verified = jws::verify(fmt::format("{}.{}", vector.text, vector.signature), ring());
        REQUIRE(verified.has_value());
        CHECK(vector.jwk.find(fmt::format("\"kid\":\"{}\"", verified->key->id())) != std::string_view::npos);
        CHECK(verified->payload == decode_base64url(vector.text.substr(vector.text.find('.') + 1)).value());
    }
    for (const auto token : {es256_token, full_token, eddsa_token, rs256_token, ps256_token}) {
        CHECK(verdict(token) == "taken");
        CHECK(verdict(token, KeyRing{}) == "unknown_key");
    }
}

TEST_CASE("what we sign, we verify") {
    for (const auto algorithm :
         {Algorithm::hs256, Algorithm::es256, Algorithm::eddsa, Algorithm::rs256, Algorithm::ps256}) {
        KeyFacts facts;
        facts.id = "a \"name\"";
        facts.algorithm = algorithm;
        const auto key = std::make_shared<const Key>(Key::generate(facts).value());
        const auto token = jws::sign("any bytes \xFF", *key).value();
        const auto verified = jws::verify(token, KeyRing{{key}});
        REQUIRE(verified.has_value());
        CHECK(verified->payload == "any bytes \xFF");
        CHECK(verified->key == key);
        CHECK(verdict(token) == "unknown_key");
    }
    for (const auto algorithm : {Algorithm::edge_auth, Algorithm::cloudfront, Algorithm::secure_link}) {
        KeyFacts facts;
        facts.algorithm = algorithm;
        CHECK_FALSE(jws::sign("x", Key::generate(facts).value()).has_value());
    }
    CHECK_FALSE(jws::sign("x", *ring_of({rs256_jwk}).keys().front()).has_value());
}

TEST_CASE("a token has three parts of canonical base64url") {
    const std::string good = signed_with(shared(), R"({"alg":"HS256","kid":"shared"})", "{}");
    CHECK(verdict(good) == "taken");
    for (const std::string& bad :
         std::vector<std::string>{"", ".", "..", "...", "....", "x", "a.b", good + ".", "." + good,
                                  good + "=", good + "\n", " " + good, good + std::string(1, '\0'),
                                  good.substr(0, good.rfind('.')), good.substr(0, good.rfind('.') + 1)}) {
        CAPTURE(bad);
        CHECK(verdict(bad) != "taken");
    }
    // The last letter of a signature of 32 bytes has two bits that mean nothing: they must be 0.
    std::size_t taken = 0;
    for (int c = 0; c < 256; ++c) {
        std::string other = good;
        other.back() = static_cast<char>(c);
        taken += verdict(other) == "taken" ? 1 : 0;
    }
    CHECK(taken == 1);
    CHECK(verdict(jwe_token) == "unsupported");
    CHECK(verdict(std::string(1 << 20, 'A')) == "malformed");
    CHECK(verdict(std::string(1 << 20, '.')) == "malformed");
    CHECK(verdict(std::string(1 << 20, 'A') + ".A.A") == "malformed");
}

TEST_CASE("alg is one of five names to the letter, and none is none of them") {
    for (const auto alg : {"none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS1", "ES256K",
                           "EdgeAuth", "CloudFront", "SecureLink"}) {
        CAPTURE(alg);
        CHECK(with_header(fmt::format(R"({{"alg":"{}","kid":"shared"}})", alg)) == "algorithm");
        CHECK(with_header(fmt::format(R"({{"alg":"{}"}})", alg)) == "algorithm");
    }
    CHECK(with_header(R"({"kid":"shared"})") == "malformed");
    CHECK(with_header(R"({"alg":null,"kid":"shared"})") == "malformed");
    CHECK(with_header(R"({"alg":["HS256"],"kid":"shared"})") == "malformed");
    // Unsigned, as RFC 7519 section 6.1 writes it.
    CHECK(verdict(encode_base64url(R"({"alg":"none"})") + "." + encode_base64url("{}") + ".") == "algorithm");
}

TEST_CASE("a public key is no secret: its bytes in any form don't verify an HMAC") {
    const std::string n{decode_base64url(rsa_modulus).value()};
    const auto set = read_jwk_set(rs256_vector.jwk, "t");
    for (const std::string& guess :
         {n, std::string{rs256_vector.jwk}, write_jwk(*set->keys.front(), KeyPart::whole)}) {
        KeyFacts facts;
        facts.id = "a2";
        const Key forged = Key::from_secret(facts, Secret{std::string{guess}}).value();
        CHECK(verdict(signed_with(forged, R"({"alg":"HS256","kid":"a2"})", "{}")) == "algorithm");
        CHECK(verdict(signed_with(forged, R"({"alg":"RS256","kid":"a2"})", "{}")) == "signature");
        CHECK(verdict(signed_with(forged, R"({"alg":"HS256"})", "{}")) == "signature");
    }
}

TEST_CASE("a kid chooses in the ring and nowhere else") {
    CHECK(with_header(R"({"alg":"HS256","kid":"shared"})") == "taken");
    CHECK(with_header(R"({"alg":"HS256"})") == "taken");
    CHECK(with_header(R"({"alg":"HS256","kid":"a1"})") == "signature");
    CHECK(with_header(R"({"alg":"HS256","kid":"rsa"})") == "algorithm");
    for (const auto id :
         {"../../dev/null", "/dev/null", "' OR 1=1 --", "shared\\u0000", "SHARED", "shared ", "|ls"})
        CHECK(with_header(fmt::format(R"({{"alg":"HS256","kid":"{}"}})", id)) == "unknown_key");
    for (const auto id : {R"("")", "null", "5", R"(["shared"])", R"({"a":1})"})
        CHECK(with_header(fmt::format(R"({{"alg":"HS256","kid":{}}})", id)) == "malformed");
    CHECK(with_header(fmt::format(R"({{"alg":"HS256","kid":"{}"}})", std::string(300, 'k'))) == "malformed");
}

TEST_CASE("a header that demands more or brings a key along is refused") {
    for (const auto name : {"crit", "b64", "zip", "cty", "jku", "jwk", "x5u", "x5c"}) {
        for (const auto value :
             {"null", "true", "\"\"", "[]", "[\"exp\"]", "{}", "\"https://attacker.example/\""}) {
            CAPTURE(name);
            CHECK(with_header(fmt::format(R"({{"alg":"HS256","kid":"shared","{}":{}}})", name, value)) ==
                  "unsupported");
        }
    }
    CHECK(with_header(R"({"alg":"HS256","kid":"shared","x5t":"x","note":[1,{"a":null}]})") == "taken");
}

TEST_CASE("a typ is JWT or nothing") {
    CHECK(with_header(R"({"alg":"HS256","typ":"JWT"})") == "taken");
    CHECK(with_header(R"({"alg":"HS256","typ":"jwt"})") == "taken");
    for (const auto type : {R"("at+jwt")", R"("JWE")", R"("")", "null", "1"})
        CHECK(with_header(fmt::format(R"({{"alg":"HS256","typ":{}}})", type)) == "unsupported");
}

TEST_CASE("a header is one object, each member once") {
    for (const auto header :
         {"", "null", "[]", "\"HS256\"", R"({"alg":"HS256"}{})", R"({"alg":"HS256",})",
          R"({"alg":"none","alg":"HS256"})", R"({"alg":"HS256","\u0061lg":"none"})",
          R"({"alg":"HS256","kid":"shared","kid":"a1"})", "\xEF\xBB\xBF{\"alg\":\"HS256\"}"}) {
        CAPTURE(header);
        CHECK(with_header(header) == "malformed");
    }
    CHECK(with_header(" {\r\n\"alg\" : \"HS256\" }\t") == "taken");
    CHECK(with_header(R"({"alg":"HS256","a":)" + std::string(500, '[') + std::string(500, ']') + "}") ==
          "malformed");
}
