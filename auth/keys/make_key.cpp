// How keys come to be: from a secret, from PEM, out of nothing. All pass the same checks of their strength.
#include <array>

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "auth/keys/jwk.hpp"
#include "auth/keys/parts.hpp"
#include "base/base64.hpp"

namespace outpost::auth {
namespace {

constexpr int least_rsa_bits = 2048;
constexpr int most_rsa_bits = 8192;  // a verification must stay cheap
constexpr std::string_view usual_expression = "{expires}{uri} {secret}";

Problem problem(std::string what, std::string remedy = {}) {
    return Problem{"", std::move(what), std::move(remedy)};
}

std::size_t least_secret(Algorithm algorithm) { return algorithm == Algorithm::hs256 ? 32 : 16; }

bool is_rsa(Algorithm algorithm) {
    return algorithm == Algorithm::rs256 || algorithm == Algorithm::ps256 ||
           algorithm == Algorithm::cloudfront;
}

// With e = 1 a signature is the text itself; even ones and ones beyond 64 bits are mistakes or mischief.
std::optional<Problem> check_rsa(const EVP_PKEY* pair) {
    if (EVP_PKEY_is_a(pair, "RSA") != 1) return problem("it is not an RSA key, as its algorithm demands");
    const int bits = EVP_PKEY_get_bits(pair);
    if (bits < least_rsa_bits || bits > most_rsa_bits) {
        return problem(fmt::format("its RSA modulus has {} bits", bits), "take 2048 to 8192 bits");
    }
    BIGNUM *n = nullptr, *e = nullptr;
    EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_N, &n);
    EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_E, &e);
    const Openssl<BIGNUM> modulus{n}, exponent{e};
    if (!n || !e || BN_is_odd(n) == 0) return problem("its RSA modulus is even");
    if (BN_is_odd(e) == 0 || BN_is_one(e) == 1 || BN_num_bits(e) > 64) {
        return problem("its RSA exponent is not an odd number from 3 to 2^64", "take 65537");
    }
    return std::nullopt;
}

// Curves written out by their parameters are refused: they may be P-256 with another generator.
std::optional<Problem> check_p256(EVP_PKEY* pair) {
    if (EVP_PKEY_is_a(pair, "EC") != 1) return problem("it is not an EC key, as its algorithm demands");
    std::array<char, 64> group{};
    std::size_t length = 0;
    int spelt_out = 0;
    EVP_PKEY_get_int_param(pair, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &spelt_out);
    if (EVP_PKEY_get_group_name(pair, group.data(), group.size(), &length) != 1 || spelt_out != 0 ||
        std::string_view(group.data(), length) != SN_X9_62_prime256v1) {
        return problem("its curve is not P-256, as ES256 demands");
    }
    const Openssl<EVP_PKEY_CTX> context{EVP_PKEY_CTX_new(pair, nullptr)};
    if (!context || EVP_PKEY_public_check(context.get()) != 1) {
        return problem("its point does not lie on its curve");
    }
    return std::nullopt;
}

std::optional<Problem> check_strength(EVP_PKEY* pair, Algorithm algorithm) {
    if (is_symmetric(algorithm)) {
        return problem(fmt::format("{} takes a secret, not a pair of keys", to_text(algorithm)));
    }
    if (is_rsa(algorithm)) return check_rsa(pair);
    if (algorithm == Algorithm::es256) return check_p256(pair);
    if (EVP_PKEY_is_a(pair, "ED25519") != 1)
        return problem("it is not an Ed25519 key, as its algorithm demands");
    return std::nullopt;
}

// Encrypted files are no use to a server that starts on its own, and OpenSSL would ask on the terminal.
int no_password(char*, int, int, void*) { return -1; }

Openssl<EVP_PKEY> read_certificate(BIO* bio) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{
        PEM_read_bio_X509(bio, nullptr, no_password, nullptr), &X509_free};
    return Openssl<EVP_PKEY>{certificate ? X509_get_pubkey(certificate.get()) : nullptr};
}

// OpenSSL's messages may hold parts of what they failed at; ours say what was looked for.
Openssl<EVP_PKEY> read_pem(std::string_view pem, bool& has_private) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
    if (!bio) return nullptr;
    has_private = pem.find("PRIVATE KEY-----") != std::string_view::npos;
    if (has_private)
        return Openssl<EVP_PKEY>{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)};
    if (pem.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) return read_certificate(bio.get());
    return Openssl<EVP_PKEY>{PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr)};
}

