#include "server/net/connection.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/http/chunked.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "server/measures.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t replies_a_turn = 16;

using http::ChunkedDecoder;
using http::Framing;
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

void Exchange::turn_to_next() {
    input.erase(0, consumed);
    input += following;
    consumed = searched = 0;
    following.clear();
    body.clear();
    room.clear();
    head.clear();  // its views pointed into what is gone now
    other_head.clear();
}

Connection::Connection(Worker& worker, Service& service, Fd socket, std::unique_ptr<Transport> transport,
                       std::string client, ConnectionCounts::Key address_key)
    : worker_{worker},
      service_{service},
      channel_{worker, std::move(socket), std::move(transport), std::move(client), address_key} {}

// What is there at once is not awaited, so a small hit costs no coroutine but this one.
Task<void> Connection::run(std::unique_ptr<Connection> connection) {
    Connection& self = *connection;
    std::size_t answered = 0;
    while (true) {
        self.turn_to_next();
        ParsedHead parsed = self.parse();
        while (parsed.state == ParsedHead::State::incomplete) {
            Eventual<bool> arriving = self.receive();
            bool more = arriving.ready() && arriving.take();
            if (!arriving.ready()) more = co_await arriving.task();
            if (!more) break;
            parsed = self.parse();
        }
        if (parsed.state != ParsedHead::State::complete) {
            co_await self.end_without_request(parsed);
            break;
        }
        if (self.exchange_->head.framing.has_body()) {
            const bool taken = co_await self.take_body();
            if (!taken) break;
        }
        Eventual<Reply> coming = self.reply_to_request();
        Reply reply;
        if (coming.ready()) {
            reply = coming.take();
        } else {
            reply = co_await coming.task();
        }
        Eventual<Sent> sending = self.send_reply(std::move(reply));
        Sent sent = Sent::whole;
        if (sending.ready()) {
            sent = sending.take();
        } else {
            sent = co_await sending.task();
        }
        if (sent == Sent::last) co_await self.linger();
        if (sent != Sent::whole) break;
        // Pipelined requests may never make it wait for the socket.
        if (++answered % replies_a_turn == 0) co_await self.channel_.yield();
    }
    if (!self.channel_.expired()) self.channel_.close_write();
}

// ---- receiving

void Connection::turn_to_next() {
    if (!exchange_) return;
    exchange_->turn_to_next();
    const bool idle = exchange_->input.empty();
    if (idle) worker_.give_back(std::move(exchange_));
    channel_.enter(idle ? Phase::idle : Phase::head);
}

Eventual<bool> Connection::receive() {
    if (exchange_) return channel_.receive(exchange_->input);
    if (channel_.ending() && !channel_.has_input()) return false;
    return channel_.receive(arrived_);
}

// What there is of a head; complete when a request can be answered.
http::ParsedHead Connection::parse() {
    if (!exchange_) {
        if (arrived_.empty()) return {};
        exchange_ = worker_.borrow_exchange();
        exchange_->input += arrived_;
        arrived_ = {};
        channel_.enter(Phase::head);
    }
    Exchange& x = *exchange_;
    if (x.input.empty()) return {};
    const ParsedHead parsed = parse_head(x.input, worker_.shared().limits.head, x.searched, x.head);
    if (parsed.state == ParsedHead::State::complete) {
        x.consumed = parsed.consumed;
        x.began = steady_now();
    }
    return parsed;
}

Task<void> Connection::end_without_request(ParsedHead parsed) {
    if (parsed.state == ParsedHead::State::refused) {
        co_await refuse(status_of(parsed.refusal), detail_of(parsed.refusal));
    } else if (exchange_ && channel_.expired() && !channel_.ending()) {
        co_await refuse(Status::request_timeout, "The request's head took too long to arrive.");
    }
}

// False when the connection ends with it.
Task<bool> Connection::take_body() {
    const Status body = co_await receive_body();
    if (body == Status::ok) co_return true;
    if (!channel_.expired() || !channel_.ending())
        co_await refuse(body, "The request's body is malformed, too large or too slow.");
    co_return false;
}

