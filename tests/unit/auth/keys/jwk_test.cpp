#include "auth/keys/jwk.hpp"

#include <array>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/units.hpp"
#include "tests/unit/auth/keys/vectors.hpp"

using namespace outpost;
using namespace outpost::auth;

namespace {

constexpr std::string_view secret =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

std::string problem_of(std::string_view text) {
    const auto set = read_jwk_set(text, "keys.json");
    return set ? "taken" : set.error().line();
}

JwkSet set_of(std::string_view text) {
    auto set = read_jwk_set(text, "keys.json");
    REQUIRE_MESSAGE(set.has_value(), (set ? std::string{} : set.error().line()));
    return std::move(*set);
}

std::shared_ptr<const Key> only(std::string_view text) {
    const JwkSet set = set_of(text);
    REQUIRE(set.keys.size() == 1);
    return set.keys.front();
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out{text};
    const auto at = out.find(from);
    REQUIRE(at != std::string::npos);
    return out.replace(at, from.size(), to);
}

std::string oct(std::string_view more) {
    return fmt::format(R"({{"kty":"oct","alg":"HS256","kid":"a","k":"{}"{}}})", secret, more);
}

}  // namespace

TEST_CASE("a key without a kid is called by its thumbprint") {
    // RFC 7638 section 3.1
    const auto rsa = only(
        R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256"})");
    CHECK(rsa->id() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    // RFC 8037 appendix A.3
    const auto okp = only(replaced(eddsa_vector.jwk, R"("kid":"a4",)", ""));
    CHECK(okp->id() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    CHECK(!only(replaced(oct(""), R"("kid":"a",)", ""))->id().empty());
}

TEST_CASE("a type implies its algorithm, but a secret must say") {
    CHECK(only(es256_vector.jwk)->algorithm() == Algorithm::es256);
    CHECK(only(eddsa_vector.jwk)->algorithm() == Algorithm::eddsa);
    CHECK(only(rs256_vector.jwk)->algorithm() == Algorithm::rs256);
    CHECK(problem_of(replaced(oct(""), R"("alg":"HS256",)", "")) ==
          "keys.json: key \"a\": it has no alg, which a secret must have");
}

TEST_CASE("an algorithm of another type of key makes the set a problem") {
    const std::string rsa = replaced(rs256_vector.jwk, R"("kty":"RSA")", R"("kty":"RSA","alg":"HS256")");
    CHECK(problem_of(rsa) == "keys.json: key \"a2\": its alg HS256 is not one of kty RSA");
    CHECK(contains(problem_of(replaced(oct(""), "HS256", "RS256")), "not one of kty oct"));
    CHECK(contains(problem_of(replaced(oct(""), "HS256", "EdDSA")), "not one of kty oct"));
}

TEST_CASE("what is written reads back as the same key, with or without its private part") {
    for (const auto algorithm :
         {Algorithm::hs256, Algorithm::es256, Algorithm::eddsa, Algorithm::rs256, Algorithm::ps256,
          Algorithm::edge_auth, Algorithm::cloudfront, Algorithm::secure_link}) {
        CAPTURE(to_text(algorithm));
        KeyFacts facts;
        facts.id = "name \" of\n it";
        facts.algorithm = algorithm;
        facts.issuer = "https://issuer.example";
        facts.not_before = WallTime{Seconds{1'000}};
        facts.not_after = WallTime{Seconds{2'000}};
        const Key key = Key::generate(facts).value();
        const auto again = only(write_jwk(key, KeyPart::whole));
        CHECK(again->facts() == key.facts());
        CHECK(again->fingerprint() == key.fingerprint());
        CHECK(again->verify("x", key.sign("x").value()));
        CHECK(key.verify("x", again->sign("x").value()));
        CHECK(write_jwk(*again, KeyPart::whole) == write_jwk(key, KeyPart::whole));
        const std::string open = write_jwk(key, KeyPart::only_public);
        CHECK(open.empty() == is_symmetric(algorithm));
        if (open.empty()) continue;
        CHECK_FALSE(contains(open, R"("d":)"));
        CHECK_FALSE(contains(open, R"("p":)"));
        const auto verifier = only(open);
        CHECK_FALSE(verifier->can_sign());
        CHECK(verifier->fingerprint() == key.fingerprint());
        CHECK(verifier->verify("x", key.sign("x").value()));
        CHECK(write_jwk(*verifier, KeyPart::whole) == open);
    }
}

TEST_CASE("an RSA key may leave its factors out, all of them or none") {
    KeyFacts facts;
    facts.id = "r";
    facts.algorithm = Algorithm::rs256;
    const std::string whole = write_jwk(Key::generate(facts).value(), KeyPart::whole);
    const auto without = [](std::string text, const std::vector<std::string>& names) {
        for (const auto& name : names) {
            const auto begin = text.find(",\"" + name + "\":");
            REQUIRE(begin != std::string::npos);
            text.erase(begin, text.find('"', text.find(':', begin) + 2) + 1 - begin);
        }
        return text;
    };
    const auto key = only(without(whole, {"p", "q", "dp", "dq", "qi"}));
    CHECK(key->verify("x", key->sign("x").value()));
    CHECK(contains(problem_of(without(whole, {"q"})), "it has no q"));
    CHECK(contains(problem_of(without(whole, {"d"})), "it has no d"));
    CHECK(contains(problem_of(replaced(whole, R"("kid")", R"("oth":[],"kid")")), "two prime factors"));
}

TEST_CASE("private and public parts that don't belong together are refused") {
    const std::string_view d = R"("d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")";
    CHECK(contains(
        problem_of(replaced(es256_vector.jwk, d, R"("d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE")")),
        "do not belong together"));
    CHECK(problem_of(replaced(es256_vector.jwk, d, R"("d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")")) !=
          "taken");
    CHECK(contains(problem_of(replaced(eddsa_vector.jwk, R"("x":"11q)", R"("x":"21q)")), "does not belong"));
}

TEST_CASE("an EC point must lie on the curve") {
    CHECK(contains(problem_of(replaced(es256_vector.jwk, R"("y":"x)", R"("y":"y)")), "no point of P-256"));
    CHECK(
        problem_of(
            R"({"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})") !=
        "taken");
    CHECK(
        contains(problem_of(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"), "3 bytes instead of 32"));
}

TEST_CASE("weak RSA keys are refused: short ones, an exponent of 1, even numbers") {
    const auto rsa = [](std::string_view n, std::string_view e) {
        return problem_of(fmt::format(R"({{"kty":"RSA","kid":"r","n":"{}","e":"{}"}})", n, e));
    };
    CHECK(rsa(rsa_modulus, "AQAB") == "taken");
    CHECK(rsa(rsa_modulus, "Aw") == "taken");
    CHECK(contains(rsa(rsa_modulus, "AQ"), "exponent"));
    CHECK(contains(rsa(rsa_modulus, "AQAA"), "exponent"));
    CHECK(contains(rsa(rsa_modulus, "AQAAAAAAAAAB"), "exponent"));
    CHECK(contains(rsa(rsa_modulus, "AAEAAQ"), "zero byte"));
    const std::string n = decode_base64url(rsa_modulus).value();
    CHECK(contains(rsa(encode_base64url(n.substr(0, 255)), "AQAB"), "2040 bits"));
    CHECK(contains(rsa(encode_base64url(n + std::string(1024, 'x')), "AQAB"), "too long"));
    CHECK(contains(rsa(encode_base64url(n.substr(0, 255) + "\x02"), "AQAB"), "even"));
}

TEST_CASE("weak secrets are refused by the key's name, and the secret is not told") {
    const std::string text = problem_of(R"({"kty":"oct","alg":"HS256","kid":"short","k":"c2VjcmV0"})");
    CHECK(text == "keys.json: key \"short\": its secret has 6 bytes; take 32 random bytes or more");
    CHECK(contains(problem_of(R"({"kty":"oct","alg":"HS256","kid":"a","k":""})"), "base64url"));
    CHECK(contains(problem_of(R"({"kty":"oct","alg":"HS256","kid":"a","k":"AAA="})"), "base64url"));
    CHECK(contains(problem_of(R"({"kty":"oct","alg":"HS256","kid":"a","k":5})"), "it has no k"));
}

TEST_CASE("keys that are not for us are skipped, and it is said why") {
    const auto reason = [](std::string_view jwk) {
        const JwkSet set = set_of(fmt::format(R"({{"keys":[{}]}})", jwk));
        CHECK(set.keys.empty());
        REQUIRE(set.skipped.size() == 1);
        return set.skipped.front();
    };
    CHECK(reason(oct(R"(,"use":"enc")")) == "key \"a\": its use is \"enc\"");
    CHECK(contains(reason(oct(R"(,"key_ops":["encrypt"])")), "key_ops"));
    CHECK(contains(reason(replaced(oct(""), "HS256", "HS512")), "its alg \"HS512\" is not used here"));
    CHECK(contains(reason(replaced(oct(""), "HS256", "none")), "its alg \"none\""));
    CHECK(contains(reason(R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})"), "curve \"P-384\""));
    CHECK(contains(reason(R"({"kty":"OKP","crv":"X25519","x":"AA"})"), "curve \"X25519\""));
    CHECK(contains(reason(R"({"kty":"AKP"})"), "type \"AKP\""));
    CHECK(only(oct(R"(,"use":"sig","key_ops":["sign","verify"],"x5t":"?")"))->id() == "a");
}

TEST_CASE("one wrong key spoils the set, so that the mistake is seen") {
    CHECK(contains(problem_of(fmt::format(R"({{"keys":[{},{{"kid":"b"}}]}})", oct(""))),
                   "key \"b\": it has no kty"));
    CHECK(contains(problem_of(fmt::format(R"({{"keys":[{},5]}})", oct(""))), "key 2 is not an object"));
    CHECK(contains(problem_of(R"({"keys":{}})"), "not a list"));
    CHECK(contains(problem_of(oct(R"(,"iss":5)")), "its iss is not a text"));
    CHECK(contains(problem_of(oct(R"(,"exp":"soon")")), "its exp is not a number"));
    CHECK(contains(problem_of(oct(R"(,"exp":-1)")), "its exp is not a number"));
    CHECK(contains(problem_of(oct(R"(,"nbf":1e300)")), "its nbf is not a number"));
    CHECK(contains(problem_of(oct(R"(,"nbf":20,"exp":20)")), "never valid"));
    CHECK(contains(problem_of(R"({"kty":"oct","alg":"HS256","kid":""})"), "its kid is not a text"));
}

TEST_CASE("two keys of one kid and one algorithm are a mistake; of two algorithms they are not") {
    const std::string twice = fmt::format(R"({{"keys":[{},{}]}})", oct(""), oct(""));
    CHECK(contains(problem_of(twice), "key \"a\" is there twice for HS256"));
    const std::string other = replaced(oct(""), "HS256", "EdgeAuth");
    CHECK(set_of(fmt::format(R"({{"keys":[{},{}]}})", oct(""), other)).keys.size() == 2);
}

TEST_CASE("a member that is there twice is refused") {
    CHECK(contains(problem_of(oct(R"(,"kid":"b")")), "each member once"));
    CHECK(contains(problem_of(R"({"keys":[],"keys":[]})"), "each member once"));
}

TEST_CASE("a secure_link key says what nginx hashes, and that has time, URI and secret in it") {
    const auto with = [](std::string_view expression) {
        return problem_of(
            replaced(oct(fmt::format(R"(,"expression":"{}")", expression)), "HS256", "SecureLink"));
    };
    CHECK(with("{expires}{uri}{address} {secret}") == "taken");
    CHECK(with("{secret}{uri}{expires}") == "taken");
    CHECK(contains(with("{expires}{uri}"), "lacks {secret}"));
    CHECK(contains(with("{uri} {secret}"), "lacks {expires}"));
    CHECK(contains(with("{expires} {secret}"), "lacks {uri}"));
    CHECK(contains(with("{expires}{uri} {secret}{host}"), "braces around something else"));
    CHECK(contains(with("{expires}{uri} {secret}{"), "braces around something else"));
    CHECK(contains(problem_of(replaced(oct(""), "HS256", "SecureLink")), "lacks {expires}"));
    CHECK(contains(problem_of(oct(R"(,"expression":"{uri}")")), "nothing that HS256 has"));
}

TEST_CASE("what is no JSON object, too long or too many is refused without a word of it") {
    for (const auto text :
         {"", "null", "[]", "\"k\"", "5", "{", "{}x", "\xEF\xBB\xBF{}", R"({"a":"\ud800"})"})
        CHECK_MESSAGE(problem_of(text) != "taken", text);
    CHECK(contains(problem_of("{}"), "key 1: it has no kty"));
    CHECK(contains(problem_of(std::string(most_jwk_bytes + 1, ' ')), "at most"));
    CHECK(problem_of(std::string(100'000, '[')) != "taken");
    std::string many = R"({"keys":[{})";
    for (std::size_t i = 0; i < most_jwk_keys; ++i) many += ",{}";
    CHECK(contains(problem_of(many + "]}"), "257 keys; 256 at most"));
    CHECK(set_of(R"({"keys":[]})").keys.empty());
}

TEST_CASE("a set with one byte changed anywhere is taken or refused, and nothing else") {
    const std::string good = fmt::format(R"({{"keys":[{},{}]}})", oct(R"(,"nbf":5)"), es256_vector.jwk);
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (const char c : {'\0', '"', '}', '\\', 'A', '\xFF'}) {
            std::string other = good;
            other[i] = c;
            const auto set = read_jwk_set(other, "f");
            if (set) CHECK(set->keys.size() + set->skipped.size() <= 2);
        }
    }
}
