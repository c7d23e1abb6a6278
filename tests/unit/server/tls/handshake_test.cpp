// What the server knows of its client after a handshake, a resumed one too: both sides run in this test.
#include <sys/socket.h>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/file.hpp"
#include "server/tls/client_certificate.hpp"
#include "server/tls/context.hpp"
#include "server/tls/transport.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::server;
using namespace std::chrono_literals;

namespace {

constexpr long lifetime_seconds = 30L * 86'400;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// A box with a certificate that it signed itself: where the server takes that for an authority, it verifies.
struct Box {
    Owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
    Owned<X509> certificate{X509_new()};

    Box() {
        X509* x = certificate.get();
        X509_set_version(x, 2);
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), 7);
        X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x), lifetime_seconds);
        X509_set_pubkey(x, key.get());
        const auto* name = reinterpret_cast<const unsigned char*>("box");
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, name, -1, -1, 0);
        X509_set_issuer_name(x, X509_get_subject_name(x));
        REQUIRE(X509_sign(x, key.get(), EVP_sha256()) > 0);
    }
    void write(const std::filesystem::path& path) const {
        BIO* file = BIO_new_file(path.c_str(), "w");
        REQUIRE(PEM_write_bio_X509(file, certificate.get()) == 1);
        BIO_free(file);
    }
};

struct Ends {
    Fd client, server;
    Ends() {
        int both[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both) == 0);
        client = Fd{both[0]};
        server = Fd{both[1]};
    }
};

int keep_session(SSL* ssl, SSL_SESSION* session) {
    auto& sessions = *static_cast<std::vector<Owned<SSL_SESSION>>*>(SSL_get_app_data(ssl));
    sessions.emplace_back(session);
    return 1;
}

struct Seen {
    bool met = false, resumed = false;
    std::optional<auth::PeerCertificate> peer;
};

// A client of one version, with or without the box's certificate, and the sessions that it was given.
class Client {
  public:
    Client(int version, const Box* box) {
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
        SSL_CTX_sess_set_new_cb(context_.get(), keep_session);
        if (box == nullptr) return;
        REQUIRE(SSL_CTX_use_certificate(context_.get(), box->certificate.get()) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), box->key.get()) == 1);
    }

    // One byte goes each way, so that tickets have arrived.
    Seen meet(const TlsContexts& contexts) {
        const Ends ends;
        const Owned<SSL> ssl{SSL_new(context_.get())};
        SSL_set_fd(ssl.get(), ends.client.get());
        SSL_set_connect_state(ssl.get());
        SSL_set_app_data(ssl.get(), &sessions_);
        if (!sessions_.empty()) SSL_set_session(ssl.get(), sessions_.back().get());
        std::vector<char> scratch(64 << 10);
        const auto transport = make_tls_transport(contexts, ends.server.get(), scratch);
        Seen seen;
        bool asked = false, answered = false;
        char byte = 0;
        CHECK(transport->peer() == nullptr);
        for (int i = 0; i < 20 && !seen.met; ++i) {
            if (!asked && SSL_do_handshake(ssl.get()) == 1) asked = SSL_write(ssl.get(), "?", 1) == 1;
            if (!answered && transport->read({scratch.data(), 1}).state == Io::done)
                answered = transport->write("!", {}, false).state == Io::done;
            seen.met = answered && SSL_read(ssl.get(), &byte, 1) == 1;
        }
        seen.resumed = SSL_session_reused(ssl.get()) == 1;
        if (const auto* peer = transport->peer()) seen.peer = *peer;
        SSL_shutdown(ssl.get());  // else the session is taken for a broken one
        return seen;
    }

  private:
    Owned<SSL_CTX> context_{SSL_CTX_new(TLS_client_method())};
    std::vector<Owned<SSL_SESSION>> sessions_;
};

std::unique_ptr<TlsContexts> contexts_for(const TemporaryDirectory& directory, const Box& authority) {
    authority.write(directory / "ca.pem");
    TlsPolicy policy;
    policy.client_ca = directory / "ca.pem";
    return TlsContexts::load({make_demo_certificate(directory.path()).value()}, policy).value();
}

void check_is(const std::optional<auth::PeerCertificate>& peer, const Box& box) {
    REQUIRE(peer);
    const auto wanted = digests_of(box.certificate.get()).value();
    CHECK(peer->whole == wanted.whole);
    CHECK(peer->public_key == wanted.public_key);
}

}  // namespace

TEST_CASE("a client is known by its certificate, in a session that resumes as in the first") {
    const TemporaryDirectory directory;
    const Box box;
    const auto contexts = contexts_for(directory, box);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        Client client{version, &box};
        for (int i = 0; i < 4; ++i) {
            const Seen seen = client.meet(*contexts);
            REQUIRE(seen.met);
            CHECK(seen.resumed == (i > 0));
            check_is(seen.peer, box);
        }
    }
}

TEST_CASE("a client without a certificate is nobody, in a session that resumes as in the first") {
    const TemporaryDirectory directory;
    const Box box;
    const auto contexts = contexts_for(directory, box);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        Client client{version, nullptr};
        for (int i = 0; i < 2; ++i) {
            const Seen seen = client.meet(*contexts);
            REQUIRE(seen.met);
            CHECK(seen.resumed == (i > 0));
            CHECK_FALSE(seen.peer);
        }
    }
}

TEST_CASE("a client with another's certificate gets nothing, and is nobody") {
    const TemporaryDirectory directory;
    const Box box, stranger;
    const auto contexts = contexts_for(directory, box);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        const Seen seen = Client{version, &stranger}.meet(*contexts);
        CHECK_FALSE(seen.met);
        CHECK_FALSE(seen.peer);
    }
}

TEST_CASE("a session that outlives its client's certificate is nobody's") {
    const TemporaryDirectory directory;
    const Box box;
    const auto contexts = contexts_for(directory, box);
    const Ends ends;
    const Owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_use_certificate(context.get(), box.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), box.key.get());
    const Owned<SSL> server{contexts->make_connection()}, client{SSL_new(context.get())};
    SSL_set_fd(server.get(), ends.server.get());
    SSL_set_fd(client.get(), ends.client.get());
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    for (int i = 0; i < 10; ++i) {
        SSL_do_handshake(client.get());
        SSL_do_handshake(server.get());
    }
    REQUIRE(SSL_is_init_finished(server.get()) == 1);
    const WallTime now = wall_now();
    const std::chrono::seconds lifetime{lifetime_seconds};
    CHECK(peer_certificate(server.get(), now) != nullptr);
    CHECK(peer_certificate(server.get(), now + lifetime - 60s) != nullptr);
    CHECK(peer_certificate(server.get(), now + lifetime + 60s) == nullptr);
}
