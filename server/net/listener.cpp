#include "server/net/listener.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "server/measures.hpp"
#include "server/net/plain_transport.hpp"
#include "server/tls/transport.hpp"

namespace outpost::server {
namespace {

using Tcp = asio::ip::tcp;
constexpr int accepts_a_turn = 64;

// A connection's coroutine handles its errors as values; what it throws all the same (memory has run out)
// ends that connection alone.
struct LogFault {
    void operator()(const std::exception_ptr& fault) const {
        if (!fault) return;
        try {
            std::rethrow_exception(fault);
        } catch (const std::exception& e) {
            log::error("a connection ended by a fault of ours: {}", e.what());
        }
    }
};

void set_flag(const Fd& fd, int level, int option, int value) {
    ::setsockopt(fd.get(), level, option, &value, sizeof value);
}

Outcome<Fd> bind_one(const Tcp::endpoint& endpoint, const ListenAddress& address, bool shared) {
    Fd fd{::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
    if (fd) {
        set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (shared) set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 1);
        if (endpoint.address().is_v6()) set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // accepted sockets inherit it
        if (::bind(fd.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0) {
            if (!shared || ::listen(fd.get(), address.backlog) == 0) return fd;
        }
    }
    const int error = errno;
    return Problem{fmt::format("{}:{}", address.host, address.port),
                   error == EADDRINUSE ? "another program listens there already"
                                       : fmt::format("can't listen there: {}", std::strerror(error)),
                   "stop the other program or choose another address"};
}

std::string text_of(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

}  // namespace

Outcome<std::vector<Fd>> open_listeners(const ListenAddress& address, std::size_t count) {
    boost::system::error_code error;
    const auto host = asio::ip::make_address(address.host, error);
    if (error)
        return Problem{address.host, "is not a numeric address", "write an IP address such as 0.0.0.0 or ::"};
    Tcp::endpoint endpoint{host, address.port};
    {
        auto alone = bind_one(endpoint, address, false);
        if (!alone) return alone.error();
        if (address.port == 0) endpoint.port(port_of(*alone));  // the one the kernel chose, for all workers
    }
    std::vector<Fd> sockets;
    for (std::size_t i = 0; i < count; ++i) {
        auto fd = bind_one(endpoint, address, true);
        if (!fd) return fd.error();
        sockets.push_back(std::move(*fd));
    }
    return sockets;
}

std::uint16_t port_of(const Fd& listener) {
    sockaddr_in6 address{};
    socklen_t size = sizeof address;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin6_port);  // sin_port of an IPv4 address lies at the same place
}

Listener::Listener(Worker& worker, Fd socket, Offer offer)
    : worker_{worker}, acceptor_{worker.loop()}, offer_{offer} {
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local), &size);
    acceptor_.assign(local.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4(), socket.release());
    acceptor_.non_blocking(true);
}

void Listener::start() { asio::co_spawn(worker_.loop(), accept_all(), asio::detached); }

void Listener::close() {
    asio::post(worker_.loop(), [this] {
        closing_ = true;
        while (acceptor_.is_open() && accept_some()) {
        }
        boost::system::error_code ignored;  // closing frees the address whatever it answers
        acceptor_.close(ignored);
    });
}

Task<void> Listener::accept_all() {
    Timer pause{worker_.loop()};
    while (!closing_) {
        boost::system::error_code error;
        co_await acceptor_.async_wait(Tcp::acceptor::wait_read, asio::redirect_error(use_task, error));
        if (error) co_return;
        for (int i = 0; i < accepts_a_turn && accept_some(); ++i) {
        }
        if (out_of_files_) {
            out_of_files_ = false;
            pause.expires_after(std::chrono::milliseconds{100});
            co_await pause.async_wait(asio::redirect_error(use_task, error));
        }
    }
}

// Accepts one connection; false when none is waiting.
bool Listener::accept_some() {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Fd fd{::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size,
                    SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!std::exchange(said_out_of_files_, true)) {
                log::error(
                    "can't accept: {}; raise the limit of open files (LimitNOFILE) or lower [limits] "
                    "connections",
                    std::strerror(errno));
            }
            out_of_files_ = true;
            return false;
        }
        return errno == ECONNABORTED || errno == EINTR;
    }
    said_out_of_files_ = false;
    measures::connections_accepted.add();
    Tcp::endpoint from;
    std::memcpy(from.data(), &peer, std::min<std::size_t>(size, from.capacity()));
    from.resize(size);
    welcome(std::move(fd), from.address());
    return true;
}

void Listener::welcome(Fd socket, const asio::ip::address& from) {
    Shared& shared = worker_.shared();
    const auto key = ConnectionCounts::key_of(from);
    switch (shared.counts.enter(key, shared.limits.connections + offer_.reserve,
                                shared.limits.connections_per_address + offer_.reserve)) {
        case ConnectionCounts::Verdict::too_many: return measures::connections_refused_total.add();
        case ConnectionCounts::Verdict::too_many_of_address:
            return measures::connections_refused_address.add();
        case ConnectionCounts::Verdict::welcome: break;
    }
    std::unique_ptr<Transport> transport;
    if (offer_.tls != nullptr) {
        transport = make_tls_transport(*offer_.tls, socket.get(), worker_.scratch());
    } else {
        transport = std::make_unique<PlainTransport>(socket.get());
    }
    auto connection = std::make_unique<Connection>(worker_, offer_.service, std::move(socket),
                                                   std::move(transport), text_of(from), key);
    asio::co_spawn(worker_.loop(), Connection::run(std::move(connection)), asio::detached);
}

}  // namespace outpost::server
