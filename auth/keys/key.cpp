#include "auth/keys/key.hpp"

#include <array>

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "auth/keys/parts.hpp"

namespace outpost::auth {
namespace {

constexpr std::array<std::string_view, 8> names{"HS256", "ES256",    "EdDSA",      "RS256",
                                                "PS256", "EdgeAuth", "CloudFront", "SecureLink"};

constexpr std::size_t p256_bytes = 32;  // of r and of s

// Fetched once: looking an algorithm up costs more than hashing a token.
const EVP_MD* md5() {
    static EVP_MD* const found = EVP_MD_fetch(nullptr, "MD5", nullptr);
    return found;
}
const EVP_MD* sha1() {
    static EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    return found;
}
const EVP_MD* sha256() {
    static EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return found;
}

const EVP_MD* digest_of(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::eddsa: return nullptr;
        case Algorithm::cloudfront: return sha1();
        default: return sha256();
    }
}

bool is_hmac(Algorithm algorithm) {
    return algorithm == Algorithm::hs256 || algorithm == Algorithm::edge_auth;
}

std::optional<std::string> digest(const EVP_MD* kind, std::string_view data) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    if (kind == nullptr || EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()),
                                      &length, kind, nullptr) != 1) {
        return std::nullopt;
    }
    out.resize(length);
    return out;
}

// The keyed context is only read, so any number of threads may copy it at once.
std::optional<std::string> hmac(const EVP_MAC_CTX* keyed, std::string_view data) {
    const Openssl<EVP_MAC_CTX> context{keyed != nullptr ? EVP_MAC_CTX_dup(keyed) : nullptr};
    std::string out(32, '\0');
    std::size_t length = 0;
    if (!context || EVP_MAC_update(context.get(), octets(data), data.size()) != 1 ||
        EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, out.size()) !=
            1 ||
        length != out.size()) {
        return std::nullopt;
    }
    return out;
}

bool equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// ECDSA in JOSE is r and s of fixed length (RFC 7518 section 3.4); OpenSSL wants and gives DER.
std::optional<std::string> to_der(std::string_view raw) {
    if (raw.size() != 2 * p256_bytes) return std::nullopt;
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair{ECDSA_SIG_new(), &ECDSA_SIG_free};
    Openssl<BIGNUM> r{BN_bin2bn(octets(raw), p256_bytes, nullptr)};
    Openssl<BIGNUM> s{BN_bin2bn(octets(raw.substr(p256_bytes)), p256_bytes, nullptr)};
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return std::nullopt;
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* bytes = nullptr;
    const int length = i2d_ECDSA_SIG(pair.get(), &bytes);
    if (length <= 0) return std::nullopt;
    std::string der{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length)};
    OPENSSL_free(bytes);
    return der;
}

std::optional<std::string> from_der(std::string_view der) {
    const unsigned char* at = octets(der);
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair{
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), &ECDSA_SIG_free};
    if (!pair) return std::nullopt;
    std::string raw(2 * p256_bytes, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    if (BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, p256_bytes) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + p256_bytes, p256_bytes) < 0) {
        return std::nullopt;
    }
    return raw;
}

bool set_padding(EVP_PKEY_CTX* context, Algorithm algorithm) {
    if (algorithm != Algorithm::ps256) return true;  // PKCS #1 v1.5 is the default
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify_pair(EVP_PKEY* pair, Algorithm algorithm, std::string_view data, std::string_view signature) {
    const Openssl<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* options = nullptr;  // the context owns it
    return context &&
           EVP_DigestVerifyInit(context.get(), &options, digest_of(algorithm), nullptr, pair) == 1 &&
           set_padding(options, algorithm) &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(data), data.size()) ==
               1;
}

std::optional<std::string> sign_pair(EVP_PKEY* pair, Algorithm algorithm, std::string_view data) {
    const Openssl<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* options = nullptr;  // the context owns it
    std::size_t length = 0;
    if (!context || EVP_DigestSignInit(context.get(), &options, digest_of(algorithm), nullptr, pair) != 1 ||
        !set_padding(options, algorithm) ||
        EVP_DigestSign(context.get(), nullptr, &length, octets(data), data.size()) != 1) {
        return std::nullopt;
    }
    std::string out(length, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(out.data());
    if (EVP_DigestSign(context.get(), bytes, &length, octets(data), data.size()) != 1) return std::nullopt;
    out.resize(length);
    return out;
}

// Of the public key in its DER form; of a secret with its algorithm before it.
Sha256 fingerprint_of(const KeyFacts& facts, const Secret& secret, const Key::Parts* parts) {
    std::string text;
    if (parts != nullptr && parts->pair) {
        unsigned char* der = nullptr;
        const int length = i2d_PUBKEY(parts->pair.get(), &der);
        if (length > 0) text.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
        OPENSSL_free(der);
    } else {
        text.reserve(16 + secret.bytes().size());  // one block, so that it can be wiped
        text.append(to_text(facts.algorithm)).append(1, '\0').append(secret.bytes());
    }
    Sha256 out{};
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), out.data(), &length, sha256(), nullptr);
    wipe(text);
    return out;
}

}  // namespace

std::string_view to_text(Algorithm algorithm) { return names[static_cast<std::size_t>(algorithm)]; }

std::optional<Algorithm> parse_algorithm(std::string_view text) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == text) return static_cast<Algorithm>(i);
    }
    return std::nullopt;
}

bool is_symmetric(Algorithm algorithm) { return is_hmac(algorithm) || algorithm == Algorithm::secure_link; }

Key::Key(KeyFacts facts, Secret secret, std::unique_ptr<Parts> parts)
    : facts_{std::move(facts)}, secret_{std::move(secret)}, parts_{std::move(parts)} {
    const QuietErrors quiet;
    fingerprint_ = fingerprint_of(facts_, secret_, parts_.get());
}
Key::Key(Key&&) noexcept = default;
Key& Key::operator=(Key&&) noexcept = default;
Key::~Key() = default;

bool Key::can_sign() const { return is_symmetric(facts_.algorithm) || (parts_ && parts_->has_private); }

bool Key::verify(std::string_view data, std::string_view signature) const {
    const QuietErrors quiet;
    if (is_symmetric(facts_.algorithm)) {
        const auto wanted = sign(data);
        return wanted && equal(*wanted, signature);
    }
    if (!parts_ || !parts_->pair) return false;
    if (facts_.algorithm != Algorithm::es256) {
        return verify_pair(parts_->pair.get(), facts_.algorithm, data, signature);
    }
    const auto der = to_der(signature);
    return der && verify_pair(parts_->pair.get(), Algorithm::es256, data, *der);
}

std::optional<std::string> Key::sign(std::string_view data) const {
    const QuietErrors quiet;
    if (facts_.algorithm == Algorithm::secure_link) return digest(md5(), data);
    if (!can_sign() || !parts_) return std::nullopt;
    if (is_hmac(facts_.algorithm)) return hmac(parts_->keyed.get(), data);
    auto signature = sign_pair(parts_->pair.get(), facts_.algorithm, data);
    if (!signature || facts_.algorithm != Algorithm::es256) return signature;
    return from_der(*signature);
}

}  // namespace outpost::auth
