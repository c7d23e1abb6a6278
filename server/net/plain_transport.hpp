// Plain TCP: sendmsg for heads and memory, sendfile for files. What has more to follow is corked (tcp(7),
// TCP_CORK) until flush(): full segments only, which over loopback takes a quarter off the kernel's cost of a
// large body, where MSG_MORE alone does not last through a sendfile. Does not own the socket.
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
    void set_cork(bool on);

    int socket_;
    bool corked_ = false;
};

}  // namespace outpost::server
