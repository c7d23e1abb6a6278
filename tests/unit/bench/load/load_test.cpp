#include "bench/load/load.hpp"

#include <xxhash.h>

#include "base/text.hpp"
#include "tests/unit/bench/load/scripted_server.hpp"
#include "tests/unit/directory.hpp"

using namespace std::chrono_literals;

namespace outpost::bench {
namespace {

using End = ScriptedServer::Reply::End;

Scenario asking(double rate, std::uint32_t connections, Milliseconds lasts) {
    Crowd crowd;
    crowd.name = "askers";
    crowd.activity = Activity::request;
    crowd.arrival = Arrival::at_once;
    crowd.rate = rate;
    crowd.connections = connections;
    crowd.paths = {"/film/1.m4s"};
    Scenario scenario;
    scenario.lasts = lasts;
    scenario.crowds = {crowd};
    return scenario;
}

Recording run(const Scenario& scenario, const ScriptedServer& server, LoadOptions options = {}) {
    const Cancellation never;
    options.target = server.url();
    auto recording = run_load(scenario, options, {}, never);
    REQUIRE_MESSAGE(recording.has_value(), recording.error().line());
    return std::move(*recording);
}

std::uint64_t failures(const Recording& recording, Failure kind) {
    return recording.totals().failures[static_cast<std::size_t>(kind)];
}

// What 100 requests a second for 0.1 s, one at a time, come to with such answers: the failure of all of them.
Failure failure_of(ScriptedServer::Reply reply) {
    ScriptedServer server{[&](const std::string&) { return reply; }};
    const Recording recording = run(asking(100, 1, 100ms), server);
    CHECK(recording.totals().requests >= 3);
    for (std::size_t kind = 0; kind < failure_kinds; ++kind) {
        if (recording.totals().failures[kind] == recording.totals().requests)
            return static_cast<Failure>(kind);
    }
    CHECK(recording.totals().failed() == 0);
    return Failure::none;
}

}  // namespace

TEST_SUITE_BEGIN("bench/load");

TEST_CASE("a server that stalls shows in the times of requests that were due while it did") {
    std::atomic<int> number{0};
    ScriptedServer server{[&](const std::string&) {
        if (++number == 10) std::this_thread::sleep_for(200ms);  // the server's, not the test's
        return ScriptedServer::Reply{ok("x")};
    }};
    const Recording recording = run(asking(200, 1, 600ms), server);
    const Histogram& times = recording.request_time();
    CHECK(times.max() >= 200ms);
    // At 200 a second 40 were due within the 200 ms, and the 20 that were due in its first half waited for
    // 100 ms and more. A client that counts from when it sends sees one.
    CHECK(times.quantile(1 - 20.0 / static_cast<double>(times.count())) >= 95ms);
    CHECK(times.quantile(0.25) < 100ms);
    CHECK(recording.totals().requests >= 100);
    CHECK(recording.totals().failed() == 0);
    CHECK(server.connections() == 2);  // one to see whether anybody is there
}

TEST_CASE("each way in which an answer can be wrong is told apart") {
    CHECK(failure_of({ok("body")}) == Failure::none);
    CHECK(failure_of({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) ==
          Failure::none);
    CHECK(failure_of({"HTTP/1.1 200 OK\r\n\r\nuntil the end", End::close}) == Failure::none);
    CHECK(failure_of({"HTTP/1.1 204 No Content\r\n\r\n"}) == Failure::none);
    CHECK(failure_of({"HTTP/1.1 100 Continue\r\n\r\n" + ok("later")}) == Failure::none);
    CHECK(failure_of({"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"}) == Failure::status);
    CHECK(failure_of({"HTTP/1.1 404 Nothing\r\nContent-Length: 0\r\n\r\n"}) == Failure::status);
    CHECK(failure_of({"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", End::close}) ==
          Failure::malformed);
    CHECK(failure_of({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nlonger"}) == Failure::malformed);
    CHECK(failure_of({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n"}) ==
          Failure::malformed);
    CHECK(failure_of({"SSH-2.0-OpenSSH_9.2\r\n\r\n"}) == Failure::malformed);
    CHECK(failure_of({"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", End::reset}) == Failure::reset);
    CHECK(failure_of({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", End::close}) ==
          Failure::reset);
    CHECK(failure_of({"HTTP/1.1 200 O", End::close}) == Failure::reset);
    CHECK(failure_of({"", End::close}) == Failure::reset);
    CHECK(failure_of({"", End::reset}) == Failure::reset);
}

TEST_CASE("a kept connection that the server has closed meanwhile is no failure") {
    std::atomic<int> number{0};
    ScriptedServer server{[&](const std::string&) {
        // Every other request finds its connection closed without a word.
        return ++number % 2 == 0 ? ScriptedServer::Reply{"", End::close} : ScriptedServer::Reply{ok("x")};
    }};
    const Recording recording = run(asking(50, 1, 300ms), server);
    CHECK(recording.totals().failed() == 0);
    CHECK(recording.totals().requests >= 5);
}

TEST_CASE("the verifying mode sees one flipped byte") {
    std::string body(300'000, 'a');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
    TemporaryDirectory folder;
    const auto path = folder / "checksums.txt";
    const std::string line = to_hex(XXH3_64bits(body.data(), body.size())) + "  /film/1.m4s\n";
    REQUIRE(write_file_atomically(path, line).has_value());
    LoadOptions options;
    options.checksums = path;
    Scenario scenario = asking(20, 1, 300ms);
    scenario.crowds[0].verify = true;
    {
        ScriptedServer server{[&](const std::string&) { return ScriptedServer::Reply{ok(body)}; }};
        const Recording good = run(scenario, server, options);
        CHECK(good.totals().failed() == 0);
        CHECK(good.totals().bytes == good.totals().requests * body.size());
    }
    body[299'999] = static_cast<char>(body[299'999] ^ 1);
    ScriptedServer server{[&](const std::string&) { return ScriptedServer::Reply{ok(body)}; }};
    const Recording bad = run(scenario, server, options);
    CHECK(bad.totals().requests >= 3);
    CHECK(failures(bad, Failure::mismatch) == bad.totals().requests);
}

TEST_CASE("checksums come from the target when no file is named, and are needed to verify") {
    const std::string sum = to_hex(XXH3_64bits("x", 1)) + "  /film/1.m4s\n";
    std::atomic<bool> there{true};
    ScriptedServer server{[&](const std::string& head) {
        if (!head.starts_with("GET /checksums.txt ")) return ScriptedServer::Reply{ok("x")};
        return there ? ScriptedServer::Reply{ok(sum)}
                     : ScriptedServer::Reply{"HTTP/1.1 404 Nothing\r\nContent-Length: 0\r\n\r\n"};
    }};
    Scenario scenario = asking(20, 1, 200ms);
    scenario.crowds[0].verify = true;
    CHECK(run(scenario, server).totals().failed() == 0);
    there = false;
    const Cancellation never;
    LoadOptions options;
    options.target = server.url();
    CHECK_FALSE(run_load(scenario, options, {}, never).has_value());
}

TEST_CASE("long bodies are thrown away whole, in all framings") {
    const std::string body(3'000'000, 'z');
    for (const std::string head :
         {"Content-Length: 3000000\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n"}) {
        std::string bytes = "HTTP/1.1 200 OK\r\n" + head + "\r\n";
        const bool chunked = head.starts_with("T");
        bytes += chunked ? "2dc6c0\r\n" + body + "\r\n0\r\n\r\n" : body;  // 3000000 is 0x2dc6c0
        const auto end = head.starts_with("Con") && head.ends_with("close\r\n") ? End::close : End::keep;
        ScriptedServer server{[&](const std::string&) { return ScriptedServer::Reply{bytes, end}; }};
        const Recording recording = run(asking(20, 2, 300ms), server);
        CHECK(recording.totals().failed() == 0);
        CHECK(recording.totals().requests >= 3);
        CHECK(recording.totals().bytes == recording.totals().requests * body.size());
    }
}

TEST_CASE("a short answer is heard after a long one whose end came in one read") {
    // What is read with the head is 16 KiB; then just as much is left as the kernel waits for and is read at
    // once, so that nothing between says that the next answer may be short.
    const std::size_t with_head = (16 << 10) - (ok("").size() + 6);  // Content-Length has seven digits
    const std::string longest = ok(std::string((1 << 20) + with_head, 'x'));
    std::atomic<int> number{0};
    ScriptedServer server{
        [&](const std::string&) { return ScriptedServer::Reply{++number % 2 == 0 ? ok("x") : longest}; }};
    const Recording recording = run(asking(0, 1, 300ms), server);
    CHECK(recording.totals().requests >= 10);
    CHECK(recording.totals().failed() == 0);
}

TEST_CASE("a thin link gets what it can carry") {
    const std::string body(1'000'000, 'z');
    ScriptedServer server{[&](const std::string&) { return ScriptedServer::Reply{ok(body)}; }};
    Scenario scenario = asking(0, 1, 1000ms);
    scenario.crowds[0].receive_rate = 16_Mbps;  // 2 MB in a second: one or two whole bodies, never three
    const Recording recording = run(scenario, server);
    CHECK(recording.totals().requests >= 1);
    CHECK(recording.totals().requests <= 2);
    CHECK(recording.request_time().quantile(0) >= 450ms);
}

TEST_CASE("what waits for its first byte for more than a second when the run ends was not served") {
    std::atomic<bool> over{false};
    ScriptedServer server{[&](const std::string&) {
        while (!over) std::this_thread::sleep_for(10ms);  // the server's stall
        return ScriptedServer::Reply{ok("x")};
    }};
    const Recording recording = run(asking(10, 1, 1500ms), server);
    over = true;
    // Due at 0, 0.1, … 0.4 s, give or take the thread's start: at 1.5 s they are older than 1 s.
    CHECK(failures(recording, Failure::timeout) >= 4);
    CHECK(failures(recording, Failure::timeout) <= 6);
    CHECK(recording.totals().requests == failures(recording, Failure::timeout));
}

TEST_CASE("threads and processes share the clients and the rate") {
    ScriptedServer server{[&](const std::string&) { return ScriptedServer::Reply{ok("x")}; }};
    LoadOptions options;
    options.threads = 2;
    const Recording both = run(asking(200, 4, 500ms), server, options);
    CHECK(both.totals().requests >= 90);
    CHECK(both.totals().requests <= 101);
    CHECK(both.totals().connections == 4);
    options.share = 1;
    options.shares = 2;
    const Recording half = run(asking(200, 4, 500ms), server, options);
    CHECK(half.totals().requests >= 45);
    CHECK(half.totals().requests <= 51);
    CHECK(half.totals().connections == 2);
}

TEST_CASE("who holds opens a connection and asks once; who connects asks once a connection") {
    ScriptedServer server{[&](const std::string& head) {
        const bool close = head.find("Connection: close") != std::string::npos;
        return ScriptedServer::Reply{ok("x", close ? "Connection: close\r\n" : ""),
                                     close ? End::close : End::keep};
    }};
    Scenario scenario = asking(0, 1, 400ms);
    scenario.crowds[0].activity = Activity::hold;
    scenario.crowds[0].count = 7;
    const Recording held = run(scenario, server);
    CHECK(held.totals().requests == 7);
    CHECK(held.totals().connections == 7);
    scenario.crowds[0].activity = Activity::connect;
    scenario.crowds[0].connections = 2;
    const Recording connected = run(scenario, server);
    CHECK(connected.totals().requests > 10);
    CHECK(connected.totals().connections >= connected.totals().requests);
    CHECK(connected.totals().failed() == 0);
}

TEST_CASE("what the scenario lets happen is told in the calling thread at its time") {
    ScriptedServer server{[&](const std::string&) { return ScriptedServer::Reply{ok("x")}; }};
    Scenario scenario = asking(100, 1, 900ms);
    scenario.events = {{200ms, Happening::reload, 0ms}, {100ms, Happening::purge_all, 0ms}};
    std::vector<Happening> happened;
    int lines = 0;
    LoadHooks hooks;
    hooks.happening = [&](const Event& event) { happened.push_back(event.what); };
    hooks.progress = [&](const LoadProgress& progress) {
        ++lines;
        CHECK(progress.clients == 1);
        CHECK(progress.requests > 30);
        CHECK(progress.failures == 0);
    };
    const Cancellation never;
    LoadOptions options;
    options.target = server.url();
    REQUIRE(run_load(scenario, options, hooks, never).has_value());
    CHECK(happened == std::vector{Happening::purge_all, Happening::reload});
    CHECK(lines == 1);
}

TEST_CASE("a load begins with a target that is there, or not at all") {
    const Cancellation never;
    LoadOptions options;
    options.target = "http://127.0.0.1:1";
    CHECK_FALSE(run_load(asking(1, 1, 100ms), options, {}, never).has_value());
    options.target = "ftp://127.0.0.1";
    CHECK_FALSE(run_load(asking(1, 1, 100ms), options, {}, never).has_value());
}

TEST_CASE("a load that is called off returns what there is") {
    ScriptedServer server{[&](const std::string&) { return ScriptedServer::Reply{ok("x")}; }};
    Cancellation cancellation;
    Scenario scenario = asking(100, 1, 1h);
    scenario.events = {{200ms, Happening::reload, 0ms}};
    LoadHooks hooks;
    hooks.happening = [&](const Event&) { cancellation.request(1); };
    LoadOptions options;
    options.target = server.url();
    const auto recording = run_load(scenario, options, hooks, cancellation);
    REQUIRE(recording.has_value());
    CHECK(recording->totals().requests >= 10);
}

TEST_SUITE_END();

}  // namespace outpost::bench
