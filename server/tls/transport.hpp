// TLS over our own non-blocking stream on OpenSSL: SSL_write into a BIO that gathers up to eight records in a
// buffer of the thread, then one send. What the socket does not take at once waits in the connection's own
// buffer, and the next gathering is smaller: a slow receiver holds about one record of ours.
#pragma once

#include <memory>
#include <span>

#include "server/net/transport.hpp"
#include "server/tls/context.hpp"

namespace outpost::server {

// `scratch` is borrowed for the length of a call; it holds the plain text of one gathering.
std::unique_ptr<Transport> make_tls_transport(const TlsContexts& contexts, int socket,
                                              std::span<char> scratch);

}  // namespace outpost::server
