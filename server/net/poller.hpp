// Tells connections when their sockets can be read or written again. An epoll of our own, edge-triggered and
// told of each socket once: Asio's re-arms with a system call for every wait, which a small reply feels. It
// hangs in the worker's loop as one descriptor, and what is ready is resumed from there.
// Thread rule: its worker's thread. Outlives the loop, whose end destroys those who wait.
#pragma once

#include <array>
#include <optional>
#include <sys/epoll.h>

#include "base/async.hpp"
#include "base/file.hpp"

namespace outpost::server {

class Poller;

// What is known of a socket. It is a belief: after a call that would have blocked, say so by not_readable()
// or not_writable(), and only then wait for the edge that ends it.
class Readiness {
  public:
    Readiness(Poller& poller, int socket);
    ~Readiness();
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    [[nodiscard]] bool readable() const { return readable_ || hung_up_; }
    void not_readable() { readable_ = false; }
    void not_writable() { writable_ = false; }

    // Until the socket is believed to be readable or writable again, or cancel() was called: false. One
    // waits at a time.
    Task<bool> wait_readable();
    Task<bool> wait_writable();
    void cancel();  // ends the wait under way, a little later; nothing when there is none

  private:
    friend class Poller;
    using Handler = asio::async_result<asio::use_awaitable_t<Executor>, void(bool)>::handler_type;
    enum class Waits { nothing, to_read, to_write };
    Task<bool> wait(Waits what);
    void note(std::uint32_t events);
    [[nodiscard]] bool is_over() const;
    void resume(bool ready);

    Poller& poller_;
    bool readable_ = false, writable_ = true;
    bool hung_up_ = false;  // for good: reading says how it ended
    Waits waits_ = Waits::nothing;
    std::optional<Handler> waiting_;
};

class Poller {
  public:
    explicit Poller(Loop& loop);
    Task<void> run();  // for as long as the loop runs

  private:
    friend class Readiness;
    void watch(int socket, Readiness& readiness);
    void forget(const Readiness& readiness);
    bool serve_some();

    Loop& loop_;
    Fd epoll_;
    static constexpr std::size_t most_at_once = 128;
    std::array<epoll_event, most_at_once> events_{};
    std::size_t next_ = 0, count_ = 0;  // of events_, while they are served
};

}  // namespace outpost::server
