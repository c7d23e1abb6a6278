#include <future>

#include "client.hpp"

using namespace outpost;
using namespace outpost::tests;

namespace {

enum class Then { stay, close };

struct Case {
    std::string reply;
    Then then;
    int status;  // 0: no head
    std::string body;
    std::optional<Errc> wrong;
    bool reusable;
    std::string method = "GET";
};

std::string head(const std::string& fields) { return "HTTP/1.1 200 OK\r\n" + fields + "\r\n"; }

// Answers the first request as the case says, and every later one, on whatever connection, plainly.
ScriptedOrigin::Script script_of(const Case& c, bool slowly) {
    return [&c, slowly](Peer& peer, int number) {
        for (bool first = number == 0; !peer.request().empty(); first = false) {
            if (!first) {
                peer.send(reply_of(200, "next"));
                continue;
            }
            if (slowly) peer.send_slowly(c.reply);
            if (!slowly) peer.send(c.reply);
            if (c.then == Then::close) return;
        }
    };
}

void check(const Case& c, bool slowly) {
    CAPTURE(c.reply);
    CAPTURE(slowly);
    const ScriptedOrigin origin{script_of(c, slowly)};
    auto options = Client::quick();
    options.eject_after = 100;
    Client client{{&origin}, options};
    auto call = Client::call_of("/");
    call.method = c.method;
    const Got got = client.ask(std::move(call));
    CHECK(got.status == c.status);
    if (c.wrong == Errc::origin_malformed) {
        CHECK(c.body.starts_with(got.body));  // what came together with the fault may be lost
    } else {
        CHECK(got.body == c.body);
    }
    if (c.wrong) {
        CHECK(got.error == *c.wrong);
    } else {
        CHECK_MESSAGE(!got.error, got.error.message());
    }
    const Got next = client.get();
    CHECK(next.body == "next");
    CHECK(origin.connections() == (c.reusable ? 1 : 2));
}

const std::vector<Case>& table() {
    static const std::string five = "Content-Length: 5\r\n", chunked = "Transfer-Encoding: chunked\r\n";
    static const std::vector<Case> cases{
        {head(five) + "hello", Then::stay, 200, "hello", {}, true},
        {head("Content-Length: 0\r\n"), Then::stay, 200, "", {}, true},
        {head(five + "Connection: close\r\n") + "hello", Then::close, 200, "hello", {}, false},
        {"HTTP/1.0 200 OK\r\n" + five + "\r\nhello", Then::close, 200, "hello", {}, false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + five + "\r\nhello",
         Then::stay,
         200,
         "hello",
         {},
         true},
        {head(chunked) + "5\r\nhello\r\n0\r\n\r\n", Then::stay, 200, "hello", {}, true},
        {head(chunked) + "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nT: x\r\n\r\n", Then::stay, 200, "hello", {}, true},
        {head("") + "hello", Then::close, 200, "hello", {}, false},
        // 1xx are skipped, up to a bound.
        {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + head(five) + "hello",
         Then::stay,
         200,
         "hello",
         {},
         true},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", Then::stay, 0, "", Errc::origin_malformed, false},
        // No body, whatever the fields say.
        {"HTTP/1.1 204 No Content\r\n" + five + "\r\n", Then::stay, 204, "", {}, true},
        {"HTTP/1.1 304 Not Modified\r\n" + five + "\r\n", Then::stay, 304, "", {}, true},
        {head(five), Then::stay, 200, "", {}, true, "HEAD"},
        {head(chunked), Then::stay, 200, "", {}, true, "HEAD"},
        // In doubt where the body ends.
        {head(five + chunked) + "5\r\nhello\r\n0\r\n\r\n", Then::stay, 0, "", Errc::origin_malformed, false},
        {head("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello", Then::stay, 0, "",
         Errc::origin_malformed, false},
        {head("Content-Length: 5, 5\r\n") + "hello", Then::stay, 0, "", Errc::origin_malformed, false},
        {head("Content-Length: -5\r\n") + "hello", Then::stay, 0, "", Errc::origin_malformed, false},
        {head("Transfer-Encoding: gzip, chunked\r\n"), Then::stay, 0, "", Errc::origin_malformed, false},
        {head("A: b\r\n c\r\n" + five) + "hello", Then::stay, 0, "", Errc::origin_malformed, false},
        {"<html>no http</html>\r\n\r\n", Then::stay, 0, "", Errc::origin_malformed, false},
        {head(chunked) + "5\r\nhelloX\r\n", Then::stay, 200, "hello", Errc::origin_malformed, false},
        {head(chunked) + "five\r\nhello\r\n", Then::stay, 200, "", Errc::origin_malformed, false},
        // Cut short.
        {head(five) + "hel", Then::close, 200, "hel", Errc::origin_truncated, false},
        {head(chunked) + "5\r\nhello\r\n", Then::close, 200, "hello", Errc::origin_truncated, false},
        {head(chunked) + "5\r\nhello\r\n0\r\n", Then::close, 200, "hello", Errc::origin_truncated, false},
        {head(chunked) + "5\r\nhel", Then::close, 200, "hel", Errc::origin_truncated, false},
        {"HTTP/1.1 200 OK\r\nA: ", Then::close, 0, "", Errc::origin_reset, false},
    };
    return cases;
}

}  // namespace

TEST_CASE("a body ends where its head says, whole and byte by byte") {
    for (const Case& c : table()) {
        for (const bool slowly : {false, true}) check(c, slowly);
    }
}

TEST_CASE("bytes behind a body make the connection unfit for another request") {
    const Case c{head("Content-Length: 5\r\n") + "helloHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
                 Then::stay,
                 200,
                 "hello",
                 {},
                 false};
    check(c, false);
}

TEST_CASE("a reset inside a body that ends with the connection is not its end") {
    std::promise<void> read;
    const ScriptedOrigin origin{[&read](Peer& peer, int) {
        peer.request();
        peer.send(head("") + "hel");
        read.get_future().wait();
        peer.reset();
    }};
    Client client{{&origin}};
    auto response = client.begin();
    REQUIRE(response.has_value());
    CHECK_FALSE((*response)->length().has_value());
    char buffer[100];
    std::size_t size = 0;
    while (size < 3) size += client.read(**response, buffer).value();
    read.set_value();
    CHECK(client.read(**response, buffer).error() == Errc::origin_reset);
    CHECK(client.read(**response, buffer).error() == Errc::origin_reset);
}

TEST_CASE("fields that concern the connection stay with it") {
    const ScriptedOrigin origin{ScriptedOrigin::answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: "
        "timeout=5\r\nx-hop: 1\r\nX-End: 2\r\nTrailer: T\r\n\r\n0\r\n\r\n")};
    Client client{{&origin}};
    const Got got = client.get();
    CHECK(got.fields.size() == 1);
    CHECK(got.fields.find("x-end") == "2");
}

TEST_CASE("a request carries the origin's host, the caller's fields and the body's length") {
    std::string seen;
    const ScriptedOrigin origin{[&seen](Peer& peer, int) {
        seen = peer.request();
        peer.send(reply_of(200, ""));
    }};
    cdn::origin::OriginOptions options;
    options.url = origin.url() + "/films/";
    Client client{Client::quick(), {options}};
    auto call = Client::call_of("/a?b");
    call.method = "POST";
    call.fields.add("X-A", "1");
    call.body = "xyz";
    CHECK(client.ask(std::move(call)).status == 200);
    CHECK(seen == fmt::format("POST /films/a?b HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-A: 1\r\n"
                              "Content-Length: 3\r\n\r\nxyz",
                              origin.port()));
}

TEST_CASE("a pool may say which host its origins are asked for") {
    std::string seen;
    const ScriptedOrigin origin{[&seen](Peer& peer, int) {
        seen = peer.request();
        peer.send(reply_of(200, ""));
    }};
    auto options = Client::quick();
    options.host = "films.example";
    Client client{{&origin}, options};
    CHECK(client.get("/a").status == 200);
    CHECK(seen == "GET /a HTTP/1.1\r\nHost: films.example\r\n\r\n");
}
