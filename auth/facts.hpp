// What is known of a request when it is decided whether it may pass. Tokens have been taken out of all of it.
// Thread rule: views that live as long as the request.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/http/field.hpp"

namespace outpost::auth {

using Sha256 = std::array<std::uint8_t, 32>;

// Of the certificate that the client showed in the TLS handshake, if it did.
struct PeerCertificate {
    Sha256 whole;       // of its DER form (x5t#S256 of RFC 8705)
    Sha256 public_key;  // of its SubjectPublicKeyInfo
};

struct RequestFacts {
    std::string_view method;
    std::string_view scheme;    // "http" or "https", as the client came
    std::string_view host;      // as in the Host field, with its port if that has one
    std::string_view raw_path;  // as sent, without the token; begins with '/'
    std::string_view path;      // decoded, without dot segments
    std::string_view query;     // as sent, without '?' and the token
    std::span<const http::Field> fields;
    std::string_view client;    // numeric address, without the port
    std::string_view protocol;  // ALPN name: "http/1.1"
    const PeerCertificate* certificate = nullptr;
    WallTime now;

    // "https://host/path?query", as the client meant it before the token was put in.
    [[nodiscard]] std::string uri() const;
};

}  // namespace outpost::auth
