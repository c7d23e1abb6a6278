// What a connection needs for one request and its reply; it has none while it is idle. A worker keeps one to
// lend again, so that its buffers are not allocated for each request. Thread rule: its worker's thread.
#pragma once

#include <optional>
#include <string>

#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/http/head.hpp"
#include "server/http/message.hpp"

namespace outpost::server {

// What tells the client where a body ends (RFC 9112 section 6.3).
enum class Delimiting { length, chunks, close };

struct Exchange {
    // the request
    std::string input;
    std::size_t searched = 0;
    std::size_t consumed = 0;  // of the input, by the head
    std::string following;     // what arrived behind the request's body
    http::RequestHead head;
    std::string room;  // of the head, where it is not as it came
    http::RequestHead other_head;
    std::string body;
    SteadyTime began;

    // the reply
    Reply reply;
    Body reply_body;
    MemoryWindow beside;  // of it, when it goes out with the head
    std::string reply_head;
    Delimiting delimiting = Delimiting::length;
    WallTime replied;

    // The request was answered: what has arrived behind it is the next one's beginning.
    void turn_to_next();
};

}  // namespace outpost::server
