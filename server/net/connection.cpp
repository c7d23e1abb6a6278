#include "server/net/connection.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/http/chunked.hpp"
#include "base/log.hpp"
#include "server/measures.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t replies_a_turn = 16;

using http::ChunkedDecoder;
using http::Framing;
using http::ParsedHead;
using http::Refusal;

Status status_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::too_large: return Status::head_too_large;
        case Refusal::uri_too_long: return Status::uri_too_long;
        case Refusal::version: return Status::version_not_supported;
        case Refusal::not_implemented: return Status::not_implemented;
        case Refusal::none:
        case Refusal::malformed: break;
    }
    return Status::bad_request;
}

std::string_view detail_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::too_large: return "The request's head is larger than this server's limits.";
        case Refusal::uri_too_long: return "The request's target is longer than this server's limits.";
        case Refusal::version: return "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
        case Refusal::not_implemented: return "Only the chunked transfer coding is known here.";
        case Refusal::none:
        case Refusal::malformed: break;
    }
    return "The request's head is not one that RFC 9112 allows.";
}

}  // namespace

Connection::Connection(Worker& worker, Service& service, Socket socket, std::unique_ptr<Transport> transport,
                       ConnectionCounts::Key address_key)
    : worker_{worker},
      service_{service},
      channel_{worker, std::move(socket), std::move(transport), address_key} {}

Task<void> Connection::run(std::unique_ptr<Connection> connection) {
    Connection& self = *connection;
    std::size_t answered = 0;
    while (true) {
        const Got got = co_await self.receive_head();
        if (got != Got::request) break;
        const bool go_on = co_await self.answer();
        if (!go_on) break;
        // Pipelined requests may never make it wait for the socket.
        if (++answered % replies_a_turn == 0) co_await self.channel_.yield();
    }
    if (!self.channel_.expired()) self.channel_.close_write();
}

// ---- receiving

// Forgets the request that was answered; what has arrived behind it is the next one's beginning.
void Connection::turn_to_next() {
    if (!exchange_) return;
    Exchange& x = *exchange_;
    x.input.erase(0, x.consumed);
    x.input += x.following;
    x.consumed = x.searched = 0;
    x.following.clear();
    x.body.clear();
    x.head.clear();  // its views pointed into what is gone now
    if (x.input.empty()) exchange_.reset();
    channel_.enter(exchange_ ? Phase::head : Phase::idle);
}

Task<Connection::Got> Connection::receive_head() {
    turn_to_next();
    while (true) {
        if (!exchange_) {
            if (channel_.ending() && !channel_.has_input()) co_return Got::nothing;
            std::string arrived;
            const bool more = co_await channel_.receive(arrived);
            if (!more) co_return Got::nothing;
            exchange_ = std::make_unique<Exchange>();
            exchange_->input = std::move(arrived);
            exchange_->client = channel_.client_address();
            channel_.enter(Phase::head);
        }
        Exchange& x = *exchange_;
        const ParsedHead parsed = parse_head(x.input, worker_.shared().limits.head, x.searched, x.head);
        if (parsed.state == ParsedHead::State::complete) {
            x.consumed = parsed.consumed;
            x.began = steady_now();
            co_return Got::request;
        }
        if (parsed.state == ParsedHead::State::refused) {
            co_await refuse(status_of(parsed.refusal), detail_of(parsed.refusal));
            co_return Got::nothing;
        }
        const bool more = co_await channel_.receive(x.input);
        if (!more) break;
    }
    if (channel_.expired() && !channel_.ending()) {
        co_await refuse(Status::request_timeout, "The request's head took too long to arrive.");
    }
    co_return Got::nothing;
}

