#include "server/commands/ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/file.hpp"

using namespace outpost;
using outpost::config::Address;
using outpost::server::try_port;

namespace {

// A socket of this process that listens on a port that the system chose.
struct Listening {
    Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port = 0;

    Listening() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(socket.get(), generic, size) == 0);
        REQUIRE(::listen(socket.get(), 1) == 0);
        REQUIRE(::getsockname(socket.get(), generic, &size) == 0);
        port = ntohs(address.sin_port);
    }
};

}  // namespace

TEST_CASE("a port that a program holds is told with that program, and is free when it lets go") {
    Listening listening;
    for (const char* host : {"127.0.0.1", "0.0.0.0"}) {
        const Address address{host, listening.port};
        const auto taken = try_port(address);
        REQUIRE(taken);
        CHECK(taken->holder.process == ::getpid());
        CHECK(taken->what == fmt::format("port taken: {} is in use, by {} (process {})",
                                         config::to_text(address), taken->holder.name, ::getpid()));
        CHECK_FALSE(taken->holder.name.empty());
        CHECK(taken->remedy == "choose another or stop it");
    }
    listening.socket.close();
    CHECK_FALSE(try_port({"127.0.0.1", listening.port}));
}

TEST_CASE("an address that this machine lacks is told") {
    const auto taken = try_port({"192.0.2.1", 8080});  // of documentation (RFC 5737): nobody's
    REQUIRE(taken);
    CHECK(taken->what == "this machine has no address 192.0.2.1");
    CHECK(taken->holder.process == 0);
}

TEST_CASE("a port that the system chooses is free") { CHECK_FALSE(try_port({"127.0.0.1", 0})); }
