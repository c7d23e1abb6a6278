// Certificates and what a handshake needs: one SSL_CTX per certificate, picked by the name that the client
// asks for (SNI, RFC 6066 section 3), swapped whole on reload. Session tickets (RFC 5077, RFC 8446
// section 4.6.1) are sealed with one key for all threads and all certificates, so a session resumes wherever
// it lands. Thread rule: make and reload in one thread; pick from any.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace outpost::server {

struct CertificateFiles {
    std::filesystem::path chain, key;  // PEM
    std::vector<std::string> names;    // empty: those of the certificate
};

struct TlsPolicy {
    bool only_13 = false;
    Seconds ticket_lifetime{86'400};
    std::filesystem::path client_ca;  // who signs clients' certificates (PEM); empty: none is asked for
};

class TlsContexts {
  public:
    static Outcome<std::unique_ptr<TlsContexts>> load(std::vector<CertificateFiles> files, TlsPolicy policy);
    ~TlsContexts();
    TlsContexts(const TlsContexts&) = delete;
    TlsContexts& operator=(const TlsContexts&) = delete;

    // Reads the files again; all that was read before stays when one of the new ones can't be used.
    Outcome<void> reload();
    // A server-side TLS connection that has not begun; the caller owns it. Null when memory has run out.
    [[nodiscard]] ssl_st* make_connection() const;

    struct Set;

  private:
    TlsContexts(std::vector<CertificateFiles> files, TlsPolicy policy);
    [[nodiscard]] Outcome<std::shared_ptr<const Set>> read_files() const;

    std::vector<CertificateFiles> files_;
    TlsPolicy policy_;
    std::string ticket_keys_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Set> set_;
};

// What is wrong with a file of client authorities; nothing when it will do.
std::optional<Problem> client_ca_problem(const std::filesystem::path& file);

// What an operator should know of the certificate's end; empty when there is nothing to say.
std::string expiry_warning(const CertificateFiles& files, WallTime now);

// Makes a self-signed certificate for "localhost" and the machine's name, for the demo only. Files that exist
// are kept.
Outcome<CertificateFiles> make_demo_certificate(const std::filesystem::path& directory);

}  // namespace outpost::server
