// A certificate for stands that listen with TLS: self-signed, ECDSA P-256, as a CDN's are; for 127.0.0.1 and
// localhost. Thread rule: one thread.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace outpost::bench {

struct CertificateFiles {
    std::filesystem::path chain, key;  // PEM
};

// Writes stand-certificate.pem and stand-key.pem (for our eyes only) into `folder`, which is there; what is
// there already is kept.
Outcome<CertificateFiles> make_certificate(const std::filesystem::path& folder);

}  // namespace outpost::bench
