// What OpenSSL holds of a key, for those who make and write keys; nobody outside auth/keys includes it.
// Thread rule: as for Key.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "auth/keys/key.hpp"

namespace outpost::auth {

struct OpensslFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
template <class T>
using Openssl = std::unique_ptr<T, OpensslFree>;

// What fails in here is told by return values. The thread's queue of errors is left as it was found: TLS on
// the same thread takes what it finds there for its own.
class QuietErrors {
  public:
    QuietErrors() { ERR_set_mark(); }
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;
    ~QuietErrors() { ERR_pop_to_mark(); }
};

struct Key::Parts {
    Openssl<EVP_PKEY> pair;  // of asymmetric keys
    bool has_private = false;
    Openssl<EVP_MAC_CTX> keyed;  // of HMAC keys: has the key in it, and is copied for each use
};

inline const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// RFC 7638, in base64url: what a key is called that has no name.
std::string thumbprint(EVP_PKEY* pair);
std::string thumbprint_of_secret(std::string_view secret);

// A key of what was read, if it is one that `facts.algorithm` may have: a Problem without `where` otherwise.
Outcome<Key> make_key(KeyFacts facts, Openssl<EVP_PKEY> pair, bool has_private);

}  // namespace outpost::auth
