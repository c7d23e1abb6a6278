// An origin on 127.0.0.1 that does what a test tells it, byte by byte, in threads of its own: plain sockets,
// so that it shares no code with what is tested.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace outpost::tests {

// One connection as its origin sees it. Calls block.
class Peer {
  public:
    Peer(int socket, ssl_ctx_st* tls);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    bool handshake();  // true at once when it is plain
    // The next request's head and, when it tells a length, its body; empty at the connection's end.
    std::string request();
    bool send(std::string_view bytes);         // false when the connection is gone
    void send_slowly(std::string_view bytes);  // each byte in a packet of its own
    void wait_for_close();                     // by the other side
    void close();                              // as one does: TLS says goodbye
    void close_rudely();                       // TCP's end without TLS's
    void reset();                              // RST
    void interrupt();                          // from another thread: whatever blocks returns

  private:
    long receive(char* into, std::size_t size);
    int socket_;
    ssl_st* ssl_ = nullptr;
    std::string input_;
};

class ScriptedOrigin {
  public:
    // Called for each connection, in a thread of its own; the connection is closed when it returns. Numbers
    // begin at 0.
    using Script = std::function<void(Peer&, int number)>;
    explicit ScriptedOrigin(Script script, ssl_ctx_st* tls = nullptr);
    ~ScriptedOrigin();
    ScriptedOrigin(const ScriptedOrigin&) = delete;
    ScriptedOrigin& operator=(const ScriptedOrigin&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const;
    [[nodiscard]] int connections() const { return connections_; }

    // Answers each request on a connection with that text.
    static Script answering(std::string reply);

  private:
    void accept_all();

    Script script_;
    ssl_ctx_st* tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::mutex mutex_;
    bool ending_ = false;
    std::list<std::unique_ptr<Peer>> peers_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

// A port where nobody listens.
std::uint16_t closed_port();

}  // namespace outpost::tests
