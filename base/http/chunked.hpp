// The chunked transfer coding (RFC 9112 section 7.1), decoded strictly as bytes arrive.
// Extensions and trailers are read past, within the limit, and dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace outpost::http {

class ChunkedDecoder {
  public:
    explicit ChunkedDecoder(std::uint64_t most) : most_{most} {}

    enum class Progress { partial, whole };

    // Takes bytes off the front of `input` and appends what they carry to `body`. Whole when the last chunk
    // and the trailer are through; Errc::bad_request, Errc::body_too_large.
    Result<Progress> decode(std::string_view& input, std::string& body);

  private:
    enum class State { size, data, data_end, trailer, done };
    Result<Progress> take_line(std::string_view& input);
    Result<void> take_size();

    State state_ = State::size;
    std::uint64_t most_;
    std::uint64_t left_ = 0;      // of the chunk under way
    std::uint64_t total_ = 0;     // of all chunks
    std::uint64_t overhead_ = 0;  // extensions and trailers
    std::string line_;
};

}  // namespace outpost::http
