// Plain TCP: sendmsg for heads and memory, sendfile for files. Does not own the socket.
#pragma once

#include "server/net/transport.hpp"

namespace outpost::server {

class PlainTransport final : public Transport {
  public:
    explicit PlainTransport(int socket) : socket_{socket} {}
    IoResult read(std::span<char> into) override;
    IoResult write(std::string_view first, std::string_view second, bool more) override;
    IoResult send_file(int file, std::uint64_t offset, std::size_t length) override;
    IoResult flush() override { return {Io::done, 0}; }
    void close_write() override;
    [[nodiscard]] bool is_tls() const override { return false; }

  private:
    int socket_;
};

}  // namespace outpost::server
