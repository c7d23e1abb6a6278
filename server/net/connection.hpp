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
    Connection(Worker& worker, Service& service, Socket socket, std::unique_ptr<Transport> transport,
               ConnectionCounts::Key address_key);

    // Serves until either side ends the connection.
    static Task<void> run(std::unique_ptr<Connection> connection);

  private:
    enum class Got { request, nothing };
    enum class Sent { whole, last, cut };
    // What tells the client where a body ends (RFC 9112 section 6.3).
    enum class Delimiting { length, chunks, close };
    using Phase = Channel::Phase;

    Task<Got> receive_head();
    Task<Status> receive_body();
    void turn_to_next();
    Task<bool> answer();
    Task<Reply> reply_to_request();
    Task<void> refuse(Status status, std::string_view detail);
    Task<Sent> send_reply(Reply reply);
    Task<bool> send_body(Body body, std::string_view head, Delimiting delimiting);
    Task<bool> send_windows(Body body, Result<BodyStep> step, Delimiting delimiting);
    std::string reply_head(const Reply& reply, std::optional<std::uint64_t> length, bool chunked,
                           WallTime now);
    void log_reply(const Reply& reply, WallTime began, std::uint64_t body_sent, bool complete);

    Worker& worker_;
    Service& service_;
    Channel channel_;
    bool first_ = true;  // no request has come yet

    // What a request needs while it is served; gone when the connection is idle.
    struct Exchange {
        std::string input;
        std::size_t searched = 0;
        std::size_t consumed = 0;  // of the input, by the head
        std::string following;     // what arrived behind the request's body
        RequestHead head;
        std::string room;  // of the head, where it is not as it came
        std::string body;
        std::string client;
        SteadyTime began;
    };
    std::unique_ptr<Exchange> exchange_;
};

}  // namespace outpost::server
