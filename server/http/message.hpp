// What the way of a request hands from step to step: a Request by value, a Reply by value. No sockets in
// either.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/facts.hpp"
#include "base/async_wait.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/http/head.hpp"

namespace outpost::server {

using http::Field;
using http::Method;
using http::RequestHead;

// The facts of one request. The head's views live until the reply is sent.
struct Request {
    RequestHead* head =
        nullptr;       // the first step takes tokens out of it; to the others it is as they find it
    std::string path;  // decoded once, no dot segments: clean_path() of the head's
    std::string* room = nullptr;  // for what of the head is put together anew; lives as long as the head
    RequestHead* other_head = nullptr;  // for one that a step asks on with; lives as long too
    std::string_view body;
    std::string_view client;  // numeric address, without the port
    bool tls = false;
    bool first = false;  // of its connection
    const auth::PeerCertificate* certificate =
        nullptr;  // the client's, verified; lives until the reply is sent
    WallTime now;
    Presence* presence = nullptr;  // of the client; outlives the reply

    // All else; the path goes on with who answers.
    [[nodiscard]] Request without_path() const {
        return {head, {}, room, other_head, body, client, tls, first, certificate, now, presence};
    }
};

// Those that this server makes; an origin's may be any other from 100 to 599.
enum class Status : int {
    ok = 200,
    no_content = 204,
    partial_content = 206,
    not_modified = 304,
    bad_request = 400,
    unauthorized = 401,
    forbidden = 403,
    not_found = 404,
    method_not_allowed = 405,
    request_timeout = 408,
    precondition_failed = 412,
    content_too_large = 413,
    uri_too_long = 414,
    range_not_satisfiable = 416,
    expectation_failed = 417,
    too_many_requests = 429,
    head_too_large = 431,
    internal_error = 500,
    not_implemented = 501,
    bad_gateway = 502,
    unavailable = 503,
    version_not_supported = 505,
};

std::string_view reason_of(Status status);

// Header fields, written down as they will be sent. Order is kept; a line break in a value is refused (it
// becomes a blank).
class Headers {
  public:
    void add(std::string_view name, std::string_view value);
    // Lines that are as they shall be sent already.
    void add_lines(std::string_view lines) { text_.append(lines); }
    // The same, of a reply that has no fields yet.
    void take_lines(std::string lines) { text_ = std::move(lines); }
    // Whether there is a field of that name.
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::string_view text() const { return text_; }  // "Name: value\r\n"…

  private:
    std::string text_;
};

struct Reply {
    Status status = Status::ok;
    Headers headers;  // all but Date, Server, Connection and Content-Length, which the transport knows
    Body body;
    std::optional<std::uint64_t> content_length;  // when it isn't the body's: HEAD and 304 have none to send
    bool close = false;                           // the connection ends after it
    bool has_standing_fields = false;             // Date and Server are among the headers: an origin's
    std::string_view cache;                       // how the edge came by it, for the access log
    std::string_view refused;  // why it was refused, for the access log; lives as long as the program
};

// A thing that can be sent whole, in part, or not at all because the client has it.
struct Representation {
    Body body;
    std::string_view content_type;
    std::string etag;  // strong, quoted
    std::optional<WallTime> modified;
    std::string_view cache_control;
    std::string_view content_encoding;  // "gzip" or empty
    bool varies_by_encoding = false;
};

// Applies the conditional fields and the range of `request` (RFC 9110 sections 13 and 14): 200, 206, 304, 412
// or 416.
Reply reply_with(const Request& request, Representation representation);

// RFC 9457 problem details; `detail` is one sentence for whoever reads it.
Reply problem_reply(Status status, std::string_view detail);

// Whether the client takes gzip (RFC 9110 section 12.5.3).
bool accepts_gzip(const RequestHead& head);

}  // namespace outpost::server