// Reads the request's body into the exchange; ok, or the status that says what was wrong with it. The head's
// views point into the input, which therefore stays as it is.
Task<Status> Connection::receive_body() {
    Exchange& x = *exchange_;
    const std::uint64_t most = worker_.shared().limits.request_body.count();
    const Framing framing = x.head.framing;
    if (framing.length > most) co_return Status::content_too_large;
    x.following.assign(x.input, x.consumed);
    x.input.resize(x.consumed);
    if (x.head.expects_continue && x.following.empty()) {
        auto sending = channel_.send("HTTP/1.1 100 Continue\r\n\r\n", {}, false);
        bool sent = sending.ready() && sending.take();
        if (!sending.ready()) sent = co_await sending.task();
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
        auto arriving = channel_.receive(x.following);
        bool more = arriving.ready() && arriving.take();
        if (!arriving.ready()) more = co_await arriving.task();
        if (!more) co_return Status::request_timeout;
    }
}

// ---- answering

Eventual<Reply> Connection::reply_to_request() {
    channel_.enter(Phase::handling);
    Exchange& x = *exchange_;
    Request request;
    request.head = &x.head;
    request.room = &x.room;
    request.other_head = &x.other_head;
    request.body = x.body;
    request.client = channel_.client_address();
    request.tls = channel_.is_tls();
    request.certificate = channel_.peer();
    request.now = wall_tick();
    request.presence = &channel_.presence();
    request.first = std::exchange(first_, false);
    return service_.handle(std::move(request));
}

// Answers what can't be understood, then ends the connection without losing the answer.
Task<void> Connection::refuse(Status status, std::string_view detail) {
    channel_.forgive();
    Reply reply = problem_reply(status, detail);
    reply.close = true;
    exchange_->began = steady_now();
    service_.hide_secrets(exchange_->head, exchange_->room);
    Eventual<Sent> sending = send_reply(std::move(reply));
    Sent sent = Sent::cut;
    if (sending.ready()) {
        sent = sending.take();
    } else {
        sent = co_await sending.task();
    }
    if (sent != Sent::cut) co_await channel_.linger();
}

// A client that is still sending would lose the last reply.
Task<void> Connection::linger() {
    const Exchange& x = *exchange_;
    if (x.input.size() > x.consumed || !x.following.empty() || channel_.has_input())
        co_await channel_.linger();
}

// ---- sending

// Head and body. A body that stops short ends the connection, never looks whole. What is in memory whole goes
// out beside the head, in one piece and mostly at once.
Eventual<Connection::Sent> Connection::send_reply(Reply reply) {
    prepare(std::move(reply));
    Exchange& x = *exchange_;
    channel_.begin_reply();
    Result<BodyStep> step = x.reply_body.poll();
    auto* const first = step && *step ? std::get_if<MemoryWindow>(&**step) : nullptr;
    const bool whole =
        first != nullptr && x.delimiting == Delimiting::length && x.reply_body.size() == first->bytes.size();
    if (!whole) return send_in_parts(std::move(step));
    x.beside = std::move(*first);
    Eventual<bool> sending = channel_.send(x.reply_head, x.beside.bytes, false);
    if (!sending.ready()) return sent_later(sending.task());
    note_first_byte();
    Eventual<bool> flushing = sending.take() ? channel_.flush() : Eventual<bool>{false};
    if (!flushing.ready()) return sent_later(flushing.task());
    return note_sent(flushing.take());
}

// How it will be sent.
void Connection::prepare(Reply reply) {
    Exchange& x = *exchange_;
    x.replied = wall_tick();
    const Status status = reply.status;
    const bool has_body =
        x.head.method != Method::head && status != Status::no_content && status != Status::not_modified;
    const auto length = reply.content_length ? reply.content_length : reply.body.size();
    const bool old = x.head.minor_version == 0;
    x.delimiting = Delimiting::length;
    if (has_body && !length) {
        x.delimiting = old ? Delimiting::close : Delimiting::chunks;
        reply.close |= old;
    }
    if (!x.head.keep_alive || channel_.ending()) reply.close = true;
    x.reply_body = has_body ? std::move(reply.body) : Body{};
    x.reply = std::move(reply);
    write_head(length);
}

void Connection::write_head(std::optional<std::uint64_t> length) {
    const Exchange& x = *exchange_;
    const Reply& reply = x.reply;
    std::string& head = exchange_->reply_head;
    head = "HTTP/1.1 ";
    append_number(head, std::int64_t{static_cast<int>(reply.status)});
    head.append(" ").append(reason_of(reply.status)).append("\r\n");
    if (!reply.has_standing_fields) head += worker_.standing_fields(x.replied);
    head += reply.headers.text();
    if (length && reply.status != Status::no_content && reply.status != Status::not_modified) {
        append_number(head += "Content-Length: ", *length);
        head += "\r\n";
    }
    if (x.delimiting == Delimiting::chunks) head += "Transfer-Encoding: chunked\r\n";
    if (channel_.is_tls() && worker_.shared().hsts) head += "Strict-Transport-Security: max-age=63072000\r\n";
    if (reply.close) {
        head += "Connection: close\r\n";
    } else if (x.head.minor_version == 0) {
        head += "Connection: keep-alive\r\n";
    }
    head += "\r\n";
}

