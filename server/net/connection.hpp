// One HTTP/1.1 connection: reads heads, has them answered, sends the replies (RFC 9112).
// A connection is one coroutine, run(), that owns this object; it lives and dies in its worker's thread.
// While idle it holds no buffer.
#pragma once

#include <memory>
#include <string>

#include "server/net/channel.hpp"
#include "server/service.hpp"

namespace outpost::server {

class Connection {
  public:
    // `client` is its numeric address.
    Connection(Worker& worker, Service& service, Fd socket, std::unique_ptr<Transport> transport,
               std::string client, ConnectionCounts::Key address_key);

    // Serves until either side ends the connection.
    static Task<void> run(std::unique_ptr<Connection> connection);

  private:
    enum class Sent { whole, last, cut };
    using Phase = Channel::Phase;
    using ParsedHead = http::ParsedHead;

    void turn_to_next();
    Eventual<bool> receive();
    ParsedHead parse();
    Task<void> end_without_request(ParsedHead parsed);
    Task<bool> take_body();
    Task<Status> receive_body();
    Eventual<Reply> reply_to_request();
    Task<void> refuse(Status status, std::string_view detail);
    Task<void> linger();

    Eventual<Sent> send_reply(Reply reply);
    void prepare(Reply reply);
    void write_head(std::optional<std::uint64_t> length);
    Task<Sent> sent_later(Task<bool> sending);
    Task<Sent> send_in_parts(Result<BodyStep> step);
    Task<bool> send_windows(Result<BodyStep> step);
    Sent note_sent(bool whole);
    void note_first_byte();
    void log_reply(std::uint64_t body_sent, bool complete);

    Worker& worker_;
    Service& service_;
    Channel channel_;
    bool first_ = true;    // no request has come yet
    std::string arrived_;  // that begins an exchange
    std::unique_ptr<Exchange> exchange_;
};

}  // namespace outpost::server
