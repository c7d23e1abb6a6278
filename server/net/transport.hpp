// What a connection asks of its socket, plain or TLS. No call waits: each says how far it came and what it
// wants next. Thread rule: one connection, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "auth/facts.hpp"

namespace outpost::server {

enum class Io {
    done,        // `bytes` went through (at least one)
    want_read,   // try again when the socket is readable
    want_write,  // try again when the socket is writable
    end,         // the peer has ended its side; for files: the file ended before the range did
    unreadable,  // the file can't be read
    failed,      // the connection is broken
};

struct IoResult {
    Io state = Io::failed;
    std::size_t bytes = 0;
};

class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    virtual IoResult read(std::span<char> into) = 0;
    // Sends from both pieces, in order; `bytes` counts over both. `more` says that more follows at once.
    virtual IoResult write(std::string_view first, std::string_view second, bool more) = 0;
    // Sends from a file; `length` is at most one turn.
    virtual IoResult send_file(int file, std::uint64_t offset, std::size_t length) = 0;
    // Brings what the transport itself still holds to the socket; done with 0 bytes when there is nothing
    // left.
    virtual IoResult flush() = 0;
    // Says goodbye in the protocol, as far as that goes without waiting.
    virtual void close_write() = 0;
    [[nodiscard]] virtual bool is_tls() const = 0;
    // The certificate that the client showed and that was verified; null for none, and before the handshake
    // is over. Lives as long as the transport.
    [[nodiscard]] virtual const auth::PeerCertificate* peer() const { return nullptr; }
};

}  // namespace outpost::server
