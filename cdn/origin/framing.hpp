// Where the body of a reply ends (RFC 9112 section 6.3), and its bytes taken out of what arrives. Knows no
// socket. Thread rule: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/http/chunked.hpp"
#include "base/http/head.hpp"
#include "base/result.hpp"

namespace outpost::cdn::origin {

class BodyReader {
  public:
    // No body.
    BodyReader() = default;
    BodyReader(const http::ResponseHead& head, bool to_head_request);

    // What was told of it; nothing when only its end will tell.
    [[nodiscard]] std::optional<std::uint64_t> length() const;
    // Everything was read. A body until the connection's end never is before end().
    [[nodiscard]] bool whole() const;
    [[nodiscard]] bool until_close() const { return kind_ == Kind::until_close; }

    // How many of the bytes that arrive next belong to the body as they are, so that they can be received
    // where they are wanted; 0 when they must go through take().
    [[nodiscard]] std::size_t direct(std::size_t wanted) const;
    void took_direct(std::size_t size) { left_ -= kind_ == Kind::length ? size : 0; }

    // Moves body bytes out of `input`, which loses what was understood, into `into`; how many. 0 with the
    // body not whole: more input is needed. Errc::origin_malformed.
    Result<std::size_t> take(std::string_view& input, std::span<char> into);

    // The connection has ended. Errc::origin_truncated when that was too early.
    Result<void> end();

  private:
    enum class Kind { length, chunks, until_close };
    Kind kind_ = Kind::length;
    std::uint64_t told_ = 0, left_ = 0;
    bool ended_ = false;  // chunks: the last one is through; until_close: end() was called
    std::optional<http::ChunkedDecoder> decoder_;
    std::string decoded_;  // chunks: what the reader has not fetched yet
    std::size_t fetched_ = 0;
};

}  // namespace outpost::cdn::origin
