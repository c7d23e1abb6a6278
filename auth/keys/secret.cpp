#include "auth/keys/secret.hpp"

#include <openssl/crypto.h>

namespace outpost::auth {

// Short texts live in the object itself: the whole of its room is wiped, not only what it says it holds.
void wipe(std::string& text) noexcept {
    OPENSSL_cleanse(text.data(), text.capacity());
    text.clear();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
    return *this;
}

}  // namespace outpost::auth
