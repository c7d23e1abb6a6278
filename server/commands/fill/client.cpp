#include "server/commands/fill/client.hpp"

#include <fmt/format.h>

#include "base/http/chunked.hpp"

namespace outpost::server {
namespace {

constexpr Milliseconds connecting{10'000}, silence{60'000};
constexpr http::HeadLimits head_limits{64 << 10, 256};
constexpr std::size_t piece_size = 64 << 10;

Problem broken(std::string what) { return {"", std::move(what), ""}; }

const Problem off{"", "broke off before the answer was whole", ""};

}  // namespace

Outcome<EdgeAnswer> EdgeConnection::ask(const EdgeAsk& ask, const Take& take) {
    const bool kept = static_cast<bool>(socket_);
    auto answer = exchange(ask, take);
    if (!answer && kept && !answered_ && !cancellation_.requested()) {
        // The edge had ended what we kept.
        socket_.close();
        answer = exchange(ask, take);
    }
    if (!answer) socket_.close();
    return answer;
}

Outcome<EdgeAnswer> EdgeConnection::exchange(const EdgeAsk& ask, const Take& take) {
    answered_ = false;
    if (!socket_) {
        auto socket = dial(edge_.host, edge_.port, connecting, cancellation_);
        if (!socket) return broken("can't be connected: " + socket.error().what);
        socket_ = std::move(*socket);
    }
    // Compressed as most players take it: where playlists vary by that, theirs are the ones to have.
    const std::string text = fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\nUser-Agent: outpost-fill\r\n{}\r\n",
        ask.method, ask.target, ask.host, ask.only_if_cached ? "Cache-Control: only-if-cached\r\n" : "");
    const auto sent = send_all(socket_.get(), text, steady_now() + silence, cancellation_);
    if (!sent) return sent.error();
    const auto head = read_head();
    if (!head) return head.error();
    EdgeAnswer answer{head->status, std::string{head->field("Location")},
                      std::string{head->field("Content-Encoding")}};
    const bool has_body = ask.method != "HEAD" && head->status != 204 && head->status != 304;
    if (has_body) {
        const auto read = read_body(*head, take);
        if (!read) return read.error();
    }
    if (!head->keep_alive || (has_body && !head->chunked && !head->length)) socket_.close();
    return answer;
}

// What has come, in piece_; 0: the other side ended.
Outcome<std::size_t> EdgeConnection::receive() {
    piece_.resize(piece_size);
    auto n = receive_some(socket_.get(), piece_, steady_now() + silence, cancellation_);
    if (n) piece_.resize(*n);
    if (n && *n > 0) answered_ = true;
    return n;
}

Outcome<http::ResponseHead> EdgeConnection::read_head() {
    buffer_.clear();
    std::size_t searched = 0;
    for (;;) {
        const auto n = receive();
        if (!n) return n.error();
        if (*n == 0) return off;
        buffer_ += piece_;
        http::ResponseHead head;
        const auto parsed = http::parse_response_head(buffer_, head_limits, searched, head);
        if (parsed.state == http::ParsedHead::State::incomplete) continue;
        if (parsed.state == http::ParsedHead::State::refused)
            return broken("what answers there does not speak HTTP");
        rest_ = buffer_.substr(parsed.consumed);
        return head;
    }
}

Outcome<void> EdgeConnection::read_body(const http::ResponseHead& head, const Take& take) {
    std::uint64_t left = head.length.value_or(UINT64_MAX);
    http::ChunkedDecoder chunks{UINT64_MAX};
    std::string decoded;
    bool whole = !head.chunked && left == 0;
    piece_ = std::move(rest_);
    while (!whole) {
        std::string_view piece = piece_;
        if (head.chunked) {
            decoded.clear();
            const auto progress = chunks.decode(piece, decoded);
            if (!progress) return broken("the answer is broken: " + progress.error().message());
            whole = *progress == http::ChunkedDecoder::Progress::whole;
            piece = decoded;
        } else {
            piece = piece.substr(0, std::min<std::uint64_t>(piece.size(), left));
            left -= piece.size();
            whole = left == 0;
        }
        if (!piece.empty() && !take(piece)) return broken("is longer than was wanted");
        if (whole) break;
        const auto n = receive();
        if (!n) return n.error();
        if (*n > 0) continue;
        if (head.chunked || head.length) return off;
        whole = true;
    }
    return {};
}

}  // namespace outpost::server
