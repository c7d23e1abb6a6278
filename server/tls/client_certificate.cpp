#include "server/tls/client_certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/file.hpp"
#include "server/tls/context.hpp"

namespace outpost::server {
namespace {

constexpr Bytes most_file{1 << 20};
constexpr int most_intermediates = 4;
constexpr long most_chain_bytes = 32 << 10;  // that a stranger may send us before we know who it is

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

bool is_end_of_file() {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// How many certificates of the text went into the store; nothing when one of them is broken.
std::optional<int> add_all(X509_STORE* store, const std::string& pem) {
    const Owned<BIO> text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    int count = 0;
    ERR_clear_error();
    while (const Owned<X509> certificate{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_cert(store, certificate.get()) != 1) return std::nullopt;
        ++count;
    }
    const bool whole = is_end_of_file();
    ERR_clear_error();
    return whole ? std::optional{count} : std::nullopt;
}

// What is shown to clients, so that they know which of their certificates will do.
STACK_OF(X509_NAME) * names_in(X509_STORE* store) {
    STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
    STACK_OF(X509)* certificates = X509_STORE_get1_all_certs(store);
    for (int i = 0; i < sk_X509_num(certificates); ++i) {
        X509_NAME* name = X509_NAME_dup(X509_get_subject_name(sk_X509_value(certificates, i)));
        if (name != nullptr && sk_X509_NAME_push(names, name) <= 0) X509_NAME_free(name);
    }
    sk_X509_pop_free(certificates, X509_free);
    return names;
}

}  // namespace

Outcome<ClientAuthorities> ClientAuthorities::read(const std::filesystem::path& file) {
    const auto pem = read_file(file, most_file);
    if (!pem) return pem.error();
    ClientAuthorities made;
    made.store_ = std::shared_ptr<X509_STORE>{X509_STORE_new(), X509_STORE_free};
    const auto count = made.store_ ? add_all(made.store_.get(), *pem) : std::nullopt;
    if (count.value_or(0) == 0) {
        return Problem{file.string(), count ? "holds no certificate" : "holds a broken certificate",
                       "give the certificates of those who sign clients' certificates, as PEM"};
    }
    X509_STORE_set_flags(made.store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
    if (EVP_Digest(pem->data(), pem->size(), made.digest_.data(), nullptr, EVP_sha256(), nullptr) != 1)
        return Problem{file.string(), "can't be hashed", ""};
    return made;
}

bool ClientAuthorities::ask(SSL_CTX* context) const {
    STACK_OF(X509_NAME)* names = names_in(store_.get());
    if (names == nullptr || SSL_CTX_ctrl(context, SSL_CTRL_SET_VERIFY_CERT_STORE, 1, store_.get()) != 1 ||
        SSL_CTX_set_session_id_context(context, digest_.data(), digest_.size()) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return false;
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_verify_depth(context, most_intermediates);
    SSL_CTX_set_max_cert_list(context, most_chain_bytes);
    return true;
}

std::optional<Problem> client_ca_problem(const std::filesystem::path& file) {
    const auto read = ClientAuthorities::read(file);
    return read ? std::nullopt : std::optional{read.error()};
}

std::optional<auth::PeerCertificate> digests_of(const X509* certificate) {
    auth::PeerCertificate peer{};
    if (X509_digest(certificate, EVP_sha256(), peer.whole.data(), nullptr) != 1) return std::nullopt;
    // The whole SubjectPublicKeyInfo; X509_pubkey_digest() would leave its algorithm out.
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    const bool done = length > 0 && EVP_Digest(der, static_cast<std::size_t>(length), peer.public_key.data(),
                                               nullptr, EVP_sha256(), nullptr) == 1;
    OPENSSL_free(der);
    return done ? std::optional{peer} : std::nullopt;
}

std::unique_ptr<auth::PeerCertificate> peer_certificate(const SSL* connection, WallTime now) {
    const X509* certificate = SSL_get0_peer_certificate(connection);
    if (certificate == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return nullptr;
    std::time_t at = std::chrono::system_clock::to_time_t(now);
    if (X509_cmp_time(X509_get0_notAfter(certificate), &at) <= 0) return nullptr;
    const auto digests = digests_of(certificate);
    return digests ? std::make_unique<auth::PeerCertificate>(*digests) : nullptr;
}

}  // namespace outpost::server
