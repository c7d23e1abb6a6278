#include "cdn/origin/measures.hpp"
#include "certificates.hpp"
#include "client.hpp"

using namespace outpost;
using namespace outpost::tests;

namespace {

cdn::origin::OriginOptions trusting(const ScriptedOrigin& origin, const Authority& authority) {
    cdn::origin::OriginOptions options;
    options.url = origin.url();
    options.ca = authority.file();
    return options;
}

}  // namespace

TEST_CASE("an origin is trusted when its authority signed for its name, and only then") {
    const Authority ours, theirs;
    const ServerContext by_address = ours.issue("IP:127.0.0.1"), by_name = ours.issue("DNS:films.example");
    const ScriptedOrigin address{ScriptedOrigin::answering(reply_of(200, "hello")), by_address.get()};
    const ScriptedOrigin name{ScriptedOrigin::answering(reply_of(200, "hello")), by_name.get()};
    struct Case {
        const ScriptedOrigin& origin;
        const Authority& authority;
        std::string server_name;
        bool verify;
        std::optional<Errc> wrong;
    };
    const std::vector<Case> table{
        {address, ours, "", true, {}},
        {address, theirs, "", true, Errc::origin_certificate},
        {address, ours, "films.example", true, Errc::origin_certificate},
        {name, ours, "films.example", true, {}},
        {name, ours, "", true, Errc::origin_certificate},
        {name, ours, "other.example", true, Errc::origin_certificate},
        {name, theirs, "other.example", false, {}},
    };
    for (const Case& c : table) {
        CAPTURE(c.server_name);
        CAPTURE(c.verify);
        auto options = trusting(c.origin, c.authority);
        options.server_name = c.server_name;
        options.verify = c.verify;
        Client client{Client::quick(), {options}};
        const Got got = client.get();
        if (c.wrong) {
            CHECK(got.error == *c.wrong);
        } else {
            CHECK_MESSAGE(!got.error, got.error.message());
            CHECK(got.body == "hello");
        }
    }
}

TEST_CASE("the system's authorities do not vouch for a private one") {
    const Authority authority;
    const ServerContext context = authority.issue("IP:127.0.0.1");
    const ScriptedOrigin origin{ScriptedOrigin::answering(reply_of(200, "hello")), context.get()};
    Client client{{&origin}};
    CHECK(client.get().error == Errc::origin_certificate);
}

TEST_CASE("an origin that speaks no TLS is no origin") {
    const ScriptedOrigin origin{[](Peer& peer, int) {
        peer.send(reply_of(400, "what?"));
        peer.wait_for_close();
    }};
    cdn::origin::OriginOptions options;
    options.url = "https://127.0.0.1:" + std::to_string(origin.port());
    Client client{Client::quick(), {options}};
    CHECK(client.get().error == Errc::origin_tls);
}

TEST_CASE("TLS connections are kept, and new ones resume the last session") {
    const Authority authority;
    const ServerContext context = authority.issue("IP:127.0.0.1");
    const std::string body(300'000, 'x');
    const ScriptedOrigin origin{[&](Peer& peer, int number) {
                                    peer.request();
                                    peer.send(reply_of(200, body));
                                    if (number == 0) return;
                                    while (!peer.request().empty()) peer.send(reply_of(200, "kept"));
                                },
                                context.get()};
    Client client{Client::quick(), {trusting(origin, authority)}};
    const auto resumed = cdn::origin::measures::tls_resumed.value();
    CHECK(client.get().body == body);
    CHECK(client.get().body == body);
    CHECK(client.get().body == "kept");
    CHECK(origin.connections() == 2);
    CHECK(cdn::origin::measures::tls_resumed.value() == resumed + 1);
}

TEST_CASE("inside TLS only TLS says where a body without a length ends") {
    const Authority authority;
    const ServerContext context = authority.issue("IP:127.0.0.1");
    for (const bool polite : {true, false}) {
        const ScriptedOrigin origin{[polite](Peer& peer, int) {
                                        peer.request();
                                        peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
                                        polite ? peer.close() : peer.close_rudely();
                                    },
                                    context.get()};
        Client client{Client::quick(), {trusting(origin, authority)}};
        const Got got = client.get();
        CHECK(got.body == "hello");
        CHECK(got.error == (polite ? boost::system::error_code{} : make_error_code(Errc::origin_truncated)));
    }
}

TEST_CASE("bytes behind a body make a TLS connection unfit too, though the socket is silent") {
    const Authority authority;
    const ServerContext context = authority.issue("IP:127.0.0.1");
    const std::string body(20'000, 'x');  // its last bytes share a record with what stands behind
    const ScriptedOrigin origin{[&](Peer& peer, int) {
                                    while (!peer.request().empty())
                                        peer.send(reply_of(200, body) + reply_of(200, "poison"));
                                },
                                context.get()};
    Client client{Client::quick(), {trusting(origin, authority)}};
    CHECK(client.get().body == body);
    CHECK(client.get().body == body);
    CHECK(origin.connections() == 2);
}
