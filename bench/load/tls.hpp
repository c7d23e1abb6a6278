// TLS of a crowd in one thread: a context, and the tickets that its clients share when they resume.
// Thread rule: one thread.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "base/result.hpp"
#include "bench/load/endpoint.hpp"

namespace outpost::bench {

struct OpensslFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using Ssl = std::unique_ptr<SSL, OpensslFree>;

class TlsClient {
  public:
    struct Options {
        std::string ca_file;  // "": anybody is trusted
        bool resume = true;
        bool read_ahead = true;  // not for thin links: what was read ahead was not held back
    };
    static Outcome<std::unique_ptr<TlsClient>> make(const Options& options);
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;
    ~TlsClient() = default;

    // A connection on `fd`, with a ticket when there is one. Null when OpenSSL has no room for it.
    Ssl open(int fd, const Endpoint& endpoint);

  private:
    TlsClient() = default;
    static int keep(SSL* connection, SSL_SESSION* session);

    using Session = std::unique_ptr<SSL_SESSION, OpensslFree>;
    struct Ticket {
        std::string authority;
        Session session;
    };
    bool resume_ = false, verify_ = false;
    std::deque<Ticket> tickets_;  // the last ones
    std::unique_ptr<SSL_CTX, OpensslFree> context_;
};

}  // namespace outpost::bench
