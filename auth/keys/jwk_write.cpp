#include <fmt/format.h>

#include "auth/keys/jwk.hpp"
#include "auth/keys/parts.hpp"
#include "auth/numeric_date.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"

namespace outpost::auth {
namespace {

void member(std::string& out, std::string_view name, std::string_view text) {
    out += out.size() > 1 ? ",\"" : "\"";
    out.append(name).append("\":");
    append_json(out, text);
}

void member(std::string& out, std::string_view name, std::int64_t number) {
    out += fmt::format(",\"{}\":{}", name, number);
}

// `length`: of what has a fixed one; 0: as long as it is.
void number_member(std::string& out, std::string_view name, const EVP_PKEY* pair, const char* parameter,
                   std::size_t length = 0) {
    BIGNUM* found = nullptr;
    if (EVP_PKEY_get_bn_param(pair, parameter, &found) != 1) return;
    const Openssl<BIGNUM> number{found};
    if (length == 0) length = static_cast<std::size_t>(BN_num_bytes(found));
    std::string bytes(length, '\0');
    if (BN_bn2binpad(found, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(length)) >= 0) {
        std::string text = encode_base64url(bytes);
        member(out, name, text);
        wipe(text);
    }
    wipe(bytes);
}

void octet_member(std::string& out, std::string_view name, const EVP_PKEY* pair, const char* parameter) {
    std::array<unsigned char, 64> bytes{};
    std::size_t length = 0;
    if (EVP_PKEY_get_octet_string_param(pair, parameter, bytes.data(), bytes.size(), &length) == 1) {
        std::string text = encode_base64url({reinterpret_cast<const char*>(bytes.data()), length});
        member(out, name, text);
        wipe(text);
    }
    OPENSSL_cleanse(bytes.data(), bytes.size());
}

// The members that RFC 7638 has in a thumbprint, in its order: that of the alphabet.
void public_members(std::string& out, const EVP_PKEY* pair) {
    if (EVP_PKEY_is_a(pair, "RSA") == 1) {
        number_member(out, "e", pair, OSSL_PKEY_PARAM_RSA_E);
        member(out, "kty", "RSA");
        number_member(out, "n", pair, OSSL_PKEY_PARAM_RSA_N);
    } else if (EVP_PKEY_is_a(pair, "EC") == 1) {
        member(out, "crv", "P-256");
        member(out, "kty", "EC");
        number_member(out, "x", pair, OSSL_PKEY_PARAM_EC_PUB_X, 32);
        number_member(out, "y", pair, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    } else {
        member(out, "crv", "Ed25519");
        member(out, "kty", "OKP");
        octet_member(out, "x", pair, OSSL_PKEY_PARAM_PUB_KEY);
    }
}

void private_members(std::string& out, const EVP_PKEY* pair) {
    if (EVP_PKEY_is_a(pair, "EC") == 1) return number_member(out, "d", pair, OSSL_PKEY_PARAM_PRIV_KEY, 32);
    if (EVP_PKEY_is_a(pair, "RSA") != 1) return octet_member(out, "d", pair, OSSL_PKEY_PARAM_PRIV_KEY);
    number_member(out, "d", pair, OSSL_PKEY_PARAM_RSA_D);
    number_member(out, "p", pair, OSSL_PKEY_PARAM_RSA_FACTOR1);
    number_member(out, "q", pair, OSSL_PKEY_PARAM_RSA_FACTOR2);
    number_member(out, "dp", pair, OSSL_PKEY_PARAM_RSA_EXPONENT1);
    number_member(out, "dq", pair, OSSL_PKEY_PARAM_RSA_EXPONENT2);
    number_member(out, "qi", pair, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
}

void secret_members(std::string& out, std::string_view secret) {
    std::string text = encode_base64url(secret);
    member(out, "k", text);
    member(out, "kty", "oct");
    wipe(text);
}

std::string hashed(std::string& members) {
    members += '}';
    Sha256 digest{};
    unsigned length = 0;
    EVP_Digest(members.data(), members.size(), digest.data(), &length, EVP_sha256(), nullptr);
    wipe(members);
    return encode_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// Room for the largest key at once: what grows would leave a copy behind.
std::string open_object() {
    std::string out;
    out.reserve(16 << 10);
    out += '{';
    return out;
}

void append_facts(std::string& out, const KeyFacts& facts) {
    member(out, "kid", facts.id);
    member(out, "alg", to_text(facts.algorithm));
    if (!facts.issuer.empty()) member(out, "iss", facts.issuer);
    if (facts.not_before) member(out, "nbf", to_numeric_date(*facts.not_before));
    if (facts.not_after) member(out, "exp", to_numeric_date(*facts.not_after));
    if (!facts.expression.empty()) member(out, "expression", facts.expression);
}

}  // namespace

std::string thumbprint(EVP_PKEY* pair) {
    std::string members = open_object();
    public_members(members, pair);
    return hashed(members);
}

std::string thumbprint_of_secret(std::string_view secret) {
    std::string members = open_object();
    secret_members(members, secret);
    return hashed(members);
}

std::string write_jwk(const Key& key, KeyPart part) {
    const QuietErrors quiet;
    std::string out = open_object();
    if (is_symmetric(key.algorithm())) {
        if (part == KeyPart::only_public) return {};
        secret_members(out, key.secret());
    } else {
        const EVP_PKEY* pair = key.parts()->pair.get();
        public_members(out, pair);
        if (part == KeyPart::whole && key.can_sign()) private_members(out, pair);
    }
    append_facts(out, key.facts());
    out += '}';
    return out;
}

}  // namespace outpost::auth
