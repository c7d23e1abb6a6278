#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/file.hpp"
#include "server/tls/context.hpp"

namespace outpost::server {
namespace {

constexpr long lifetime_seconds = 397L * 86'400;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

bool add_extension(X509* certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION> extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Owned<X509> sign_for_localhost(EVP_PKEY* key) {
    Owned<X509> certificate{X509_new()};
    X509* x = certificate.get();
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    X509_set_version(x, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), lifetime_seconds);
    X509_set_pubkey(x, key);
    X509_NAME* name = X509_get_subject_name(x);
    const auto* common_name = reinterpret_cast<const unsigned char*>("Outpost demo");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
    X509_set_issuer_name(x, name);
    const bool made = add_extension(x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
                      add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
                      X509_sign(x, key, EVP_sha256()) > 0;
    return made ? std::move(certificate) : nullptr;
}

template <class Write>
std::string pem(Write write) {
    const Owned<BIO> memory{BIO_new(BIO_s_mem())};
    write(memory.get());
    const char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Outcome<CertificateFiles> make_demo_certificate(const std::filesystem::path& directory) {
    CertificateFiles files{directory / "demo-certificate.pem", directory / "demo-key.pem", {}};
    std::error_code error;
    if (std::filesystem::exists(files.chain, error) && std::filesystem::exists(files.key, error))
        return files;
    std::filesystem::create_directories(directory, error);
    const Owned<EVP_PKEY> key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    const Owned<X509> certificate = key ? sign_for_localhost(key.get()) : nullptr;
    if (!certificate) return Problem{files.chain.string(), "the demo certificate could not be made", ""};
    const mode_t before = ::umask(0077);  // the key is for our eyes only, from its first byte
    auto wrote = write_file_atomically(files.key, pem([&](BIO* bio) {
                                           PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0,
                                                                    nullptr, nullptr);
                                       }));
    ::umask(before);
    if (wrote)
        wrote = write_file_atomically(files.chain,
                                      pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }));
    if (!wrote) return wrote.error();
    return files;
}

}  // namespace outpost::server
