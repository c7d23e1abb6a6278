#include "scripted_origin.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

namespace outpost::tests {
namespace {

// Bound to a free port of 127.0.0.1.
int bound_socket(std::uint16_t& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd, generic, size) != 0 || ::getsockname(fd, generic, &size) != 0)
        throw std::runtime_error("no port on 127.0.0.1");
    port = ntohs(address.sin_port);
    return fd;
}

}  // namespace

Peer::Peer(int socket, ssl_ctx_st* tls) : socket_{socket} {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, socket_);
    SSL_set_accept_state(ssl_);
}

Peer::~Peer() {
    SSL_free(ssl_);
    if (socket_ >= 0) ::close(socket_);
}

bool Peer::handshake() { return ssl_ == nullptr || SSL_do_handshake(ssl_) == 1; }

long Peer::receive(char* into, std::size_t size) {
    if (socket_ < 0) return 0;
    return ssl_ != nullptr ? SSL_read(ssl_, into, static_cast<int>(size)) : ::recv(socket_, into, size, 0);
}

std::string Peer::request() {
    char buffer[4096];
    std::size_t whole = std::string::npos;
    while (true) {
        const auto end = input_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const auto length = input_.find("Content-Length: ");
            whole = end + 4 +
                    (length < end ? std::strtoul(input_.c_str() + length + 16, nullptr, 10) : std::size_t{0});
        }
        if (input_.size() >= whole && whole != std::string::npos) break;
        const long n = receive(buffer, sizeof buffer);
        if (n <= 0) return {};
        input_.append(buffer, static_cast<std::size_t>(n));
    }
    std::string request = input_.substr(0, whole);
    input_.erase(0, whole);
    return request;
}

bool Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (socket_ < 0) return false;
        const long n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                       : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

void Peer::send_slowly(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) send(bytes.substr(i, 1));
}

void Peer::wait_for_close() {
    char buffer[4096];
    while (receive(buffer, sizeof buffer) > 0) {
    }
}

void Peer::close() {
    if (ssl_ != nullptr && socket_ >= 0) SSL_shutdown(ssl_);
    close_rudely();
}

void Peer::close_rudely() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void Peer::reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close_rudely();
}

void Peer::interrupt() {
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

ScriptedOrigin::ScriptedOrigin(Script script, ssl_ctx_st* tls) : script_{std::move(script)}, tls_{tls} {
    listener_ = bound_socket(port_);
    if (::listen(listener_, 64) != 0) throw std::runtime_error("can't listen");
    acceptor_ = std::thread{[this] { accept_all(); }};
}

ScriptedOrigin::~ScriptedOrigin() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
        for (const auto& peer : peers_) peer->interrupt();
    }
    for (std::thread& thread : threads_) thread.join();
}

std::string ScriptedOrigin::url() const {
    return (tls_ != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

void ScriptedOrigin::accept_all() {
    while (true) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const std::lock_guard lock{mutex_};
        peers_.push_back(std::make_unique<Peer>(socket, tls_));
        const int number = connections_++;
        threads_.emplace_back([this, number, place = std::prev(peers_.end())] {
            if ((*place)->handshake()) script_(**place, number);
            const std::lock_guard inner{mutex_};
            if (!ending_) (*place)->close();
        });
    }
}

ScriptedOrigin::Script ScriptedOrigin::answering(std::string reply) {
    return [reply = std::move(reply)](Peer& peer, int) {
        while (!peer.request().empty()) peer.send(reply);
    };
}

std::uint16_t closed_port() {
    std::uint16_t port = 0;
    ::close(bound_socket(port));
    return port;
}

}  // namespace outpost::tests
