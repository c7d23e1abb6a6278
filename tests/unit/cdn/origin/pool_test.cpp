#include <future>

#include "client.hpp"

using namespace outpost;
using namespace outpost::tests;
using cdn::origin::Attempts;
using State = cdn::origin::OriginStatus::State;

namespace {

constexpr Milliseconds brief{50};

ScriptedOrigin::Script silent() {
    return [](Peer& peer, int) {
        peer.request();
        peer.wait_for_close();
    };
}

cdn::origin::OriginOptions at(const std::string& url) {
    cdn::origin::OriginOptions options;
    options.url = url;
    return options;
}

}  // namespace

// ---- deadlines

TEST_CASE("an origin that takes the request and says nothing is given up") {
    const ScriptedOrigin origin{silent()};
    auto options = Client::quick();
    options.first_byte_timeout = brief;
    Client client{{&origin}, options};
    CHECK(client.get().error == Errc::origin_timeout);
    CHECK(client.status().failures == 1);
    CHECK(client.status().last_error == "the origin is too slow");
}

TEST_CASE("a body that stops in the middle is given up") {
    const ScriptedOrigin origin{[](Peer& peer, int) {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        peer.wait_for_close();
    }};
    auto options = Client::quick();
    options.idle_timeout = brief;
    Client client{{&origin}, options};
    const Got got = client.get();
    CHECK(got.status == 200);
    CHECK(got.body == "hello");
    CHECK(got.error == Errc::origin_timeout);
}

TEST_CASE("a body that never ends is given up") {
    const ScriptedOrigin origin{[](Peer& peer, int) {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        while (peer.send("more and more and more")) {
        }
    }};
    auto options = Client::quick();
    options.whole_timeout = brief;
    Client client{{&origin}, options};
    CHECK(client.get().error == Errc::origin_timeout);
}

TEST_CASE("an origin that takes the connection but no handshake is given up") {
    const ScriptedOrigin origin{[](Peer& peer, int) { peer.wait_for_close(); }};
    auto options = Client::quick();
    options.connect_timeout = brief;
    Client client{options, {at("https://127.0.0.1:" + std::to_string(origin.port()))}};
    CHECK(client.get().error == Errc::origin_connect_timeout);
}

// ---- names and connections

TEST_CASE("nobody at the port, or no such name") {
    Client nobody{Client::quick(), {at("http://127.0.0.1:" + std::to_string(closed_port()))}};
    CHECK(nobody.get().error == Errc::origin_unreachable);
    Client nameless{Client::quick(), {at("http://" + std::string(64, 'a') + ".test")}};
    CHECK(nameless.get().error == Errc::origin_dns);
}

TEST_CASE("an origin is found by its name, at whichever of its addresses it listens") {
    const ScriptedOrigin origin{ScriptedOrigin::answering(reply_of(200, "hello"))};
    Client client{Client::quick(), {at("http://localhost:" + std::to_string(origin.port()))}};
    CHECK(client.get().body == "hello");
    CHECK(client.get().origin == "http://localhost:" + std::to_string(origin.port()));
}

TEST_CASE("a connection whose reply was read is used again") {
    const ScriptedOrigin origin{ScriptedOrigin::answering(reply_of(200, "hello"))};
    Client client{{&origin}};
    for (int i = 0; i < 5; ++i) CHECK(client.get().body == "hello");
    CHECK(origin.connections() == 1);
    CHECK(client.status().idle == 1);
    CHECK(client.status().active == 0);
    CHECK(client.status().requests == 5);
    CHECK(client.status().bytes == 25);
}

TEST_CASE("a connection is not kept longer than its time") {
    const ScriptedOrigin origin{ScriptedOrigin::answering(reply_of(200, "hello"))};
    auto options = at(origin.url());
    options.keep_alive = brief;
    Client client{Client::quick(), {options}};
    client.get();
    CHECK(client.status().idle == 1);
    run_until(client.loop, [&] { return client.status().idle == 0; });
}

