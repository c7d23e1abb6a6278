#include "bench/load/tls.hpp"

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace outpost::bench {
namespace {

constexpr std::size_t most_tickets = 256;
constexpr std::size_t ahead = 128 << 10;

bool is_address(const std::string& host) {
    in6_addr room{};
    return ::inet_pton(AF_INET, host.c_str(), &room) == 1 || ::inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

// SSL_set_tlsext_host_name, without its macro's casts.
void name_server(SSL* connection, const std::string& host) {
    SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
}

}  // namespace

Outcome<std::unique_ptr<TlsClient>> TlsClient::make(const Options& options) {
    std::unique_ptr<TlsClient> made{new TlsClient};
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = made->context_.get();
    if (context == nullptr) return Problem{"TLS", "OpenSSL makes no context", ""};
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    if (options.read_ahead) {
        SSL_CTX_set_read_ahead(context, 1);
        SSL_CTX_set_default_read_buffer_len(context, ahead);
    }
    SSL_CTX_set_ex_data(context, 0, made.get());
    SSL_CTX_set_session_cache_mode(
        context, options.resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
    made->resume_ = options.resume;
    if (options.resume) SSL_CTX_sess_set_new_cb(context, &TlsClient::keep);
    made->verify_ = !options.ca_file.empty();
    if (!made->verify_) return made;
    if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
        ERR_clear_error();
        return Problem{options.ca_file, "holds no certificate", "name a PEM file of those whom TLS trusts"};
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return made;
}

// A ticket of TLS 1.3 is for one use (RFC 8446 appendix C.4), but the last one is not given away: a crowd
// that opens more connections than it got tickets is to resume all the same.
Ssl TlsClient::open(int fd, const Endpoint& endpoint) {
    Ssl made{SSL_new(context_.get())};
    if (!made || SSL_set_fd(made.get(), fd) != 1) return nullptr;
    SSL_set_connect_state(made.get());
    SSL_set_ex_data(made.get(), 0, const_cast<Endpoint*>(&endpoint));
    const bool address = is_address(endpoint.host);
    // RFC 6066 section 3: no addresses in the server's name.
    if (!address) name_server(made.get(), endpoint.host);
    if (verify_ && address) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(made.get()), endpoint.host.c_str());
    if (verify_ && !address) SSL_set1_host(made.get(), endpoint.host.c_str());
    for (std::size_t i = tickets_.size(); i-- > 0;) {
        if (tickets_[i].authority != endpoint.authority) continue;
        SSL_set_session(made.get(), tickets_[i].session.get());
        if (tickets_.size() > 1) tickets_.erase(tickets_.begin() + static_cast<std::ptrdiff_t>(i));
        break;
    }
    return made;
}

int TlsClient::keep(SSL* connection, SSL_SESSION* session) {
    auto* self = static_cast<TlsClient*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), 0));
    const auto* endpoint = static_cast<const Endpoint*>(SSL_get_ex_data(connection, 0));
    if (SSL_SESSION_is_resumable(session) != 1) return 0;
    if (self->tickets_.size() == most_tickets) self->tickets_.pop_front();
    self->tickets_.push_back({endpoint->authority, Session{session}});
    return 1;  // it is ours now
}

}  // namespace outpost::bench
