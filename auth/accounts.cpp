#include "auth/accounts.hpp"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/base64.hpp"

namespace outpost::auth {
namespace {

constexpr std::string_view key_prefix = "outpost-";
constexpr std::string_view hash_prefix = "sha256:";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t most_key = 256;

constexpr std::array roles{std::string_view{"viewer"}, std::string_view{"operator"},
                           std::string_view{"administrator"}};

// One round of SHA-256 and no slow hash: keys are 256 bits of randomness, of which nobody guesses any, so
// slowness would protect nothing and cost every request.
std::optional<Sha256> hash_of(std::string_view key) {
    Sha256 digest{};
    unsigned size = 0;
    if (EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
        size != digest.size())
        return std::nullopt;
    return digest;
}

std::string_view bytes_of(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string_view to_text(Role role) { return roles[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view text) {
    const auto found = std::find(roles.begin(), roles.end(), text);
    if (found == roles.end()) return std::nullopt;
    return static_cast<Role>(found - roles.begin());
}

const Account* Accounts::find(std::string_view key) const {
    if (!is_bearer_key(key)) return nullptr;
    const auto digest = hash_of(key);
    if (!digest) return nullptr;
    const Account* found = nullptr;
    for (const Account& account : accounts_) {
        if (CRYPTO_memcmp(account.key_hash.data(), digest->data(), digest->size()) == 0) found = &account;
    }
    return found;
}

std::optional<Secret> make_account_key() {
    std::string random(key_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size())) != 1)
        return std::nullopt;
    std::string digits = encode_base64url(random);
    std::string key;
    key.reserve(key_prefix.size() + digits.size());  // so that no part of it stays behind in a smaller room
    key.append(key_prefix).append(digits);
    wipe(random);
    wipe(digits);
    return Secret{std::move(key)};
}

std::string key_hash_text(std::string_view key) {
    const auto digest = hash_of(key);
    return digest ? std::string{hash_prefix} + encode_hex(bytes_of(*digest)) : "";
}

std::optional<Sha256> parse_key_hash(std::string_view text) {
    if (!text.starts_with(hash_prefix)) return std::nullopt;
    const auto bytes = decode_hex(text.substr(hash_prefix.size()));
    Sha256 digest{};
    if (!bytes || bytes->size() != digest.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

bool is_bearer_key(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    if (text.size() > most_key) return false;
    while (text.ends_with('=')) text.remove_suffix(1);
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace outpost::auth