TEST_CASE("a reply that nobody reads to its end closes its connection") {
    std::promise<void> closed;
    const ScriptedOrigin origin{[&closed](Peer& peer, int number) {
        peer.request();
        peer.send(number == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello" : reply_of(200, "next"));
        peer.wait_for_close();
        if (number == 0) closed.set_value();
    }};
    Client client{{&origin}};
    client.begin().value().reset();
    closed.get_future().wait();
    CHECK(client.get().body == "next");
    CHECK(client.status().failures == 0);
}

TEST_CASE("a kept connection that dies under the request is no failure: it is asked again on a new one") {
    const ScriptedOrigin origin{[](Peer& peer, int number) {
        peer.request();
        peer.send(reply_of(200, "hello"));
        peer.request();
        if (number > 0) peer.send(reply_of(200, "again"));
    }};
    auto options = Client::quick();
    options.retries = 0;
    Client client{{&origin}, options};
    CHECK(client.get().body == "hello");
    CHECK(client.get().body == "hello");
    CHECK(origin.connections() == 2);
    CHECK(client.get().body == "again");
    CHECK(client.status().failures == 0);
}

TEST_CASE("what may not be sent twice goes over a new connection") {
    const ScriptedOrigin origin{ScriptedOrigin::answering(reply_of(200, "hello"))};
    Client client{{&origin}};
    client.get();
    auto call = Client::call_of("/");
    call.method = "POST";
    CHECK(client.ask(std::move(call)).body == "hello");
    CHECK(origin.connections() == 2);
}

TEST_CASE("calls beyond the limit of connections wait for their turn") {
    std::promise<void> go;
    const auto gone = go.get_future().share();
    const ScriptedOrigin origin{[gone](Peer& peer, int) {
        while (!peer.request().empty()) {
            gone.wait();
            peer.send(reply_of(200, "hello"));
        }
    }};
    auto options = at(origin.url());
    options.connections = 1;
    Client client{Client::quick(), {options}};
    std::vector<int> done;
    std::vector<Attempts> attempts(3);
    for (int i = 0; i < 3; ++i) {
        asio::co_spawn(
            client.loop, client.pool->fetch(Client::call_of("/"), attempts[static_cast<std::size_t>(i)]),
            [&done, i, &client](std::exception_ptr, Result<std::unique_ptr<cdn::origin::Response>> r) {
                REQUIRE(r.has_value());
                done.push_back(i);
            });
    }
    run_until(client.loop, [&] { return client.status().waiting == 2; });
    CHECK(client.status().active == 1);
    go.set_value();
    run_until(client.loop, [&] { return done.size() == 3; });
    CHECK(done == std::vector<int>{0, 1, 2});
    CHECK(client.status().active == 0);
    CHECK(client.status().waiting == 0);
}

TEST_CASE("a call that finds all connections in use does not wait for ever, and blames nobody") {
    const ScriptedOrigin origin{[](Peer& peer, int) {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        peer.wait_for_close();
    }};
    auto options = at(origin.url());
    options.connections = 1;
    auto pool = Client::quick();
    pool.connect_timeout = brief;
    Client client{pool, {options}};
    const auto held = client.begin();
    REQUIRE(held.has_value());
    CHECK(client.get().error == Errc::origin_busy);
    CHECK(client.status().failures == 0);
}

// ---- more than one origin

TEST_CASE("the next origin is asked when one can't be reached, breaks or is not able now") {
    const ScriptedOrigin good{ScriptedOrigin::answering(reply_of(200, "good"))};
    const ScriptedOrigin breaking{[](Peer& peer, int) {
        peer.request();
        peer.reset();
    }};
    const ScriptedOrigin malformed{ScriptedOrigin::answering("nonsense\r\n\r\n")};
    const ScriptedOrigin unable{ScriptedOrigin::answering(reply_of(503, "later"))};
    for (const std::string& bad : {breaking.url(), malformed.url(), unable.url(),
                                   "http://127.0.0.1:" + std::to_string(closed_port())}) {
        CAPTURE(bad);
        Client client{Client::quick(), {at(bad), at(good.url())}};
        for (std::uint64_t hash = 0; hash < 20; ++hash) {
            auto call = Client::call_of("/");
            call.hash = hash;
            CHECK(client.ask(std::move(call)).body == "good");
        }
        CHECK(client.status(0).failures > 0);
        CHECK(client.status(1).failures == 0);
    }
}

TEST_CASE("when all are unable, the last answer is the answer") {
    const ScriptedOrigin a{ScriptedOrigin::answering(reply_of(503, "later"))};
    const ScriptedOrigin b{ScriptedOrigin::answering(reply_of(503, "later"))};
    Client client{{&a, &b}};
    Attempts attempts;
    const Got got = client.ask(Client::call_of("/"), attempts);
    CHECK(got.status == 503);
    CHECK(got.body == "later");
    CHECK(attempts.count() == 2);
}

TEST_CASE("a 404 or a 500 is an answer: no other origin is asked") {
    for (const int status : {404, 500, 501}) {
        const ScriptedOrigin a{ScriptedOrigin::answering(reply_of(status, ""))};
        const ScriptedOrigin b{ScriptedOrigin::answering(reply_of(status, ""))};
        Client client{{&a, &b}};
        CHECK(client.get().status == status);
        CHECK(a.connections() + b.connections() == 1);
    }
}

TEST_CASE("what may not be sent twice goes on only when it was not sent") {
    const ScriptedOrigin::Script breaking = [](Peer& peer, int) {
        peer.request();
        peer.reset();
    };
    const ScriptedOrigin a{breaking}, b{breaking};
    const std::string nobody = "http://127.0.0.1:" + std::to_string(closed_port());
    auto call = Client::call_of("/");
    call.method = "POST";
    Client two{{&a, &b}};
    CHECK(two.ask(call).error == Errc::origin_reset);
    CHECK(a.connections() + b.connections() == 1);
    const ScriptedOrigin good{ScriptedOrigin::answering(reply_of(200, "good"))};
    Client other{Client::quick(), {at(nobody), at(good.url())}};
    for (call.hash = 0; call.hash < 10; ++call.hash) CHECK(other.ask(call).body == "good");
}

TEST_CASE("no more retries than the pool allows for one request") {
    const ScriptedOrigin a{ScriptedOrigin::answering(reply_of(503, ""))};
    const ScriptedOrigin b{ScriptedOrigin::answering(reply_of(503, ""))};
    const ScriptedOrigin c{ScriptedOrigin::answering(reply_of(503, ""))};
    for (const unsigned retries : {0U, 1U, 2U}) {
        auto options = Client::quick();
        options.retries = retries;
        Client client{{&a, &b, &c}, options};
        Attempts attempts;
        CHECK(client.ask(Client::call_of("/"), attempts).status == 503);
        CHECK(attempts.count() == retries + 1);
    }
}

TEST_CASE("no more retries than the pool's budget allows in all") {
    const ScriptedOrigin bad{ScriptedOrigin::answering(reply_of(503, ""))};
    const ScriptedOrigin good{ScriptedOrigin::answering(reply_of(200, ""))};
    auto options = Client::quick();
    options.retry_budget = 0;  // ten are allowed in any case
    options.eject_after = 1000;
    auto backup = at(good.url());
    backup.backup = true;
    Client client{options, {at(bad.url()), backup}};
    int retried = 0, refused = 0;
    for (int i = 0; i < 14; ++i) (client.get().status == 200 ? retried : refused) += 1;
    CHECK(retried == 10);
    CHECK(refused == 4);
}

TEST_CASE("a body that broke off is asked for elsewhere, then at the same origin, then no more") {
    const ScriptedOrigin::Script cut = [](Peer& peer, int) {
        peer.request();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    };
    const ScriptedOrigin a{cut}, b{cut};
    Client client{{&a, &b}};
    Attempts attempts;
    const Got first = client.ask(Client::call_of("/"), attempts);
    CHECK(first.error == Errc::origin_truncated);
    const Got second = client.ask(Client::call_of("/"), attempts);
    CHECK(second.error == Errc::origin_truncated);
    CHECK(second.origin != first.origin);
    CHECK(client.ask(Client::call_of("/"), attempts).error == Errc::origin_truncated);
    CHECK(client.ask(Client::call_of("/"), attempts).error == Errc::retry_refused);
    CHECK(a.connections() + b.connections() == 3);
}

TEST_CASE("a key is asked for at one origin") {
    const ScriptedOrigin a{ScriptedOrigin::answering(reply_of(200, "a"))};
    const ScriptedOrigin b{ScriptedOrigin::answering(reply_of(200, "b"))};
    Client client{{&a, &b}};
    std::string all;
    for (std::uint64_t hash = 0; hash < 20; ++hash) {
        auto call = Client::call_of("/");
        call.hash = hash;
        const std::string where = client.ask(call).body;
        CHECK(client.ask(call).body == where);
        all += where;
    }
    CHECK(all.find('a') != std::string::npos);
    CHECK(all.find('b') != std::string::npos);
}

// ---- taking out and back

TEST_CASE("an origin that keeps failing is left alone for a while, then one request tries") {
    std::atomic<bool> well = false;
    const ScriptedOrigin origin{[&well](Peer& peer, int) {
        while (!peer.request().empty()) peer.send(reply_of(well ? 200 : 503, ""));
    }};
    auto options = Client::quick();
    options.eject_after = 3;
    options.eject_time = Milliseconds{200};
    Client client{{&origin}, options};
    for (int i = 0; i < 3; ++i) CHECK(client.get().status == 503);
    CHECK(client.status().state == State::ejected);
    CHECK(client.get().error == Errc::origin_none);
    CHECK(client.status().requests == 3);
    well = true;
    run_until(client.loop, [&] { return client.status().state == State::probing; });
    CHECK(client.get().status == 200);
    CHECK(client.status().state == State::slow_start);
}

TEST_CASE("health checks take an origin out and back") {
    std::atomic<int> health = 500;
    std::atomic<int> checks = 0;
    const ScriptedOrigin origin{[&](Peer& peer, int) {
        for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
            if (request.starts_with("GET /health HTTP/1.1\r\n")) ++checks;
            peer.send(reply_of(request.starts_with("GET /health ") ? health.load() : 200, ""));
        }
    }};
    auto options = Client::quick();
    options.health_path = "/health";
    options.health_interval = Milliseconds{5};
    Client client{{&origin}, options};
    run_until(client.loop, [&] { return client.status().state == State::ejected; });
    CHECK(checks >= 2);
    CHECK(client.status().last_error == "health check: it answered 500");
    CHECK(client.get().error == Errc::origin_none);
    health = 204;
    run_until(client.loop, [&] { return client.status().state != State::ejected; });
    CHECK(client.get().status == 200);
}

