// The heads of HTTP/1.x requests and responses, parsed strictly and in place: every view points into the
// caller's buffer. RFC 9112 sections 2, 3, 5 and 6; what it leaves to the recipient's discretion is refused
// (bare CR or LF, folded lines, a blank before the colon, more or less than one Host, Transfer-Encoding
// beside Content-Length, differing lengths). Thread rule: values over a buffer that must outlive them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/http/field.hpp"
#include "base/result.hpp"

namespace outpost::http {

struct HeadLimits {
    std::size_t bytes = 16 << 10;
    std::size_t fields = 64;
};

enum class Method { get, head, options, post, put, del, patch, trace, connect, unknown };

// How the request's body is delimited (RFC 9112 section 6.3).
struct Framing {
    bool chunked = false;
    std::uint64_t length = 0;  // when not chunked
    [[nodiscard]] bool has_body() const { return chunked || length > 0; }
};

struct RequestHead {
    Method method = Method::unknown;
    std::string_view method_text;
    std::string_view path;   // as sent, always begins with '/' ("*" for OPTIONS *)
    std::string_view query;  // behind '?', without it
    std::string_view host;   // of an absolute target, else the Host field; empty in HTTP/1.0 without one
    int minor_version = 1;   // HTTP/1.<minor>
    std::vector<Field> fields;
    Framing framing;
    bool keep_alive = true;
    bool expects_continue = false;

    // The only field of that name; empty when absent. Names compare without case.
    [[nodiscard]] std::string_view field(std::string_view name) const;
    // As new, but for the vector's room.
    void clear();
};

// Why a head is refused, as the status that says it best.
enum class Refusal { none, malformed, too_large, uri_too_long, version, not_implemented };

struct ParsedHead {
    enum class State { incomplete, complete, refused } state = State::incomplete;
    Refusal refusal = Refusal::none;
    std::size_t consumed = 0;  // bytes of the buffer that the head took, with any empty line before it
};

// Parses the head at the front of `buffer` into `head` (whose vector is reused). Call again with more bytes
// while incomplete; parsing starts over, so the cost of a head sent byte by byte is bounded by
// HeadLimits::bytes squared, which is why the search for its end resumes at `searched`.
ParsedHead parse_head(std::string_view buffer, const HeadLimits& limits, std::size_t& searched,
                      RequestHead& head);

// How a response's body is delimited: `chunked`, `length`, or the connection's end when it is neither.
struct ResponseHead {
    int status = 0;
    int minor_version = 1;
    std::vector<Field> fields;
    bool chunked = false;
    std::optional<std::uint64_t> length;  // as the Content-Length says, also of a reply to HEAD
    bool keep_alive = true;

    [[nodiscard]] std::string_view field(std::string_view name) const { return find_field(fields, name); }
};

// As parse_head, for what an origin answers (RFC 9112 sections 4 and 6.3). Refused as malformed: what would
// leave in doubt where the body ends, and folded lines. A blank before a colon is dropped (section 5.1).
ParsedHead parse_response_head(std::string_view buffer, const HeadLimits& limits, std::size_t& searched,
                               ResponseHead& head);

}  // namespace outpost::http
