#include "base/dial.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

namespace outpost {
namespace {

Problem problem_of(int error) { return {"", std::strerror(error), ""}; }

Problem problem_of(Waited waited) {
    return {"", waited == Waited::cancelled ? "called off" : "no answer in time", ""};
}

// errno's value of connecting, 0 when it is done; or how the wait ended.
struct Attempt {
    Fd socket;
    int error = 0;
    Waited waited = Waited::ready;
};

Attempt connect_to(const addrinfo& address, SteadyTime deadline, const Cancellation& cancellation) {
    Attempt attempt;
    attempt.socket = Fd{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int fd = attempt.socket.get();
    if (fd < 0 || (::connect(fd, address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS)) {
        attempt.error = errno;
        return attempt;
    }
    attempt.waited = wait_for_socket(fd, POLLOUT, deadline, cancellation);
    socklen_t size = sizeof attempt.error;
    if (attempt.waited == Waited::ready && ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &attempt.error, &size) != 0)
        attempt.error = errno;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // without it replies only come later
    return attempt;
}

}  // namespace

Outcome<Fd> dial(const std::string& host, std::uint16_t port, Milliseconds timeout,
                 const Cancellation& cancellation) {
    const SteadyTime deadline = steady_now() + timeout;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (failed != 0)
        return Problem{"", fmt::format("no address of {}: {}", host, ::gai_strerror(failed)), ""};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, ::freeaddrinfo};
    Problem last;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        Attempt attempt = connect_to(*address, deadline, cancellation);
        if (attempt.waited != Waited::ready) return problem_of(attempt.waited);
        if (attempt.error == 0) return std::move(attempt.socket);
        last = problem_of(attempt.error);
    }
    return last;
}

Waited wait_for_socket(int fd, short events, SteadyTime deadline, const Cancellation& cancellation) {
    for (;;) {
        std::array<pollfd, 2> waits{{{fd, events, 0}, {cancellation.event(), POLLIN, 0}}};
        const auto left = std::chrono::ceil<Milliseconds>(deadline - steady_now()).count();
        const int most = 1 << 30;
        const int n = ::poll(waits.data(), waits.size(),
                             left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left, most)));
        if (cancellation.requested()) return Waited::cancelled;
        if (n > 0) return Waited::ready;
        if (n == 0 && left <= 0) return Waited::timed_out;
        if (n < 0 && errno != EINTR) return Waited::ready;  // the next call on the socket tells what is wrong
    }
}

Outcome<void> send_all(int fd, std::string_view bytes, SteadyTime deadline,
                       const Cancellation& cancellation) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) return problem_of(errno);
        const Waited waited = wait_for_socket(fd, POLLOUT, deadline, cancellation);
        if (waited != Waited::ready) return problem_of(waited);
    }
    return {};
}

Outcome<std::size_t> receive_some(int fd, std::span<char> buffer, SteadyTime deadline,
                                  const Cancellation& cancellation) {
    for (;;) {
        const Waited waited = wait_for_socket(fd, POLLIN, deadline, cancellation);
        if (waited != Waited::ready) return problem_of(waited);
        const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno != EAGAIN && errno != EINTR) return problem_of(errno);
    }
}

}  // namespace outpost