// ---- the end

TEST_CASE("stopping ends what is under way, whatever it waits for") {
    const ScriptedOrigin origin{[](Peer& peer, int number) {
        peer.request();
        if (number == 0) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        peer.wait_for_close();
    }};
    auto options = at(origin.url());
    options.connections = 2;
    Client client{Client::quick(), {options}};
    auto reading = client.begin();
    REQUIRE(reading.has_value());
    char buffer[5];
    std::size_t size = 0;
    while (size < 5) size += client.read(**reading, buffer).value();
    std::vector<boost::system::error_code> ends;
    asio::co_spawn(client.loop, (*reading)->read(buffer),
                   [&](std::exception_ptr, Result<std::size_t> n) { ends.push_back(n.error()); });
    std::vector<Attempts> attempts(2);  // one waits for the head, one for a connection
    for (Attempts& one : attempts) {
        asio::co_spawn(client.loop, client.pool->fetch(Client::call_of("/"), one),
                       [&](std::exception_ptr, Result<std::unique_ptr<cdn::origin::Response>> r) {
                           ends.push_back(r.error());
                       });
    }
    run_until(client.loop, [&] { return client.status().waiting == 1 && origin.connections() == 2; });
    bool stopped = false;
    asio::co_spawn(client.loop, client.pool->stop(), [&](std::exception_ptr) { stopped = true; });
    run_until(client.loop, [&] { return stopped && ends.size() == 3; });
    CHECK(std::count(ends.begin(), ends.end(), make_error_code(Errc::origin_reset)) == 1);
    CHECK(std::count(ends.begin(), ends.end(), make_error_code(Errc::origin_none)) == 2);
    CHECK(client.get().error == Errc::origin_none);
}

TEST_CASE("what an operator got wrong is told in words") {
    Loop loop;
    const auto problem = [&](std::vector<cdn::origin::OriginOptions> origins) {
        const auto pool = cdn::origin::Pool::open(loop, Client::quick(), std::move(origins), {});
        return pool ? std::string{} : pool.error().line();
    };
    CHECK(problem({at("ftp://a")}).starts_with("ftp://a: is no http or https URL"));
    CHECK(
        problem({at("http://a"), at("http://a:80/b")}).starts_with("http://a:80/b: is in the pool already"));
    auto tls = at("https://a");
    tls.ca = "/nowhere.pem";
    CHECK(problem({tls}).starts_with("/nowhere.pem: is not a PEM file of certificates"));
    auto s3 = at("http://a");
    s3.s3.bucket = "films";
    s3.s3.secret_file = "/nowhere";
    CHECK(problem({s3}).starts_with("/nowhere"));
}