// Reads the request's body into the exchange; ok, or the status that says what was wrong with it. The head's
// views point into the input, which therefore stays as it is.
Task<Status> Connection::receive_body() {
    Exchange& x = *exchange_;
    const std::uint64_t most = worker_.shared().limits.request_body.count();
    const Framing framing = x.head.framing;
    if (!framing.has_body()) co_return Status::ok;
    if (framing.length > most) co_return Status::content_too_large;
    x.following.assign(x.input, x.consumed);
    x.input.resize(x.consumed);
    if (x.head.expects_continue && x.following.empty()) {
        const bool sent = co_await channel_.send("HTTP/1.1 100 Continue\r\n\r\n", {}, false);
        if (!sent) co_return Status::request_timeout;
    }
    channel_.enter(Phase::body);
    ChunkedDecoder decoder{most};
    while (true) {
        std::string_view left = x.following;
        bool whole = false;
        if (framing.chunked) {
            const auto decoded = decoder.decode(left, x.body);
            if (!decoded) {
                co_return decoded.error() == Errc::body_too_large ? Status::content_too_large
                                                                  : Status::bad_request;
            }
            whole = *decoded == ChunkedDecoder::Progress::whole;
        } else {
            const auto taken =
                std::min(static_cast<std::size_t>(framing.length) - x.body.size(), left.size());
            x.body.append(left.substr(0, taken));
            left.remove_prefix(taken);
            whole = x.body.size() == framing.length;
        }
        x.following.erase(0, x.following.size() - left.size());
        if (whole) co_return Status::ok;
        const bool more = co_await channel_.receive(x.following);
        if (!more) co_return Status::request_timeout;
    }
}

// ---- answering

// True when another request may follow.
Task<bool> Connection::answer() {
    Exchange& x = *exchange_;
    const Status body = co_await receive_body();
    if (body != Status::ok) {
        if (channel_.expired() && channel_.ending()) co_return false;
        co_await refuse(body, "The request's body is malformed, too large or too slow.");
        co_return false;
    }
    channel_.enter(Phase::handling);
    Reply reply = co_await reply_to_request();
    if (!x.head.keep_alive || channel_.ending()) reply.close = true;
    const Sent sent = co_await send_reply(std::move(reply));
    if (sent != Sent::last) co_return sent == Sent::whole;
    if (x.input.size() > x.consumed || !x.following.empty() || channel_.has_input())
        co_await channel_.linger();
    co_return false;
}

Task<Reply> Connection::reply_to_request() {
    Exchange& x = *exchange_;
    Request request;
    request.head = &x.head;
    request.room = &x.room;
    request.body = x.body;
    request.client = x.client;
    request.tls = channel_.is_tls();
    request.certificate = channel_.peer();
    request.now = wall_now();
    request.presence = &channel_.presence();
    request.first = std::exchange(first_, false);
    co_return co_await service_.handle(std::move(request));
}

// Answers what can't be understood, then ends the connection without losing the answer.
Task<void> Connection::refuse(Status status, std::string_view detail) {
    channel_.forgive();
    Reply reply = problem_reply(status, detail);
    reply.close = true;
    if (exchange_) {
        exchange_->began = steady_now();
        service_.hide_secrets(exchange_->head, exchange_->room);
    }
    const Sent sent = co_await send_reply(std::move(reply));
    if (sent != Sent::cut) co_await channel_.linger();
}

// ---- sending

std::string Connection::reply_head(const Reply& reply, std::optional<std::uint64_t> length, bool chunked,
                                   WallTime now) {
    std::string head;
    head.reserve(512);
    const bool has_length = reply.status != Status::no_content && reply.status != Status::not_modified;
    fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\n", static_cast<int>(reply.status),
                   reason_of(reply.status));
    if (!reply.has_standing_fields) head += worker_.standing_fields(now);
    head += reply.headers.text();
    if (has_length && length) fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *length);
    if (chunked) head += "Transfer-Encoding: chunked\r\n";
    if (channel_.is_tls() && worker_.shared().hsts) head += "Strict-Transport-Security: max-age=63072000\r\n";
    if (reply.close) {
        head += "Connection: close\r\n";
    } else if (exchange_ && exchange_->head.minor_version == 0) {
        head += "Connection: keep-alive\r\n";
    }
    head += "\r\n";
    return head;
}

