#include "auth/keys/key.hpp"

#include <array>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "auth/keys/jwk.hpp"
#include "base/base64.hpp"
#include "tests/unit/auth/keys/vectors.hpp"

using namespace outpost;
using namespace outpost::auth;

namespace {

constexpr std::array<Vector, 4> vectors{hs256_vector, rs256_vector, es256_vector, eddsa_vector};
constexpr std::array<Algorithm, 8> algorithms{
    Algorithm::hs256, Algorithm::es256,     Algorithm::eddsa,      Algorithm::rs256,
    Algorithm::ps256, Algorithm::edge_auth, Algorithm::cloudfront, Algorithm::secure_link};

std::shared_ptr<const Key> key_of(std::string_view jwk) {
    auto set = read_jwk_set(jwk, "test");
    REQUIRE_MESSAGE(set.has_value(), (set ? std::string{} : set.error().line()));
    REQUIRE(set->keys.size() == 1);
    return set->keys.front();
}

Key generated(Algorithm algorithm, std::string id = {}) {
    KeyFacts facts;
    facts.id = std::move(id);
    facts.algorithm = algorithm;
    auto key = Key::generate(facts);
    REQUIRE(key.has_value());
    return std::move(*key);
}

std::string refused_secret(Algorithm algorithm, std::string secret) {
    KeyFacts facts;
    facts.algorithm = algorithm;
    const auto key = Key::from_secret(facts, Secret{std::move(secret)});
    return key ? "taken" : key.error().line();
}

std::string refused_pem(Algorithm algorithm, std::string_view pem) {
    KeyFacts facts;
    facts.algorithm = algorithm;
    const auto key = Key::from_pem(facts, pem);
    return key ? "taken" : key.error().line();
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 | openssl pkey -pubout
constexpr std::string_view rsa_1024 = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC8M4xjcwBlaKdpXS6KYzWEmjco
HbWCrb6Jpyk5qwmcjgzKg/brmZveq3lxQ5N177wYgPIeh++iBfdxtowA7FrV8tLX
QblhCufnqpGQP5a4xPwuomzG0LgGBnpwO8fpyhOAC/bgof5l0A6B1AW04lG4sr/x
JxFOHzy3HD2OckC4KQIDAQAB
-----END PUBLIC KEY-----
)";
// openssl ecparam -name secp384r1 -genkey | openssl pkey -pubout
constexpr std::string_view p384 = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE5oNFHkk/MgR6oX0wbjrtJTTUYp1cAl1C
Sp1h7Ml0385g+EioQPhrEmo3iL7KH7TO4sYN8HJGziAZyjDDlFnrjXBsbcTmvoom
NmE23iMgxbUdxFDXfqjM+h9DvzoBgFre
-----END PUBLIC KEY-----
)";
// openssl ecparam -name prime256v1 -param_enc explicit -genkey | openssl pkey -pubout
constexpr std::string_view p256_spelt_out = R"(-----BEGIN PUBLIC KEY-----
MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABM6dagFOsG8ZDDWT9zt8qTLy
Q8Q2bxjkGJZBXYx3KL1yvXzwGH5T8Cnxr9n8kEo10RkGmWKm9SC2790HWXqmdrU=
-----END PUBLIC KEY-----
)";
// openssl genpkey -algorithm ed25519 -aes128 -pass pass:x
constexpr std::string_view encrypted = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgz0iCL/YqCFgICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEMeLmruPuyU6FRg+ktUYlK0EQE2n
jFrP4fzhIxAlMTe6UPriPE7QvZQmD7/PU7wn4R0iHkYdTupCqLvYUkDIBkNx3Plx
1vikijZkz7fVxY5b/xQ=
-----END ENCRYPTED PRIVATE KEY-----
)";
// openssl req -x509 -newkey ed25519 -nodes -subj /CN=t
constexpr std::string_view certificate = R"(-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhQVHbX0dPsgSGsnEhhZLPhF6/udPzAFBgMrZXAwDDEKMAgG
A1UEAwwBdDAgFw0yNjExMjUwNDQxNDJaGA8yMTI2MTEwMTA0NDE0MlowDDEKMAgG
A1UEAwwBdDAqMAUGAytlcAMhAFuSVMCb2az38NOipCdDpiZTR+LaZe4cJo3IbZed
wkBFo1MwUTAdBgNVHQ4EFgQU4gLXVgp79bM4rfQEmacp/PB8s+UwHwYDVR0jBBgw
FoAU4gLXVgp79bM4rfQEmacp/PB8s+UwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQAhjpojJhHN2hOWwqJwnHUuyk6uISs9EDXMGbJ5gVfo/DfOcV25CMguIdQDTNcF
nwqrgTk4O2zzcqOi4Ru5dhsC
-----END CERTIFICATE-----
)";
constexpr std::string_view ed25519_private = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIF/gKEsdLjRA0WUWUevUhPRtD4RHz/Y2vW8yp+6pz5zO
-----END PRIVATE KEY-----
)";

}  // namespace

