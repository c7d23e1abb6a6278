#include "cdn/origin/framing.hpp"

#include <algorithm>
#include <cstring>

namespace outpost::cdn::origin {
namespace {
// How much is decoded ahead of the reader.
constexpr std::size_t most_decoded = 64 << 10;
}  // namespace

BodyReader::BodyReader(const http::ResponseHead& head, bool to_head_request) {
    if (to_head_request || head.status / 100 == 1 || head.status == 204 || head.status == 304) return;
    if (head.chunked) {
        kind_ = Kind::chunks;
        decoder_.emplace(UINT64_MAX);
    } else if (head.length) {
        told_ = left_ = *head.length;
    } else {
        kind_ = Kind::until_close;
    }
}

std::optional<std::uint64_t> BodyReader::length() const {
    if (kind_ == Kind::length) return told_;
    return std::nullopt;
}

bool BodyReader::whole() const {
    if (kind_ == Kind::length) return left_ == 0;
    return ended_ && fetched_ == decoded_.size();
}

std::size_t BodyReader::direct(std::size_t wanted) const {
    if (kind_ == Kind::length) return static_cast<std::size_t>(std::min<std::uint64_t>(left_, wanted));
    return kind_ == Kind::until_close ? wanted : 0;
}

Result<std::size_t> BodyReader::take(std::string_view& input, std::span<char> into) {
    std::string_view ready = input;
    if (kind_ == Kind::chunks) {
        if (fetched_ == decoded_.size() && !ended_) {
            decoded_.clear();
            fetched_ = 0;
            std::string_view part = input.substr(0, most_decoded);
            const std::size_t before = part.size();
            const auto progress = decoder_->decode(part, decoded_);
            if (!progress) return Errc::origin_malformed;
            input.remove_prefix(before - part.size());
            ended_ = *progress == http::ChunkedDecoder::Progress::whole;
        }
        ready = std::string_view{decoded_}.substr(fetched_);
    }
    const std::size_t bound = kind_ == Kind::length ? direct(into.size()) : into.size();
    const std::size_t size = std::min(ready.size(), bound);
    if (size > 0) std::memcpy(into.data(), ready.data(), size);
    if (kind_ == Kind::chunks) {
        fetched_ += size;
    } else {
        input.remove_prefix(size);
        took_direct(size);
    }
    return size;
}

Result<void> BodyReader::end() {
    if (whole()) return {};
    if (kind_ != Kind::until_close) return Errc::origin_truncated;
    ended_ = true;
    return {};
}

}  // namespace outpost::cdn::origin
