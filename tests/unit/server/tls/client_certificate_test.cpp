#include "server/tls/client_certificate.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "server/tls/context.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::server;

namespace {

// Its digests below are of `openssl x509 -outform der` and of `openssl pkey -pubin -outform der`.
constexpr std::string_view box_7 = R"(-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUDpZe36u20RAJRiGTV/YTCRMT/mwwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFYm94IDcwHhcNMjYxMTI1MDQ0MzEyWhcNMzYxMTIyMDQ0MzEy
WjAQMQ4wDAYDVQQDDAVib3ggNzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKtl
9zkMfxdHLq4ySipPxlf0zfhhYeodOgxE2gg/ghks8xttXFjFtux96zhRKGoT3dWL
PJZmg1EAriYKYuqc7hSjUzBRMB0GA1UdDgQWBBQOw1JmI3QOVqIuJfNvzgWNUhdn
DjAfBgNVHSMEGDAWgBQOw1JmI3QOVqIuJfNvzgWNUhdnDjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDGscYk++UQ3ZJuIMrUJ3jcMlaIylE4zgv4
Duzk/FD5OAIgKxYdju/gOpvcIS02RObKvf7QoML2aIXctntQMpSnpwE=
-----END CERTIFICATE-----
)";

std::string hex(const auth::Sha256& digest) {
    return encode_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string complaint_of(std::string_view pem) {
    const TemporaryDirectory directory;
    REQUIRE(write_file_atomically(directory / "ca.pem", pem).has_value());
    const auto problem = client_ca_problem(directory / "ca.pem");
    return problem ? problem->what : "";
}

}  // namespace

TEST_CASE("a certificate's digests are of its DER form and of its SubjectPublicKeyInfo") {
    BIO* text = BIO_new_mem_buf(box_7.data(), static_cast<int>(box_7.size()));
    X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    REQUIRE(certificate != nullptr);
    const auto digests = digests_of(certificate);
    X509_free(certificate);
    REQUIRE(digests);
    CHECK(hex(digests->whole) == "2e5fb53ef84147606c54f4f791b6eb4ca9cd3a9845ec644915b2a1745d7a6a2d");
    CHECK(hex(digests->public_key) == "020f0934bbd3abe05c1cc80f60de0a781d6457dec6754af559e491d61bd2d9da");
}

TEST_CASE("a file of authorities holds certificates, and each of them whole") {
    const std::string good{box_7};
    CHECK(complaint_of(good) == "");
    CHECK(complaint_of("# the boxes' own\n" + good + good) == "");
    CHECK(complaint_of("") == "holds no certificate");
    CHECK(complaint_of("nothing of the kind\n") == "holds no certificate");
    CHECK(complaint_of(good + good.substr(0, 300)) == "holds a broken certificate");
    std::string broken = good;
    broken[200] = broken[200] == 'A' ? 'B' : 'A';
    broken.replace(60, 4, "!!!!");
    CHECK(complaint_of(good + broken) == "holds a broken certificate");
}

TEST_CASE("a file of authorities that is not there is told by its name") {
    const auto problem = client_ca_problem("/nowhere/ca.pem");
    REQUIRE(problem);
    CHECK(problem->where == "/nowhere/ca.pem");
}
