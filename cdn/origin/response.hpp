// An origin's reply under way: the head is there, the body is read piece by piece. Read to its end it gives
// the connection back to the pool; destroyed before, it closes it. Thread rule: the fill loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/http/field.hpp"
#include "base/result.hpp"

namespace outpost::cdn::origin {

class Exchange;

class Response {
  public:
    // When the request was sent and when the head was whole: what ages are reckoned from (RFC 9111
    // section 4.2.3).
    struct Times {
        WallTime requested, received;
    };

    explicit Response(std::unique_ptr<Exchange> exchange);
    ~Response();
    Response(const Response&) = delete;
    Response& operator=(const Response&) = delete;

    [[nodiscard]] int status() const;
    // Without those that concern only the connection (RFC 9110 section 7.6.1).
    [[nodiscard]] const http::FieldList& fields() const;
    // Of the body to come; nothing when only its end will tell. 0 for HEAD, 204 and 304.
    [[nodiscard]] std::optional<std::uint64_t> length() const;
    // "https://host:port", for logs.
    [[nodiscard]] const std::string& origin() const;
    [[nodiscard]] Times times() const;

    // Bytes of the body, decoded: as many as are there, at least one, waiting for the first. 0 is the end of
    // a whole body, and says so again when asked again. Errc::origin_timeout, origin_reset, origin_malformed,
    // origin_truncated; after an error the rest can't be had. `into` may not be empty.
    Task<Result<std::size_t>> read(std::span<char> into);

  private:
    std::unique_ptr<Exchange> exchange_;
};

}  // namespace outpost::cdn::origin
