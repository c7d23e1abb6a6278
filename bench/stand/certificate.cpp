#include "bench/stand/certificate.hpp"

#include <memory>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.hpp"

namespace outpost::bench {
namespace {

constexpr long week = 7L * 86'400;  // a run is over long before

struct Release {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Release>;
using Certificate = std::unique_ptr<X509, Release>;

// Null when OpenSSL refuses anything.
Certificate certificate_for(EVP_PKEY* key) {
    Certificate made{X509_new()};
    X509* x = made.get();
    X509_NAME* name = X509_NAME_new();
    const auto* common = reinterpret_cast<const unsigned char*>("outpost-bench");
    bool good = X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
                X509_set_version(x, X509_VERSION_3) == 1 &&
                ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), 1) == 1 &&
                X509_set_subject_name(x, name) == 1 && X509_set_issuer_name(x, name) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(x), -3600) != nullptr &&
                X509_gmtime_adj(X509_getm_notAfter(x), week) != nullptr && X509_set_pubkey(x, key) == 1;
    X509_NAME_free(name);
    const std::unique_ptr<X509_EXTENSION, Release> names{
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost")};
    good = good && names && X509_add_ext(x, names.get(), -1) == 1 && X509_sign(x, key, EVP_sha256()) > 0;
    return good ? std::move(made) : nullptr;
}

template <class Write>
std::string pem(Write write) {
    const std::unique_ptr<BIO, Release> memory{BIO_new(BIO_s_mem())};
    write(memory.get());
    const char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Outcome<CertificateFiles> make_certificate(const std::filesystem::path& folder) {
    CertificateFiles files{folder / "stand-certificate.pem", folder / "stand-key.pem"};
    std::error_code error;
    if (std::filesystem::exists(files.chain, error) && std::filesystem::exists(files.key, error))
        return files;
    const Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
    const Certificate certificate = key ? certificate_for(key.get()) : nullptr;
    if (!certificate) return Problem{files.chain.string(), "the certificate could not be made", ""};
    const mode_t before = ::umask(0077);
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

}  // namespace outpost::bench
