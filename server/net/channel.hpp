// The bytes of one connection, in and out, and the deadlines that hold for them. Knows nothing of HTTP: it
// reads into buffers and delivers windows through a Transport, so that every wait ends by itself or by a
// limit. Thread rule: its worker's thread. Coroutines are members: whoever awaits them keeps the channel
// alive.
#pragma once

#include <memory>
#include <string>

#include "base/async_wait.hpp"
#include "base/body.hpp"
#include "server/net/connection_counts.hpp"
#include "server/net/transport.hpp"
#include "server/net/worker.hpp"

namespace outpost::server {

class Channel : public Worker::ChannelHook {
  public:
    // What is waited for decides how long.
    enum class Phase { first_byte, head, idle, body, handling, sending, lingering };

    // `client` is its numeric address.
    Channel(Worker& worker, Fd socket, std::unique_ptr<Transport> transport, std::string client,
            ConnectionCounts::Key address_key);
    ~Channel();

    void enter(Phase phase);

    // Each is true when all went well, and false when the connection is to end: the client has left, a
    // deadline has passed, the node drains, or a body could not be had (broken_body() then says why).
    Eventual<bool> receive(std::string& into);  // appends what has arrived, waiting for it
    Eventual<bool> send(std::string_view first, std::string_view second, bool more);
    Task<bool> send(Window window, bool more);
    Task<bool> send_all(std::string text, bool more);
    Eventual<bool> flush();
    Task<bool> flush_all();
    // Reads on for a moment and throws away: a client that is still sending would lose our last reply to a
    // reset.
    Task<void> linger();
    Task<void> yield();  // lets the worker's other connections have their turn
    void close_write() { transport_->close_write(); }

    // For the worker.
    void check_deadlines(SteadyTime now);
    void end_if_idle();  // and at the next chance otherwise
    void end_now();

    [[nodiscard]] bool expired() const { return expired_; }  // a deadline has passed
    void forgive() { expired_ = false; }                     // so that one last reply may be sent
    [[nodiscard]] bool ending() const { return ending_; }    // the node drains
    [[nodiscard]] bool is_tls() const { return transport_->is_tls(); }
    [[nodiscard]] const auth::PeerCertificate* peer() const { return transport_->peer(); }
    [[nodiscard]] bool has_input() const;  // something has arrived that was not received yet
    [[nodiscard]] const std::string& client_address() const { return client_; }

    // Since the reply under way began.
    void begin_reply();
    [[nodiscard]] std::uint64_t reply_sent() const { return reply_sent_; }
    [[nodiscard]] const boost::system::error_code& broken_body() const { return broken_body_; }
    // Whether the client is still there, looked at now and then while something is waited for on its behalf.
    [[nodiscard]] Presence& presence() { return presence_; }
    void blame(boost::system::error_code error) { broken_body_ = error; }
    // A client that takes the connection's end for the body's must see a reset when it is not; what has been
    // sent reaches it first, if it takes it soon.
    Task<void> end_with_reset();

  private:
    Task<bool> receive_later(std::string& into);
    Task<bool> send_later(std::string_view first, std::string_view second, bool more);
    Task<bool> send_file(FileWindow window);
    Task<bool> warm(int file, ByteRange range);
    Task<bool> wait_for_input();
    Task<bool> wait_for_output();
    Task<bool> wait_for_room();  // within the time that a body may stall
    [[nodiscard]] IoResult read(std::string& into);
    [[nodiscard]] IoResult write(std::string_view& first, std::string_view& second, bool more);
    [[nodiscard]] bool has_left();
    [[nodiscard]] bool is_late(SteadyTime now) const;
    void note_sent(std::size_t bytes);
    void cancel();

    Worker& worker_;
    Fd socket_;
    Readiness readiness_;
    std::unique_ptr<Transport> transport_;
    std::string client_;
    ConnectionCounts::Key address_key_;

    Phase phase_ = Phase::first_byte;
    Presence presence_;
    bool expired_ = false;
    bool ending_ = false;
    SteadyTime deadline_;
    SteadyTime sending_since_;
    SteadyTime::duration sending_before_{0};  // time spent sending in earlier replies
    std::uint64_t sent_ = 0;                  // for the minimum rate
    std::uint64_t reply_sent_ = 0;
    boost::system::error_code broken_body_;
};

}  // namespace outpost::server
