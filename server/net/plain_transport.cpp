#include "server/net/plain_transport.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace outpost::server {
namespace {

IoResult outcome(ssize_t n, Io would_block) {
    if (n > 0) return {Io::done, static_cast<std::size_t>(n)};
    if (n == 0) return {Io::end, 0};
    if (errno == EAGAIN || errno == EINTR) return {would_block, 0};
    return {Io::failed, 0};
}

iovec piece(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

IoResult PlainTransport::read(std::span<char> into) {
    return outcome(::recv(socket_, into.data(), into.size(), 0), Io::want_read);
}

IoResult PlainTransport::write(std::string_view first, std::string_view second, bool more) {
    std::array<iovec, 2> pieces{piece(first), piece(second)};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    held_ = more;
    return outcome(::sendmsg(socket_, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0)), Io::want_write);
}

IoResult PlainTransport::send_file(int file, std::uint64_t offset, std::size_t length) {
    auto position = static_cast<off_t>(offset);
    const ssize_t n = ::sendfile(socket_, file, &position, length);
    held_ = held_ && n <= 0;
    if (n < 0 && (errno == EIO || errno == ESTALE)) return {Io::unreadable, 0};
    return outcome(n, Io::want_write);
}

// Setting TCP_NODELAY pushes what is held, also when it is set already (tcp(7)).
IoResult PlainTransport::flush() {
    if (std::exchange(held_, false)) {
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return {Io::done, 0};
}

void PlainTransport::close_write() { ::shutdown(socket_, SHUT_WR); }

}  // namespace outpost::server
