// Plain TCP: sendmsg for heads and memory, sendfile for files. What has more to follow waits for it with
// MSG_MORE. A cork (TCP_CORK) would hold more back, and costs: bench/NOTES.md. Does not own the socket.
#pragma once

#include <span>

#include "server/net/transport.hpp"

namespace outpost::server {

class PlainTransport final : public Transport {
  public:
    explicit PlainTransport(int socket) : socket_{socket} {}
    IoResult read(std::span<char> into) override;
    IoResult write(std::string_view first, std::string_view second, bool more) override;
    IoResult send_file(int file, std::uint64_t offset, std::size_t length) override;
    IoResult flush() override;
    void close_write() override;
    [[nodiscard]] bool is_tls() const override { return false; }

  private:
    int socket_;
    bool held_ = false;  // the last bytes may wait in the kernel for more
};

}  // namespace outpost::server