Openssl<EVP_PKEY> generate_pair(Algorithm algorithm) {
    if (algorithm == Algorithm::es256) return Openssl<EVP_PKEY>{EVP_EC_gen("P-256")};
    if (algorithm == Algorithm::eddsa)
        return Openssl<EVP_PKEY>{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    return Openssl<EVP_PKEY>{EVP_RSA_gen(least_rsa_bits)};  // what CloudFront takes
}

// nginx has its secret in a text of its configuration, so that one must be printable.
Outcome<Key> generate_secret(KeyFacts facts) {
    std::string bytes(32, '\0');
    if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) !=
        1) {
        return problem("OpenSSL has no random bytes");
    }
    if (facts.algorithm != Algorithm::secure_link)
        return Key::from_secret(std::move(facts), Secret{std::move(bytes)});
    std::string text = encode_base64url(bytes);
    wipe(bytes);
    return Key::from_secret(std::move(facts), Secret{std::move(text)});
}

std::optional<Problem> check_secret(const KeyFacts& facts, std::string_view secret) {
    if (!is_symmetric(facts.algorithm)) {
        return problem(fmt::format("{} takes a pair of keys, not a secret", to_text(facts.algorithm)));
    }
    const std::size_t least = least_secret(facts.algorithm);
    if (secret.size() < least) {
        return problem(fmt::format("its secret has {} bytes", secret.size()),
                       fmt::format("take {} random bytes or more", least));
    }
    if (secret.find("-----BEGIN ") != std::string_view::npos) {
        return problem("its secret is a PEM file, which others may know", "take random bytes");
    }
    return std::nullopt;
}

Openssl<EVP_MAC_CTX> keyed_hmac(std::string_view secret) {
    static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 2> options{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    Openssl<EVP_MAC_CTX> context{EVP_MAC_CTX_new(mac)};
    if (!context || EVP_MAC_init(context.get(), octets(secret), secret.size(), options.data()) != 1) {
        return nullptr;
    }
    return context;
}

}  // namespace

Outcome<Key> make_key(KeyFacts facts, Openssl<EVP_PKEY> pair, bool has_private) {
    const QuietErrors quiet;
    if (auto wrong = check_strength(pair.get(), facts.algorithm)) return *wrong;
    if (facts.id.empty()) facts.id = thumbprint(pair.get());
    auto parts = std::make_unique<Key::Parts>();
    parts->pair = std::move(pair);
    parts->has_private = has_private;
    Key key{std::move(facts), Secret{}, std::move(parts)};
    if (has_private) {
        // Once round, so that a private key that does not belong to its public one is noticed now.
        const auto signature = key.sign("outpost");
        if (!signature || !key.verify("outpost", *signature)) {
            return problem("its private and its public part do not belong together");
        }
    }
    return key;
}

Outcome<Key> Key::from_secret(KeyFacts facts, Secret secret) {
    const QuietErrors quiet;
    if (auto wrong = check_secret(facts, secret.bytes())) return *wrong;
    if (facts.algorithm == Algorithm::secure_link && facts.expression.empty()) {
        facts.expression = usual_expression;
    }
    if (facts.id.empty()) facts.id = thumbprint_of_secret(secret.bytes());
    auto parts = std::make_unique<Parts>();
    if (facts.algorithm != Algorithm::secure_link) {
        parts->keyed = keyed_hmac(secret.bytes());
        if (!parts->keyed) return problem("OpenSSL has no HMAC with SHA-256");
    }
    return Key{std::move(facts), std::move(secret), std::move(parts)};
}

Outcome<Key> Key::from_pem(KeyFacts facts, std::string_view pem) {
    const QuietErrors quiet;
    bool has_private = false;
    if (pem.size() > most_jwk_bytes) return problem("a PEM file of this size holds more than a key");
    auto pair = read_pem(pem, has_private);
    if (!pair) {
        return problem(
            "it is not a PEM file of a public key, a private key without a password or a "
            "certificate");
    }
    return make_key(std::move(facts), std::move(pair), has_private);
}

Outcome<Key> Key::generate(KeyFacts facts) {
    const QuietErrors quiet;
    if (is_symmetric(facts.algorithm)) return generate_secret(std::move(facts));
    auto pair = generate_pair(facts.algorithm);
    if (!pair) return problem("OpenSSL can't make such a key");
    return make_key(std::move(facts), std::move(pair), true);
}

}  // namespace outpost::auth