Task<Connection::Sent> Connection::sent_later(Task<bool> sending) {
    bool sent = co_await std::move(sending);
    note_first_byte();
    if (sent) sent = co_await channel_.flush_all();
    co_return note_sent(sent);
}

// The head goes ahead, unless there is nothing behind it.
Task<Connection::Sent> Connection::send_in_parts(Result<BodyStep> step) {
    const bool more = !step || !*step || size_of(**step) > 0;
    auto sending = channel_.send(exchange_->reply_head, {}, more);
    bool sent = sending.ready() && sending.take();
    if (!sending.ready()) sent = co_await sending.task();
    note_first_byte();
    if (sent) sent = co_await send_windows(std::move(step));
    if (sent) sent = co_await channel_.flush_all();
    const bool only_its_end_tells = exchange_->delimiting == Delimiting::close;
    if (only_its_end_tells && !sent) {
        co_await channel_.end_with_reset();
    }
    co_return note_sent(sent);
}

// From the step that was taken already to the end. What was sent is not held back while the next is waited
// for.
Task<bool> Connection::send_windows(Result<BodyStep> step) {
    Body& body = exchange_->reply_body;
    const bool chunks = exchange_->delimiting == Delimiting::chunks;
    while (true) {
        if (!step) {
            channel_.blame(step.error());
            co_return false;
        }
        if (!*step) {
            const bool flushed = co_await channel_.flush_all();
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
            const bool begun = co_await channel_.send_all(fmt::format("{:x}\r\n", size), true);
            if (!begun) co_return false;
        }
        Window window = std::move(**step);
        const bool sent = co_await channel_.send(std::move(window), true);
        if (channel_.broken_body()) body.broken(channel_.broken_body());
        if (!sent) co_return false;
        if (chunks) {
            const bool ended = co_await channel_.send_all("\r\n", true);
            if (!ended) co_return false;
        }
        step = body.poll();
    }
    if (!chunks) co_return true;
    co_return co_await channel_.send_all("0\r\n\r\n", false);
}

void Connection::note_first_byte() {
    measures::first_byte_time.observe(std::chrono::duration<double>(steady_now() - exchange_->began).count());
}

Connection::Sent Connection::note_sent(bool whole) {
    Exchange& x = *exchange_;
    const std::uint64_t sent = channel_.reply_sent();
    const std::uint64_t body_sent = sent - std::min<std::uint64_t>(sent, x.reply_head.size());
    (channel_.is_tls() ? measures::body_bytes_tls : measures::body_bytes_plain).add(body_sent);
    measures::count_reply(static_cast<int>(x.reply.status));
    if (!whole) measures::replies_cut.add();
    log_reply(body_sent, whole);
    const bool last = x.reply.close;
    x.reply = {};
    x.reply_body = {};
    x.beside = {};
    if (!whole) return Sent::cut;
    return last ? Sent::last : Sent::whole;
}

void Connection::log_reply(std::uint64_t body_sent, bool complete) {
    const Exchange& x = *exchange_;
    const RequestHead& head = x.head;
    if (channel_.broken_body()) {
        log::error("{}: cut after {} bytes: {}", head.path, body_sent, channel_.broken_body().message());
    }
    AccessLog::Shard* access = worker_.access_log();
    if (access == nullptr) return;
    AccessRecord record;
    record.time = x.replied;
    record.client = channel_.client_address();
    record.method = head.method_text;
    record.path = head.path;
    record.host = head.host;
    record.range = head.field("Range");
    record.user_agent = head.field("User-Agent");
    record.minor_version = head.minor_version;
    record.status = static_cast<int>(x.reply.status);
    record.bytes = body_sent;
    record.duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_now() - x.began);
    record.tls = channel_.is_tls();
    record.complete = complete;
    record.cache = x.reply.cache;
    record.refused = x.reply.refused;
    access->add(record);
}

}  // namespace outpost::server
