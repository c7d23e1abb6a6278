// HTTP/1.1 with an origin, the client's side: one request at a time, its reply read strictly. Thread rule:
// the loop's thread. Coroutines are members: whoever awaits them keeps the connection and the arguments
// alive.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/async_group.hpp"
#include "base/http/field.hpp"
#include "base/http/head.hpp"
#include "cdn/origin/framing.hpp"
#include "cdn/origin/stream.hpp"

namespace outpost::cdn::origin {

struct ReplyHead {
    int status = 0;
    http::FieldList fields;  // without those of the connection
};

class Connection {
  public:
    // The group's end closes it.
    Connection(std::unique_ptr<Stream> stream, http::HeadLimits limits, TaskGroup& group);

    // First, when it is TLS.
    Task<Result<void>> handshake(SteadyTime deadline) { return stream_->handshake(deadline); }
    // Sends the request, as it goes on the wire, and waits for the head of its final reply.
    // Errc::origin_reset, origin_timeout, origin_malformed.
    Task<Result<ReplyHead>> ask(const std::string& request, bool is_head_request, SteadyTime deadline);
    // Some byte of the reply to the last request has arrived.
    [[nodiscard]] bool heard() const { return heard_; }

    // As Response::read.
    Task<Result<std::size_t>> read(std::span<char> into, SteadyTime deadline);
    [[nodiscard]] const BodyReader& body() const { return body_; }

    // The reply is whole, and another request may follow.
    [[nodiscard]] bool is_reusable();
    // As far as can be seen without asking.
    [[nodiscard]] bool is_alive() { return stream_->is_quiet(); }
    void close() { stream_->close(); }

  private:
    Task<Result<std::size_t>> receive(SteadyTime deadline);
    [[nodiscard]] std::string_view unread() const { return std::string_view{input_}.substr(consumed_); }

    std::unique_ptr<Stream> stream_;
    TaskGroup::Notice notice_;
    http::HeadLimits limits_;
    std::string input_;  // what has arrived, from its `consumed_`th byte on not looked at yet
    std::size_t consumed_ = 0;
    bool heard_ = false;
    bool keep_alive_ = false;
    BodyReader body_;
};

}  // namespace outpost::cdn::origin
