#include "bench/stand/floor_server.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <fmt/format.h>

namespace outpost::bench {
namespace {

constexpr std::size_t most_request = 16 << 10;
constexpr std::string_view missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view refused =
    "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

Outcome<FloorServer> FloorServer::listen(const std::filesystem::path& root, std::uint16_t port) {
    FloorServer server;
    auto directory = open_directory(root);
    if (!directory) return Problem{root.string(), directory.error().message(), ""};
    server.root_ = std::move(*directory);
    server.epoll_ = Fd{::epoll_create1(EPOLL_CLOEXEC)};
    server.listener_ = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int fd = server.listener_.get();
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted ones inherit it
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::bind(fd, generic, size) != 0 || ::listen(fd, 4096) != 0 || ::getsockname(fd, generic, &size) != 0 ||
        ::epoll_ctl(server.epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        return Problem{fmt::format("127.0.0.1:{}", port),
                       fmt::format("can't listen: {}", std::strerror(errno)), ""};
    server.port_ = ntohs(address.sin_port);
    return server;
}

void FloorServer::run(const Cancellation& cancellation) {
    epoll_event called_off{};
    called_off.events = EPOLLIN;
    called_off.data.fd = cancellation.event();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, cancellation.event(), &called_off);
    std::array<epoll_event, 256> events{};
    while (!cancellation.requested()) {
        const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < n; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == listener_.get()) {
                accept_all();
            } else if (fd != cancellation.event()) {
                auto& connection = connections_[static_cast<std::size_t>(fd)];
                if (!serve(*connection)) connection.reset();
            }
        }
    }
}

void FloorServer::accept_all() {
    for (;;) {
        Fd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket) return;
        const auto place = static_cast<std::size_t>(socket.get());
        // Told of edges, once and for all: no system call a request to change what is waited for.
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.fd = socket.get();
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event) != 0) continue;
        if (connections_.size() <= place) connections_.resize(place + 1);
        connections_[place] = std::make_unique<Connection>();
        connections_[place]->socket = std::move(socket);
    }
}

bool FloorServer::serve(Connection& connection) {
    bool drained = false;
    for (;;) {
        if (!connection.head.empty() || connection.file != nullptr) {
            const Sent sent = send_answer(connection);
            if (sent == Sent::failed) return false;
            if (sent == Sent::some) return true;
            if (connection.ends) return false;
        }
        if (connection.requests.find("\r\n\r\n") != std::string::npos) {
            if (!begin_answer(connection)) return false;
            continue;
        }
        if (drained) return true;
        if (!receive(connection, drained)) return false;
    }
}

bool FloorServer::receive(Connection& connection, bool& drained) {
    std::array<char, 4096> buffer;  // not initialised: it is written first
    const ssize_t n = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
    if (n > 0) {
        // Less than there was room for is all that there was (epoll(7) says so of edges).
        drained = static_cast<std::size_t>(n) < buffer.size();
        connection.requests.append(buffer.data(), static_cast<std::size_t>(n));
        return connection.requests.size() <= most_request;
    }
    drained = true;
    return n < 0 && (would_block() || errno == EINTR);
}

// Takes one request off the front.
bool FloorServer::begin_answer(Connection& connection) {
    const std::string_view all = connection.requests;
    const std::string_view head = all.substr(0, all.find("\r\n\r\n") + 4);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) return false;
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, second - first - 1);
    const std::string_view path = target.substr(0, target.find('?'));
    connection.ends = !line.ends_with("HTTP/1.1");
    connection.sent = 0;
    if (method == "GET" || method == "HEAD") {
        const OpenFile* file = file_of(path);
        connection.head = file == nullptr ? missing : std::string_view{file->head};
        connection.file = method == "GET" && file != nullptr && file->size > 0 ? file : nullptr;
    } else {
        connection.head = refused;
        connection.ends = true;
    }
    connection.requests.erase(0, head.size());
    return true;
}

FloorServer::Sent FloorServer::send_answer(Connection& connection) {
    const int fd = connection.socket.get();
    const OpenFile* file = connection.file;
    while (!connection.head.empty()) {
        // With the body's first bytes in one packet.
        const ssize_t n = ::send(fd, connection.head.data(), connection.head.size(),
                                 MSG_NOSIGNAL | (file != nullptr ? MSG_MORE : 0));
        if (n < 0) return would_block() ? Sent::some : Sent::failed;
        connection.head.remove_prefix(static_cast<std::size_t>(n));
    }
    while (file != nullptr && connection.sent < file->size) {
        auto offset = static_cast<off_t>(connection.sent);
        const ssize_t n = ::sendfile(fd, file->file.get(), &offset, file->size - connection.sent);
        if (n < 0) return would_block() ? Sent::some : Sent::failed;
        if (n == 0) return Sent::failed;  // the file has become shorter
        connection.sent += static_cast<std::uint64_t>(n);
    }
    connection.file = nullptr;
    return Sent::all;
}

const FloorServer::OpenFile* FloorServer::file_of(std::string_view path) {
    if (path.size() < 2 || path.front() != '/') return nullptr;
    const std::string_view known_as = path.substr(1);
    const auto known = files_.find(known_as);
    if (known != files_.end()) return known->second.get();
    std::string name{known_as};
    auto file = open_beneath(root_, name);
    if (!file) return nullptr;
    const auto facts = facts_of(*file);
    if (!facts) return nullptr;
    auto open = std::make_unique<OpenFile>();
    open->size = facts->size;
    open->head = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", facts->size);
    open->file = std::move(*file);
    return files_.emplace(std::move(name), std::move(open)).first->second.get();
}

int serve_floor(const std::filesystem::path& root, std::uint16_t port) {
    ::signal(SIGPIPE, SIG_IGN);  // sendfile has no MSG_NOSIGNAL
    auto server = FloorServer::listen(root, port);
    if (!server) {
        fmt::print(stderr, "outpost-bench: {}\n", server.error().line());
        return 1;
    }
    server->run(Cancellation{});
    return 0;
}

}  // namespace outpost::bench
