#include "certificates.hpp"

#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace outpost::tests {
namespace {

std::unique_ptr<EVP_PKEY, FreeTls> make_key() {
    return std::unique_ptr<EVP_PKEY, FreeTls>{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1)
        throw std::runtime_error("no certificate extension " + value);
    X509_EXTENSION_free(extension);
}

// Not signed yet; `issuer` is null for one that signs itself.
std::unique_ptr<X509, FreeTls> make_certificate(EVP_PKEY* key, const std::string& name, X509* issuer) {
    static long serial = 1;
    std::unique_ptr<X509, FreeTls> made{X509_new()};
    X509* x = made.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 86'400);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer == nullptr ? x : issuer));
    return made;
}

}  // namespace

Authority::Authority()
    : key_{make_key()}, certificate_{make_certificate(key_.get(), "Test authority", nullptr)} {
    extend(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign");
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
    std::string name = (std::filesystem::temp_directory_path() / "outpost-authority-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    std::FILE* file = ::fdopen(fd, "w");
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
    file_ = name;
}

Authority::~Authority() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

ServerContext Authority::issue(const std::string& names) const {
    const auto key = make_key();
    const auto leaf = make_certificate(key.get(), "Test server", certificate_.get());
    extend(leaf.get(), certificate_.get(), NID_subject_alt_name, names);
    X509_sign(leaf.get(), key_.get(), EVP_sha256());
    ServerContext context{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_use_certificate(context.get(), leaf.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    return context;
}

}  // namespace outpost::tests
