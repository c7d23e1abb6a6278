#include "bench/load/endpoint.hpp"

#include "base/dial.hpp"

namespace outpost::bench {

Outcome<Endpoint> reach(const Uri& uri, Milliseconds timeout, const Cancellation& cancellation) {
    Endpoint found;
    found.tls = uri.scheme == "https";
    found.authority = uri.authority();
    found.host = uri.host;
    if (found.host.starts_with('[')) found.host = found.host.substr(1, found.host.size() - 2);
    const auto socket = dial(found.host, uri.port, timeout, cancellation);
    if (!socket) return Problem{to_text(uri), socket.error().what, "start the server, or name another"};
    found.address_size = sizeof found.address;
    if (::getpeername(socket->get(), reinterpret_cast<sockaddr*>(&found.address), &found.address_size) != 0)
        return Problem{to_text(uri), "has closed at once", "start the server, or name another"};
    return found;
}

}  // namespace outpost::bench
