// A listening address. Every worker has a socket of its own on it (SO_REUSEPORT), so the kernel spreads
// connections.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "base/result.hpp"
#include "server/net/connection.hpp"
#include "server/tls/context.hpp"

namespace outpost::server {

struct ListenAddress {
    std::string host;  // numeric; "::" is every IPv6 address and no IPv4 one
    std::uint16_t port = 0;
    int backlog = 4096;
};

// Opens the address once per worker. The first socket is bound without SO_REUSEPORT, so that an address that
// another program holds is a Problem and not a silent half of the traffic.
Outcome<std::vector<Fd>> open_listeners(const ListenAddress& address, std::size_t count);
std::uint16_t port_of(const Fd& listener);

// What is served at an address, and how.
struct Offer {
    Service& service;
    TlsContexts* tls = nullptr;  // null for plain connections
    std::size_t reserve = 0;     // connections that come in beyond the limits, so that operators get through
                                 // when boxes have taken all there are
};

// Accepts in one worker. Owned by the node; must outlive the worker's loop.
class Listener {
  public:
    Listener(Worker& worker, Fd socket, Offer offer);
    void start();  // any thread
    void close();  // any thread; connections that the kernel has queued are still served

  private:
    Task<void> accept_all();
    bool accept_some();
    void welcome(Fd socket, const asio::ip::address& from);

    Worker& worker_;
    asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor_;
    Offer offer_;
    bool closing_ = false;
    bool out_of_files_ = false;
    bool said_out_of_files_ = false;  // once, until it can accept again
};

}  // namespace outpost::server
