// Certificates for tests, made on the spot.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace outpost::tests {

struct FreeTls {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ServerContext = std::unique_ptr<SSL_CTX, FreeTls>;

// A private authority; its certificate lies in a file of its own as long as it lives.
class Authority {
  public:
    Authority();
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    // For a server that is known by those names ("DNS:a.example,IP:127.0.0.1").
    [[nodiscard]] ServerContext issue(const std::string& names) const;

  private:
    std::unique_ptr<EVP_PKEY, FreeTls> key_;
    std::unique_ptr<X509, FreeTls> certificate_;
    std::filesystem::path file_;
};

}  // namespace outpost::tests
