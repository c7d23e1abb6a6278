// A server that does what a test tells it, on loopback: one thread for each connection.
#pragma once

#include <atomic>
#include <fcntl.h>
#include <functional>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>

#include <openssl/ssl.h>

#include "base/file.hpp"

namespace outpost::bench {

class ScriptedServer {
  public:
    // The bytes that answer a request's head; what `end` says happens afterwards.
    struct Reply {
        std::string bytes;
        enum class End { keep, close, reset } end = End::keep;
    };
    // Called in the connection's thread; may take its time.
    using Script = std::function<Reply(const std::string& head)>;

    // With `tls` it speaks TLS.
    explicit ScriptedServer(Script script, SSL_CTX* tls = nullptr) : script_{std::move(script)}, tls_{tls} {
        listener_ = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_.get(), 128);
        socklen_t size = sizeof address;
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread{[this] { accept(); }};
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        acceptor_.join();
        for (auto& each : connections_) {
            ::shutdown(each.socket.get(), SHUT_RDWR);
            each.thread.join();
        }
    }
    [[nodiscard]] std::string url() const {
        return (tls_ == nullptr ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(port_);
    }
    [[nodiscard]] int requests() const { return requests_.load(); }
    [[nodiscard]] int connections() const { return accepted_.load(); }
    // Of all requests, one after the other.
    [[nodiscard]] std::string heads() {
        const std::lock_guard lock{mutex_};
        return heads_;
    }

  private:
    struct Connection {
        Fd socket;
        std::thread thread;
    };
    void accept() {
        for (;;) {
            Fd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (!socket) return;
            ++accepted_;
            Connection& made = connections_.emplace_back();
            made.socket = std::move(socket);
            made.thread = std::thread{[this, &made] { serve(made.socket.get()); }};
        }
    }
    void serve(int socket) {
        const std::unique_ptr<SSL, decltype(&::SSL_free)> ssl{tls_ == nullptr ? nullptr : SSL_new(tls_),
                                                              &::SSL_free};
        if (ssl) {
            SSL_set_fd(ssl.get(), socket);
            if (SSL_accept(ssl.get()) != 1) return void(::shutdown(socket, SHUT_RDWR));
        }
        std::string input;
        for (;;) {
            const auto end = input.find("\r\n\r\n");
            if (end == std::string::npos) {
                char buffer[4096];
                const ssize_t n = ssl ? SSL_read(ssl.get(), buffer, sizeof buffer)
                                      : ::recv(socket, buffer, sizeof buffer, 0);
                if (n <= 0) break;
                input.append(buffer, static_cast<std::size_t>(n));
                continue;
            }
            const std::string head = input.substr(0, end + 4);
            input.erase(0, end + 4);
            ++requests_;
            {
                const std::lock_guard lock{mutex_};
                heads_ += head;
            }
            const Reply reply = script_(head);
            for (std::size_t sent = 0; sent < reply.bytes.size();) {
                const char* from = reply.bytes.data() + sent;
                const std::size_t size = reply.bytes.size() - sent;
                const ssize_t n = ssl ? SSL_write(ssl.get(), from, static_cast<int>(size))
                                      : ::send(socket, from, size, MSG_NOSIGNAL);
                if (n <= 0) break;
                sent += static_cast<std::size_t>(n);
            }
            if (reply.end == Reply::End::keep) continue;
            if (reply.end == Reply::End::reset) {
                const linger at_once{1, 0};
                ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
                // A closed descriptor alone sends a reset; shutdown() later must not meet another's.
                const Fd nothing{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
                ::dup3(nothing.get(), socket, O_CLOEXEC);
                return;
            }
            break;
        }
        ::shutdown(socket, SHUT_RDWR);
    }

    Script script_;
    SSL_CTX* tls_;
    Fd listener_;
    std::uint16_t port_ = 0;
    std::thread acceptor_;
    std::list<Connection> connections_;
    std::atomic<int> requests_{0}, accepted_{0};
    std::mutex mutex_;
    std::string heads_;
};

// A reply of 200 with its length.
inline std::string ok(const std::string& body, const std::string& fields = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" +
           body;
}

}  // namespace outpost::bench