// Sends head and body. A body that stops short ends the connection, never looks whole.
Task<Connection::Sent> Connection::send_reply(Reply reply) {
    const WallTime now = wall_now();
    const bool is_head = exchange_ && exchange_->head.method == Method::head;
    const bool has_body =
        !is_head && reply.status != Status::no_content && reply.status != Status::not_modified;
    const auto length = reply.content_length ? reply.content_length : reply.body.size();
    Delimiting delimiting = Delimiting::length;
    if (has_body && !length) {
        const bool old = exchange_ && exchange_->head.minor_version == 0;
        delimiting = old ? Delimiting::close : Delimiting::chunks;
        reply.close |= old;
    }
    Body body = has_body ? std::move(reply.body) : Body{};
    const std::string head = reply_head(reply, length, delimiting == Delimiting::chunks, now);
    channel_.begin_reply();
    const bool sent = co_await send_body(std::move(body), head, delimiting);
    if (!sent && delimiting == Delimiting::close) {
        co_await channel_.end_with_reset();
    }
    const std::uint64_t body_sent =
        channel_.reply_sent() - std::min<std::uint64_t>(channel_.reply_sent(), head.size());
    (channel_.is_tls() ? measures::body_bytes_tls : measures::body_bytes_plain).add(body_sent);
    measures::count_reply(static_cast<int>(reply.status));
    if (!sent) measures::replies_cut.add();
    log_reply(reply, now, body_sent, sent);
    if (!sent) co_return Sent::cut;
    co_return reply.close ? Sent::last : Sent::whole;
}

// The head goes out with the first window when that is there and memory, else ahead of it.
Task<bool> Connection::send_body(Body body, std::string_view head, Delimiting delimiting) {
    auto step = body.poll();
    const bool there = step && *step;
    const auto* first = there ? std::get_if<MemoryWindow>(&**step) : nullptr;
    const bool whole =
        first != nullptr && delimiting == Delimiting::length && body.size() == first->bytes.size();
    const bool together = whole || (first != nullptr && first->bytes.empty());
    const std::string_view beside = whole ? first->bytes : std::string_view{};
    bool sent = co_await channel_.send(head, beside, !together);
    if (exchange_) {
        measures::first_byte_time.observe(
            std::chrono::duration<double>(steady_now() - exchange_->began).count());
    }
    if (sent && !whole) {
        sent = co_await send_windows(std::move(body), std::move(step), delimiting);
    }
    if (!sent) co_return false;
    co_return co_await channel_.flush();
}

// From the step that was taken already to the end. What was sent is not held back while the next is waited
// for.
Task<bool> Connection::send_windows(Body body, Result<BodyStep> step, Delimiting delimiting) {
    const bool chunks = delimiting == Delimiting::chunks;
    while (true) {
        if (!step) {
            channel_.blame(step.error());
            co_return false;
        }
        if (!*step) {
            const bool flushed = co_await channel_.flush();
            if (!flushed) co_return false;
            channel_.enter(Phase::handling);
            co_await body.wait();
            channel_.enter(Phase::sending);
            if (channel_.expired()) co_return false;
            step = body.poll();
            continue;
        }
        const std::uint64_t size = size_of(**step);
        if (size == 0) break;
        if (chunks) {
            const std::string begin = fmt::format("{:x}\r\n", size);
            const bool begun = co_await channel_.send(begin, {}, true);
            if (!begun) co_return false;
        }
        Window window = std::move(**step);
        const bool sent = co_await channel_.send(std::move(window), true);
        if (channel_.broken_body()) body.broken(channel_.broken_body());
        if (!sent) co_return false;
        if (chunks) {
            const bool ended = co_await channel_.send("\r\n", {}, true);
            if (!ended) co_return false;
        }
        step = body.poll();
    }
    if (!chunks) co_return true;
    co_return co_await channel_.send("0\r\n\r\n", {}, false);
}

void Connection::log_reply(const Reply& reply, WallTime began, std::uint64_t body_sent, bool complete) {
    if (!exchange_) return;
    const RequestHead& head = exchange_->head;
    if (channel_.broken_body()) {
        log::error("{}: cut after {} bytes: {}", head.path, body_sent, channel_.broken_body().message());
    }
    AccessLog::Shard* access = worker_.access_log();
    if (access == nullptr) return;
    AccessRecord record;
    record.time = began;
    record.client = exchange_->client;
    record.method = head.method_text;
    record.path = head.path;
    record.host = head.host;
    record.range = head.field("Range");
    record.user_agent = head.field("User-Agent");
    record.minor_version = head.minor_version;
    record.status = static_cast<int>(reply.status);
    record.bytes = body_sent;
    record.duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_now() - exchange_->began);
    record.tls = channel_.is_tls();
    record.complete = complete;
    record.cache = reply.cache;
    record.refused = reply.refused;
    access->add(record);
}

}  // namespace outpost::server
