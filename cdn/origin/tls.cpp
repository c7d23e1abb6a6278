#include "cdn/origin/tls.hpp"

#include <cerrno>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace outpost::cdn::origin {
namespace {

constexpr auto ciphers_12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

std::string openssl_reason() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unknown reason" : reason;
}

// OpenSSL's own socket BIO writes with write(), which raises SIGPIPE. The descriptor is the BIO's data.
int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int note(BIO* bio, ssize_t n, int retry) {
    BIO_clear_retry_flags(bio);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    return static_cast<int>(n);
}

int socket_write(BIO* bio, const char* data, int length) {
    return note(bio, ::send(descriptor_of(bio), data, static_cast<std::size_t>(length), MSG_NOSIGNAL),
                BIO_FLAGS_WRITE);
}

int socket_read(BIO* bio, char* into, int length) {
    const ssize_t n = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(length), 0);
    if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return note(bio, n, BIO_FLAGS_READ);
}

long socket_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "origin socket");
        BIO_meth_set_write(made, socket_write);
        BIO_meth_set_read(made, socket_read);
        BIO_meth_set_ctrl(made, socket_control);
        return made;
    }();
    return method;
}

Outcome<void> set_trust(SSL_CTX* context, const TlsOptions& options) {
    SSL_CTX_set_verify(context, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!options.verify) return {};
    if (options.ca.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
        return Problem{"TLS", "the system's certificates can't be read: " + openssl_reason(), ""};
    }
    if (SSL_CTX_load_verify_file(context, options.ca.c_str()) == 1) return {};
    return Problem{options.ca.string(), "is not a PEM file of certificates: " + openssl_reason(),
                   "give the certificate of the authority that signed the origin's"};
}

}  // namespace

void TlsClient::Deleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsClient::Deleter::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }

TlsClient::~TlsClient() = default;

// The context's application data is the client, which outlives every connection of it.
int TlsClient::keep_session(ssl_st* ssl, ssl_session_st* session) {
    auto* client = static_cast<TlsClient*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
    client->session_.reset(session);
    return 1;  // the reference is ours now
}

Outcome<std::shared_ptr<TlsClient>> TlsClient::make(const TlsOptions& options) {
    std::shared_ptr<TlsClient> client{new TlsClient};
    client->name_ = options.name;
    boost::system::error_code no_address;
    boost::asio::ip::make_address(options.name, no_address);
    client->is_address_ = !no_address;
    client->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = client->context_.get();
    if (context == nullptr) return Problem{"TLS", "can't be set up: " + openssl_reason(), ""};
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, ciphers_12);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(context, 0, client.get());  // what SSL_CTX_set_app_data is short for
    SSL_CTX_sess_set_new_cb(context, keep_session);
    static constexpr unsigned char ours[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(context, ours, sizeof ours - 1);
    if (auto trusted = set_trust(context, options); !trusted) return trusted.error();
    return client;
}

ssl_st* TlsClient::make_connection(int socket) const {
    SSL* ssl = SSL_new(context_.get());
    BIO* bio = BIO_new(socket_method());
    if (ssl == nullptr || bio == nullptr) {
        SSL_free(ssl);
        BIO_free(bio);
        return nullptr;
    }
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_connect_state(ssl);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool named = is_address_
                           ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name_.c_str()) == 1
                           : SSL_set1_host(ssl, name_.c_str()) == 1 &&
                                 SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                          const_cast<char*>(name_.c_str())) == 1;
    if (!named) {
        SSL_free(ssl);
        return nullptr;
    }
    if (session_) SSL_set_session(ssl, session_.get());
    return ssl;
}

}  // namespace outpost::cdn::origin
