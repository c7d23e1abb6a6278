// Certificates that clients show (mutual TLS). They may show none: whether a request needs one is a rule's to
// say. One that does not verify ends the handshake. Thread rule: read and ask in one thread; the rest from
// any.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>

#include "auth/facts.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;
struct x509_store_st;

namespace outpost::server {

// Who signs them.
class ClientAuthorities {
  public:
    // A PEM file with one certificate or more; an intermediate will do, without its root.
    static Outcome<ClientAuthorities> read(const std::filesystem::path& file);
    // Has connections of this context ask for a certificate and verify it. Sessions of another set of
    // authorities are not resumed: who verified then might not now. False when memory has run out.
    [[nodiscard]] bool ask(ssl_ctx_st* context) const;

  private:
    std::shared_ptr<x509_store_st> store_;
    std::array<unsigned char, 32> digest_{};  // of the file
};

// Nothing when they can't be computed.
std::optional<auth::PeerCertificate> digests_of(const x509_st* certificate);

// Of a connection whose handshake is over, a resumed one too: its ticket holds the certificate. Null when the
// client showed none, or when it has expired since.
std::unique_ptr<auth::PeerCertificate> peer_certificate(const ssl_st* connection, WallTime now);

}  // namespace outpost::server