TEST_CASE("signatures that RFCs print are good, and those that we make are too") {
    for (const Vector& vector : vectors) {
        CAPTURE(vector.name);
        const auto key = key_of(vector.jwk);
        const auto signature = decode_base64url(vector.signature).value();
        CHECK(key->verify(vector.text, signature));
        CHECK_FALSE(key->verify(std::string{vector.text} + "x", signature));
        CHECK_FALSE(key->verify({}, signature));
        CHECK(key->can_sign() == (vector.name != rs256_vector.name));
        if (!key->can_sign()) continue;
        CHECK(key->verify(vector.text, key->sign(vector.text).value()));
        CHECK_FALSE(key->verify({}, key->sign(vector.text).value()));
    }
    // Where the signature is a function of the text, ours is the RFC's to the byte.
    for (const Vector& vector : {hs256_vector, eddsa_vector}) {
        CHECK(encode_base64url(key_of(vector.jwk)->sign(vector.text).value()) == vector.signature);
    }
}

TEST_CASE("a signature with one bit changed, one byte more or one less is refused") {
    for (const Vector& vector : vectors) {
        CAPTURE(vector.name);
        const auto key = key_of(vector.jwk);
        const std::string good = decode_base64url(vector.signature).value();
        for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
            std::string other = good;
            other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
            if (key->verify(vector.text, other)) FAIL("bit " << bit);
        }
        for (std::size_t length = 0; length < good.size(); ++length)
            CHECK_FALSE(key->verify(vector.text, good.substr(0, length)));
        for (const char more : {'\0', 'x'}) {
            CHECK_FALSE(key->verify(vector.text, good + more));
            CHECK_FALSE(key->verify(vector.text, more + good));
        }
        CHECK_FALSE(key->verify(vector.text, std::string(good.size(), '\0')));
        CHECK_FALSE(key->verify(vector.text, std::string(good.size(), '\xFF')));
        CHECK_FALSE(key->verify(vector.text, std::string(1 << 20, 'x')));
    }
}

TEST_CASE("an ES256 signature is r and s: DER, zeros and the group's order are refused") {
    const auto key = key_of(es256_vector.jwk);
    const auto order = decode_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
    const std::string good = decode_base64url(es256_vector.signature).value();
    CHECK_FALSE(key->verify(es256_vector.text, order + order));
    CHECK_FALSE(key->verify(es256_vector.text, good.substr(0, 32) + std::string(32, '\0')));
    CHECK_FALSE(key->verify(es256_vector.text, std::string(32, '\0') + good.substr(32)));
    CHECK_FALSE(key->verify(es256_vector.text,
                            "\x30\x44\x02\x20" + good.substr(0, 32) + "\x02\x20" + good.substr(32)));
}

TEST_CASE("generated keys of all algorithms sign, verify, and don't take each other's signatures") {
    std::vector<Key> keys;
    for (const Algorithm algorithm : algorithms) keys.push_back(generated(algorithm));
    for (const Key& signer : keys) {
        const auto signature = signer.sign("a text").value();
        for (const Key& verifier : keys) {
            CAPTURE(to_text(signer.algorithm()));
            CAPTURE(to_text(verifier.algorithm()));
            CHECK(verifier.verify("a text", signature) == (&verifier == &signer));
        }
        CHECK_FALSE(signer.verify("b text", signature));
        CHECK(!signer.id().empty());
    }
}

TEST_CASE("one RSA key pair under three algorithms gives three kinds of signature") {
    const Key pair = generated(Algorithm::rs256, "k");
    const std::string jwk = write_jwk(pair, KeyPart::whole);
    const auto as = [&](std::string_view algorithm) {
        std::string text = jwk;
        return key_of(text.replace(text.find("RS256"), 5, algorithm));
    };
    const std::array keys{as("RS256"), as("PS256"), as("CloudFront")};
    for (const auto& signer : keys) {
        for (const auto& verifier : keys)
            CHECK(verifier->verify("x", signer->sign("x").value()) == (signer == verifier));
    }
}

TEST_CASE("algorithms have the names of JOSE and no others") {
    for (const Algorithm algorithm : algorithms) CHECK(parse_algorithm(to_text(algorithm)) == algorithm);
    for (const auto text :
         {"", "none", "None", "hs256", "HS384", "HS512", "ES384", "RS512", "HS256 ", "Ed25519"})
        CHECK_FALSE(parse_algorithm(text).has_value());
}

TEST_CASE("weak secrets are refused, with what would do, and without the secret") {
    CHECK(contains(refused_secret(Algorithm::hs256, std::string(31, 'q')), "31 bytes"));
    CHECK(contains(refused_secret(Algorithm::hs256, std::string(31, 'q')), "32 random bytes"));
    CHECK_FALSE(contains(refused_secret(Algorithm::hs256, std::string(31, 'q')), "qqq"));
    CHECK(contains(refused_secret(Algorithm::edge_auth, std::string(15, 'q')), "15 bytes"));
    CHECK(contains(refused_secret(Algorithm::secure_link, ""), "0 bytes"));
    CHECK(refused_secret(Algorithm::hs256, std::string(32, 'q')) == "taken");
    CHECK(refused_secret(Algorithm::edge_auth, std::string(16, 'q')) == "taken");
    CHECK(refused_secret(Algorithm::secure_link, std::string(16, 'q')) == "taken");
}

