// One HTTP/1.1 connection: reads heads, has them answered, delivers the replies (RFC 9112).
// A connection is one coroutine, run(), that owns this object; it lives and dies in its worker's thread.
// While idle it holds no buffer.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "server/connection_counts.hpp"
#include "server/http/transport.hpp"
#include "server/service.hpp"
#include "server/worker.hpp"

namespace outpost::server {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class Connection : public Worker::ConnectionHook {
  public:
    Connection(Worker& worker, Service& service, Socket socket, std::unique_ptr<Transport> transport,
               ConnectionCounts::Key address_key);
    ~Connection();

    // Serves until either side ends the connection.
    static Task<void> run(std::unique_ptr<Connection> connection);

    // For the worker's sweep: ends what has waited too long.
    void check_deadlines(SteadyTime now);
    // For draining: ends the connection if it is between requests.
    void end_if_idle();
    void end_now();

  private:
    enum class Phase { first_byte, head, idle, body, handling, sending, lingering };
    enum class Got { request, nothing };

    Task<Got> receive_head();
    Task<Status> receive_body();
    Task<bool> receive(std::string& into);
    void turn_to_next();
    Task<bool> answer();
    Task<void> refuse(Status status, std::string_view detail);
    Task<void> linger();
    [[nodiscard]] bool has_more_input() const;
    Task<bool> send_reply(Reply reply);
    Task<bool> send_text(std::string_view first, std::string_view second, bool more);
    Task<bool> send_window(Window window, bool more);
    Task<bool> send_file(FileWindow window);
    Task<bool> warm(int file, ByteRange range);
    Task<bool> flush();
    Task<bool> wait_for_room();
    Task<bool> wait(Socket::wait_type what);
    std::string reply_head(const Reply& reply, std::uint64_t length, WallTime now);
    void enter(Phase phase);
    void note_sent(std::size_t bytes);
    void log_reply(const Reply& reply, WallTime began, bool complete);
    std::string client_address() const;

    Worker& worker_;
    Service& service_;
    Socket socket_;
    std::unique_ptr<Transport> transport_;
    ConnectionCounts::Key address_key_;

    Phase phase_ = Phase::first_byte;
    bool expired_ = false;
    bool ending_ = false;  // told to end by draining or stopping
    SteadyTime deadline_;
    SteadyTime sending_since_;
    SteadyTime::duration sending_before_{0};  // time spent sending in earlier replies
    std::uint64_t sent_ = 0;                  // by this connection, for the minimum rate
    std::uint64_t reply_sent_ = 0;            // by the reply under way
    boost::system::error_code
        broken_file_;  // why the reply under way could not be sent whole, when that was our fault

    // What a request needs while it is served; gone when the connection is idle.
    struct Exchange {
        std::string input;
        std::size_t searched = 0;
        std::size_t consumed = 0;  // of the input, by the head
        std::string following;     // what arrived behind the request's body
        RequestHead head;
        std::string body;
        std::string client;
        SteadyTime began;
    };
    std::unique_ptr<Exchange> exchange_;
};

}  // namespace outpost::server
