// What TLS to one origin needs: whom to trust, under which name it is known, and its last session, so that
// the next connection is resumed. Thread rule: the loop's thread, once made.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

namespace outpost::cdn::origin {

struct TlsOptions {
    std::string name;  // a DNS name or an IP address: for SNI (names only) and the certificate
    bool verify = true;
    std::filesystem::path ca;  // PEM; empty: the system's
};

class TlsClient {
  public:
    static Outcome<std::shared_ptr<TlsClient>> make(const TlsOptions& options);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    // A connection over `socket` that has not begun; the caller owns it and keeps the socket. Null when
    // memory has run out.
    [[nodiscard]] ssl_st* make_connection(int socket) const;

  private:
    TlsClient() = default;
    static int keep_session(ssl_st* ssl, ssl_session_st* session);

    struct Deleter {
        void operator()(ssl_ctx_st* context) const;
        void operator()(ssl_session_st* session) const;
    };
    std::string name_;
    bool is_address_ = false;
    std::unique_ptr<ssl_ctx_st, Deleter> context_;
    std::unique_ptr<ssl_session_st, Deleter> session_;
};

}  // namespace outpost::cdn::origin
