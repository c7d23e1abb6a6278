#include "cdn/origin/connect.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/file.hpp"
#include "client.hpp"

using namespace outpost;
using namespace outpost::tests;
using cdn::origin::Endpoint;

namespace {

const auto here = asio::ip::make_address("127.0.0.1");

// A port that neither takes nor refuses a connection: its queue is full and nobody accepts.
class FullPort {
  public:
    FullPort() : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_.get(), generic, size) == 0);
        REQUIRE(::listen(listener_.get(), 0) == 0);
        REQUIRE(::getsockname(listener_.get(), generic, &size) == 0);
        port_ = ntohs(address.sin_port);
        for (Fd& waiting : waiting_) {
            waiting = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
            static_cast<void>(::connect(waiting.get(), generic, size));
        }
    }
    [[nodiscard]] Endpoint endpoint() const { return {here, port_}; }

  private:
    Fd listener_;
    std::array<Fd, 8> waiting_;
    std::uint16_t port_ = 0;
};

// How it ended: with whom, or why not.
struct Connected {
    boost::system::error_code error;
    Endpoint peer;
};

Task<Connected> try_to_connect(std::vector<Endpoint> addresses, SteadyTime deadline,
                               std::shared_ptr<TaskGroup> group) {
    const auto executor = co_await asio::this_coro::executor;
    auto socket = co_await cdn::origin::connect(executor, std::move(addresses), deadline, std::move(group));
    Connected connected;
    if (socket) connected.peer = socket->remote_endpoint(connected.error);
    if (!socket) connected.error = socket.error();
    co_return connected;
}

struct Connecting {
    Loop loop;
    std::shared_ptr<TaskGroup> group = std::make_shared<TaskGroup>(loop.get_executor());

    Connected to(std::vector<Endpoint> addresses, Milliseconds within = Milliseconds{15'000}) {
        return run(loop, try_to_connect(std::move(addresses), steady_now() + within, group));
    }
};

}  // namespace

TEST_CASE("of several addresses one that answers is taken, after one that refuses or is silent") {
    const ScriptedOrigin origin{[](Peer& peer, int) { peer.wait_for_close(); }};
    const Endpoint good{here, origin.port()}, refusing{here, closed_port()};
    const FullPort silent;
    Connecting c;
    for (const std::vector<Endpoint>& addresses :
         {std::vector{good}, std::vector{refusing, good}, std::vector{refusing, refusing, good},
          std::vector{silent.endpoint(), good}, std::vector{silent.endpoint(), refusing, good}}) {
        const Connected connected = c.to(addresses);
        CHECK_MESSAGE(!connected.error, connected.error.message());
        CHECK(connected.peer == good);
    }
}

TEST_CASE("when all refuse that is known at once, and when one is silent at the deadline") {
    const Endpoint refusing{here, closed_port()};
    const FullPort silent;
    Connecting c;
    CHECK(c.to({refusing, refusing}).error == Errc::origin_unreachable);
    CHECK(c.to({silent.endpoint()}, Milliseconds{50}).error == Errc::origin_connect_timeout);
    CHECK(c.to({refusing, silent.endpoint()}, Milliseconds{50}).error == Errc::origin_connect_timeout);
}

TEST_CASE("the end of the group ends an attempt to connect") {
    const FullPort silent;
    Connecting c;
    std::optional<Connected> result;
    asio::co_spawn(c.loop, try_to_connect({silent.endpoint()}, steady_now() + Seconds{60}, c.group),
                   [&](std::exception_ptr, Connected connected) { result = connected; });
    c.loop.poll();
    CHECK_FALSE(result.has_value());
    c.group->end();
    run_until(c.loop, [&] { return result.has_value(); });
    CHECK(result->error == Errc::origin_reset);
}
