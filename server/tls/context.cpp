#include "server/tls/context.hpp"

#include <ctime>
#include <map>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "server/tls/client_certificate.hpp"

namespace outpost::server {
namespace {

// Mozilla's intermediate profile (version 6), AES-128-GCM first.
constexpr auto ciphers_12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto ciphers_13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr std::string_view session_context = "outpost";
constexpr std::chrono::days soon{14};
constexpr std::size_t ticket_keys_size = 80;  // as OpenSSL lays them out: name, HMAC key, AES key

struct ContextDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, ContextDeleter>;

std::string openssl_reason() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unknown reason" : reason;
}

// The only protocol of ours; a client that offers others alone is served without ALPN.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned length, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, offered, length) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

// A key that is encrypted is refused: asking for its passphrase would stop a server that nobody sits at.
int no_passphrase(char*, int, int, void*) { return -1; }

std::vector<std::string> names_in(X509* certificate) {
    std::vector<std::string> names;
    auto* found =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; found != nullptr && i < sk_GENERAL_NAME_num(found); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(found, i);
        if (name->type != GEN_DNS) continue;
        const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
        names.push_back(ascii_lower({bytes, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
    }
    GENERAL_NAMES_free(found);
    return names;
}

}  // namespace

struct TlsContexts::Set {
    std::vector<Context> contexts;
    std::map<std::string, SSL_CTX*, std::less<>> by_name;  // lower case; "*.example.org" for wildcards

    [[nodiscard]] SSL_CTX* pick(std::string_view name) const {
        const std::string lower = ascii_lower(name);
        if (const auto exact = by_name.find(lower); exact != by_name.end()) return exact->second;
        const auto dot = lower.find('.');
        if (dot != std::string::npos) {
            if (const auto wild = by_name.find("*" + lower.substr(dot)); wild != by_name.end())
                return wild->second;
        }
        return contexts.front().get();
    }
};

namespace {

// The set lives in its contexts' application data for as long as a connection's handshake may need it.
int pick_certificate(SSL* ssl, int*, void* argument) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto* set = static_cast<const TlsContexts::Set*>(argument);
    if (name != nullptr && set != nullptr) SSL_set_SSL_CTX(ssl, set->pick(name));
    return SSL_TLSEXT_ERR_OK;
}

Outcome<Context> make_context(const CertificateFiles& files, const TlsPolicy& policy,
                              const std::string& ticket_keys, const ClientAuthorities* authorities) {
    Context made{SSL_CTX_new(TLS_server_method())};
    SSL_CTX* context = made.get();
    if (context == nullptr) return Problem{"TLS", "can't be set up: " + openssl_reason(), ""};
    SSL_CTX_set_min_proto_version(context, policy.only_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_cipher_list(context, ciphers_12);
    SSL_CTX_set_ciphersuites(context, ciphers_13);
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_OFF);  // tickets only: nothing of a session stays with us
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(session_context.data()),
                                   static_cast<unsigned>(session_context.size()));
    if (authorities != nullptr && !authorities->ask(context))
        return Problem{policy.client_ca.string(), "can't be used: " + openssl_reason(), ""};
    SSL_CTX_set_timeout(context, policy.ticket_lifetime.count());
    SSL_CTX_set_num_tickets(context, 1);
    std::string keys = ticket_keys;
    SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), static_cast<long>(keys.size()));
    OPENSSL_cleanse(keys.data(), keys.size());
    SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(context, files.chain.c_str()) != 1) {
        return Problem{files.chain.string(), "is not a PEM certificate chain: " + openssl_reason(),
                       "give the server's certificate first, then the intermediates"};
    }
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return Problem{files.key.string(),
                       "can't serve as the private key of " + files.chain.string() + ": " + openssl_reason(),
                       "give the certificate's own key as PEM, not encrypted"};
    }
    return made;
}

}  // namespace