TEST_CASE("a public key is never taken for a secret, nor a secret for a pair") {
    CHECK(contains(refused_secret(Algorithm::hs256, std::string{p384}), "PEM"));
    for (const Algorithm algorithm : {Algorithm::es256, Algorithm::rs256, Algorithm::cloudfront})
        CHECK(contains(refused_secret(algorithm, std::string(64, 'q')), "a pair of keys"));
    for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::edge_auth, Algorithm::secure_link})
        CHECK(contains(refused_pem(algorithm, certificate), "takes a secret"));
}

TEST_CASE("PEM files hold a public key, a private key or a certificate of the algorithm's own kind") {
    CHECK(refused_pem(Algorithm::eddsa, certificate) == "taken");
    CHECK(refused_pem(Algorithm::eddsa, ed25519_private) == "taken");
    CHECK(contains(refused_pem(Algorithm::rs256, certificate), "not an RSA key"));
    CHECK(contains(refused_pem(Algorithm::es256, certificate), "not an EC key"));
    CHECK(contains(refused_pem(Algorithm::eddsa, p384), "not an Ed25519 key"));
    CHECK(contains(refused_pem(Algorithm::es256, p384), "not P-256"));
    CHECK(contains(refused_pem(Algorithm::es256, p256_spelt_out), "not P-256"));
    for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::cloudfront})
        CHECK(contains(refused_pem(algorithm, rsa_1024), "1024 bits"));
    CHECK(contains(refused_pem(Algorithm::eddsa, encrypted), "without a password"));
    for (const auto text : {"", "x", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PRIVATE KEY-----\nAAAA\n"})
        CHECK(contains(refused_pem(Algorithm::eddsa, text), "not a PEM file"));
    CHECK(contains(refused_pem(Algorithm::eddsa, std::string(1 << 20, '-')), "size"));
}

TEST_CASE(
    "a certificate's key and the private key that it was made with are one key, but only one can sign") {
    KeyFacts facts;
    facts.algorithm = Algorithm::eddsa;
    const auto open = Key::from_pem(facts, certificate).value(),
               whole = Key::from_pem(facts, ed25519_private).value();
    CHECK(open.fingerprint() == whole.fingerprint());
    CHECK(open.id() == whole.id());
    CHECK(whole.can_sign());
    CHECK_FALSE(open.can_sign());
    CHECK_FALSE(open.sign("x").has_value());
    CHECK(open.verify("x", whole.sign("x").value()));
}

TEST_CASE("a fingerprint tells keys apart, and a secret from itself under another algorithm") {
    const auto of = [](Algorithm algorithm, char letter) {
        KeyFacts facts;
        facts.id = "same";
        facts.algorithm = algorithm;
        return Key::from_secret(facts, Secret{std::string(32, letter)}).value().fingerprint();
    };
    CHECK(of(Algorithm::hs256, 'a') == of(Algorithm::hs256, 'a'));
    CHECK(of(Algorithm::hs256, 'a') != of(Algorithm::hs256, 'b'));
    CHECK(of(Algorithm::hs256, 'a') != of(Algorithm::edge_auth, 'a'));
    CHECK(generated(Algorithm::es256).fingerprint() != generated(Algorithm::es256).fingerprint());
}

TEST_CASE("a moved key works, and what it was moved from can do nothing") {
    Key first = generated(Algorithm::hs256);
    const auto signature = first.sign("x").value();
    const Key second = std::move(first);
    CHECK(second.verify("x", signature));
    CHECK_FALSE(first.verify("x", signature));  // NOLINT(bugprone-use-after-move)
    CHECK_FALSE(first.sign("x").has_value());
}

TEST_CASE(
    "what fails leaves nothing in OpenSSL's queue of errors, which TLS on this thread would trip over") {
    ERR_clear_error();
    for (const Vector& vector : vectors) CHECK_FALSE(key_of(vector.jwk)->verify("x", "y"));
    CHECK(contains(refused_pem(Algorithm::eddsa, "-----BEGIN PRIVATE KEY-----\nAAAA\n"), "PEM"));
    CHECK_FALSE(read_jwk_set(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})", "f").has_value());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("one key verifies on many threads at once") {
    for (const Vector& vector : vectors) {
        const auto key = key_of(vector.jwk);
        const std::string good = decode_base64url(vector.signature).value();
        std::array<int, 4> right{};
        std::vector<std::thread> threads;
        for (int& count : right) {
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i) {
                    count += key->verify(vector.text, good) ? 1 : 0;
                    count += key->verify("another text", good) ? 0 : 1;
                }
            });
        }
        for (auto& thread : threads) thread.join();
        for (const int count : right) CHECK(count == 100);
    }
}
