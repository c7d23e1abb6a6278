// How outpost fill asks an edge: HTTP/1.1 over plain TCP on one connection that is kept, bodies handed on as
// they come. Thread rule: one thread for each connection.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/dial.hpp"
#include "base/http/head.hpp"
#include "config/address.hpp"

namespace outpost::server {

struct EdgeAsk {
    std::string method = "GET";
    std::string host, target;
    bool only_if_cached = false;  // 504 rather than asking an origin
};

struct EdgeAnswer {
    int status = 0;
    std::string location, coding;  // Location, Content-Encoding; "" when there is none
};

class EdgeConnection {
  public:
    EdgeConnection(config::Address edge, const Cancellation& cancellation)
        : edge_{std::move(edge)}, cancellation_{cancellation} {}

    // Takes a piece of a body, as long as it likes. False: no more is wanted.
    using Take = std::function<bool(std::string_view piece)>;

    // The answer, once its body is whole. A Problem when the edge can't be reached, says nothing for a
    // minute, breaks off or speaks no HTTP; when no more was wanted; when it was called off.
    Outcome<EdgeAnswer> ask(const EdgeAsk& ask, const Take& take);

  private:
    Outcome<EdgeAnswer> exchange(const EdgeAsk& ask, const Take& take);
    Outcome<http::ResponseHead> read_head();
    Outcome<void> read_body(const http::ResponseHead& head, const Take& take);
    Outcome<std::size_t> receive();

    config::Address edge_;
    const Cancellation& cancellation_;
    Fd socket_;
    std::string buffer_;  // what came of the head
    std::string piece_;   // what came last
    std::string rest_;    // behind the head
    bool answered_ = false;
};

}  // namespace outpost::server
