#include "bench/stand/origin.hpp"

#include <poll.h>

#include "base/dial.hpp"
#include "bench/stand/content.hpp"
#include "tests/unit/directory.hpp"

namespace outpost::bench {
namespace {

constexpr Milliseconds patience{20'000};

// An origin of tiny films; null, having said so, where nginx is not installed.
struct Behind {
    TemporaryDirectory directory;
    Site site;
    std::unique_ptr<Origin> origin;

    Behind() {
        if (!find_program("nginx", "nginx-light")) {
            MESSAGE("nginx is not installed: not tried");
            return;
        }
        site.folder = directory.path();
        site.content = directory / "tiny";
        site.origin_port = free_port().value();
        REQUIRE(make_content("tiny", site.content, Cancellation{}).has_value());
        auto started = Origin::start(site, -1, Cancellation{});
        REQUIRE_MESSAGE(started.has_value(), started.error().line());
        origin = std::move(*started);
    }
    [[nodiscard]] Outcome<Fd> connect() const {
        return dial("127.0.0.1", site.origin_port, patience, Cancellation{});
    }
};

void ask(const Fd& socket) {
    const std::string request = "GET /sizes/1536/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    REQUIRE(send_all(socket.get(), request, steady_now() + patience, Cancellation{}).has_value());
}

// All that comes until the connection's end.
std::string answer(const Fd& socket) {
    std::string out;
    std::vector<char> buffer(64 << 10);
    for (;;) {
        const auto n = receive_some(socket.get(), buffer, steady_now() + patience, Cancellation{});
        REQUIRE(n.has_value());
        if (*n == 0) return out;
        out.append(buffer.data(), *n);
    }
}

TEST_CASE("an origin serves the content with an hour's freshness, and counts what it sent") {
    const Behind behind;
    if (!behind.origin) return;
    CHECK(behind.origin->bytes_sent() == 0);
    const auto socket = behind.connect();
    REQUIRE(socket.has_value());
    ask(*socket);
    const std::string whole = answer(*socket);
    CHECK(whole.starts_with("HTTP/1.1 200 "));
    CHECK(whole.find("\r\nCache-Control: max-age=3600\r\n") != std::string::npos);
    // The log's line is written before the connection is closed.
    CHECK(behind.origin->bytes_sent() == whole.size());
    CHECK(behind.origin->bytes_sent() == whole.size());
}

TEST_CASE("an origin that died refuses connections until it comes back, at the same port") {
    const Behind behind;
    if (!behind.origin) return;
    behind.origin->die(Milliseconds{0});
    CHECK(!behind.connect().has_value());
    REQUIRE(behind.origin->come_back().has_value());
    const auto socket = behind.connect();
    REQUIRE(socket.has_value());
    ask(*socket);
    CHECK(answer(*socket).size() > 1536);
}

TEST_CASE("an origin that stalls says nothing until it comes back, and then answers what it was asked") {
    const Behind behind;
    if (!behind.origin) return;
    behind.origin->stall(Milliseconds{0});
    const auto socket = behind.connect();  // the kernel still takes them
    REQUIRE(socket.has_value());
    ask(*socket);
    CHECK(wait_for_socket(socket->get(), POLLIN, steady_now() + Milliseconds{100}, Cancellation{}) ==
          Waited::timed_out);
    REQUIRE(behind.origin->come_back().has_value());
    CHECK(answer(*socket).size() > 1536);
}

TEST_CASE("an origin that stalls or dies for a time is back by itself") {
    const Behind behind;
    if (!behind.origin) return;
    behind.origin->stall(Milliseconds{50});
    const auto socket = behind.connect();
    REQUIRE(socket.has_value());
    ask(*socket);
    CHECK(answer(*socket).size() > 1536);

    behind.origin->die(Milliseconds{50});
    const SteadyTime deadline = steady_now() + patience;
    bool back = false;
    while (!back && steady_now() < deadline) back = behind.connect().has_value();
    CHECK(back);
}

}  // namespace
}  // namespace outpost::bench