std::string expiry_warning(const CertificateFiles& files, WallTime now) {
    BIO* file = BIO_new_file(files.chain.c_str(), "r");
    X509* certificate = file == nullptr ? nullptr : PEM_read_bio_X509(file, nullptr, no_passphrase, nullptr);
    BIO_free(file);
    std::tm parts{};
    const bool known =
        certificate != nullptr && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) == 1;
    X509_free(certificate);
    ERR_clear_error();
    if (!known) return "";
    const WallTime end = std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
    if (end <= now)
        return fmt::format("{}: the certificate expired on {}", files.chain.string(), iso_time(end));
    if (end - now > soon) return "";
    return fmt::format("{}: the certificate expires on {}", files.chain.string(), iso_time(end));
}

TlsContexts::TlsContexts(std::vector<CertificateFiles> files, TlsPolicy policy)
    : files_{std::move(files)}, policy_{std::move(policy)}, ticket_keys_(ticket_keys_size, '\0') {
    RAND_bytes(reinterpret_cast<unsigned char*>(ticket_keys_.data()), static_cast<int>(ticket_keys_.size()));
}

TlsContexts::~TlsContexts() { OPENSSL_cleanse(ticket_keys_.data(), ticket_keys_.size()); }

Outcome<std::shared_ptr<const TlsContexts::Set>> TlsContexts::read_files() const {
    auto set = std::make_shared<Set>();
    std::map<std::string, const CertificateFiles*> owner;
    std::optional<ClientAuthorities> authorities;
    if (!policy_.client_ca.empty()) {
        auto read = ClientAuthorities::read(policy_.client_ca);
        if (!read) return read.error();
        authorities = std::move(*read);
    }
    for (const CertificateFiles& files : files_) {
        auto context = make_context(files, policy_, ticket_keys_, authorities ? &*authorities : nullptr);
        if (!context) return context.error();
        const auto names =
            files.names.empty() ? names_in(SSL_CTX_get0_certificate(context->get())) : files.names;
        for (const std::string& name : names) {
            const std::string lower = ascii_lower(name);
            if (const auto other = owner.find(lower); other != owner.end()) {
                return Problem{files.chain.string(),
                               fmt::format("{} also names {}", other->second->chain.string(), lower),
                               "give one of them a names list without it"};
            }
            owner[lower] = &files;
            set->by_name[lower] = context->get();
        }
        if (const std::string warning = expiry_warning(files, wall_now()); !warning.empty())
            log::warning("{}", warning);
        SSL_CTX_callback_ctrl(
            context->get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
            reinterpret_cast<void (*)()>(pick_certificate));  // the macro's cast is an old one
        SSL_CTX_set_tlsext_servername_arg(context->get(), set.get());
        set->contexts.push_back(std::move(*context));
    }
    return std::shared_ptr<const Set>{std::move(set)};
}

Outcome<std::unique_ptr<TlsContexts>> TlsContexts::load(std::vector<CertificateFiles> files,
                                                        TlsPolicy policy) {
    std::unique_ptr<TlsContexts> made{new TlsContexts{std::move(files), std::move(policy)}};
    if (auto done = made->reload(); !done) return done.error();
    return made;
}

Outcome<void> TlsContexts::reload() {
    auto set = read_files();
    if (!set) return set.error();
    const std::lock_guard lock{mutex_};
    set_ = std::move(*set);
    return {};
}

namespace {

// An SSL that keeps its set alive: freed with it, whatever reload does meanwhile.
void release_set(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<std::shared_ptr<const TlsContexts::Set>*>(held);
}

int set_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, release_set);
    return index;
}

}  // namespace

SSL* TlsContexts::make_connection() const {
    std::shared_ptr<const Set> set;
    {
        const std::lock_guard lock{mutex_};
        set = set_;
    }
    SSL* ssl = SSL_new(set->contexts.front().get());
    if (ssl != nullptr) SSL_set_ex_data(ssl, set_index(), new std::shared_ptr<const Set>{std::move(set)});
    return ssl;
}

}  // namespace outpost::server
