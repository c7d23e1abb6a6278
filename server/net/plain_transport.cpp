#include "server/net/plain_transport.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

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
    if (more && !corked_) set_cork(true);
    std::array<iovec, 2> pieces{piece(first), piece(second)};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return outcome(::sendmsg(socket_, &message, MSG_NOSIGNAL), Io::want_write);
}

IoResult PlainTransport::send_file(int file, std::uint64_t offset, std::size_t length) {
    auto position = static_cast<off_t>(offset);
    const ssize_t n = ::sendfile(socket_, file, &position, length);
    if (n < 0 && (errno == EIO || errno == ESTALE)) return {Io::unreadable, 0};
    return outcome(n, Io::want_write);
}

IoResult PlainTransport::flush() {
    if (corked_) set_cork(false);
    return {Io::done, 0};
}

void PlainTransport::set_cork(bool on) {
    const int value = on ? 1 : 0;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_CORK, &value,
                 sizeof value);  // an optimisation: without it bytes flow too
    corked_ = on;
}

void PlainTransport::close_write() { ::shutdown(socket_, SHUT_WR); }

}  // namespace outpost::server
