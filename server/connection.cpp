#include "server/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "server/delivery/residency.hpp"
#include "server/http/chunked.hpp"
#include "server/http/target.hpp"
#include "server/measures.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t replies_a_turn = 16;
constexpr std::size_t most_lingering_input = 256 << 10;
constexpr Milliseconds linger_time{2000};
constexpr Milliseconds cold_retry{20};

struct ColdRead {
    int file;
    ByteRange range;
    boost::system::error_code operator()() const { return read_ahead(file, range); }
};

Status status_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::too_large:
            return Status::head_too_large;
        case Refusal::uri_too_long:
            return Status::uri_too_long;
        case Refusal::version:
            return Status::version_not_supported;
        case Refusal::not_implemented:
            return Status::not_implemented;
        case Refusal::none:
        case Refusal::malformed:
            break;
    }
    return Status::bad_request;
}

}  // namespace

Connection::Connection(Worker& worker, Service& service, Socket socket, std::unique_ptr<Transport> transport,
                       ConnectionCounts::Key address_key)
    : worker_{worker},
      service_{service},
      socket_{std::move(socket)},
      transport_{std::move(transport)},
      address_key_{address_key} {
    enter(Phase::first_byte);
    worker_.enter(*this);
    measures::connections_open.add(1);
}

Connection::~Connection() {
    measures::connections_open.add(-1);
    worker_.shared().counts.leave(address_key_);
    worker_.left();
}

Task<void> Connection::run(std::unique_ptr<Connection> connection) {
    Connection& self = *connection;
    std::size_t answered = 0;
    while (true) {
        const Got got = co_await self.receive_head();
        if (got != Got::request) break;
        const bool go_on = co_await self.answer();
        if (!go_on) break;
        // Pipelined requests may never make it wait for the socket.
        if (++answered % replies_a_turn == 0) co_await asio::post(self.socket_.get_executor(), use_task);
    }
    if (!self.expired_) self.transport_->close_write();
}

// ---- deadlines
// -------------------------------------------------------------------------------------------------------

void Connection::enter(Phase phase) {
    const Limits& limits = worker_.shared().limits;
    const SteadyTime now = steady_now();
    if (phase_ == Phase::sending) sending_before_ += now - sending_since_;
    phase_ = phase;
    switch (phase) {
        case Phase::first_byte:
            deadline_ = now + limits.first_byte;
            break;
        case Phase::idle:
            deadline_ = now + limits.idle;
            break;
        case Phase::head:
        case Phase::body:
            deadline_ = now + limits.head_time;
            break;
        case Phase::handling:
            deadline_ = SteadyTime::max();
            break;
        case Phase::lingering:
            deadline_ = now + linger_time;
            break;
        case Phase::sending:
            sending_since_ = now;
            deadline_ = now + limits.send_stall;
            break;
    }
}

void Connection::check_deadlines(SteadyTime now) {
    const Limits& limits = worker_.shared().limits;
    bool late = now >= deadline_;
    if (!late && phase_ == Phase::sending) {
        const auto spent = sending_before_ + (now - sending_since_);
        const auto seconds = std::chrono::duration<double>(spent).count();
        late = spent > limits.send_grace &&
               static_cast<double>(sent_) <
                   seconds * static_cast<double>(limits.send_rate_min.bytes_per_second());
    }
    if (!late || expired_) return;
    switch (phase_) {
        case Phase::first_byte:
            measures::timeouts_first_byte.add();
            break;
        case Phase::idle:
            measures::timeouts_idle.add();
            break;
        case Phase::head:
        case Phase::body:
            measures::timeouts_head.add();
            break;
        case Phase::sending:
            measures::timeouts_send.add();
            break;
        case Phase::handling:
        case Phase::lingering:
            break;
    }
    expired_ = true;
    boost::system::error_code ignored;  // cancelling an open socket can't fail
    socket_.cancel(ignored);
}

void Connection::end_if_idle() {
    ending_ = true;
    if (phase_ != Phase::idle && phase_ != Phase::first_byte) return;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Connection::end_now() {
    ending_ = expired_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

// False when the wait was ended by a deadline, by draining, or by the socket.
Task<bool> Connection::wait(Socket::wait_type what) {
    boost::system::error_code error;
    if (!expired_) co_await socket_.async_wait(what, asio::redirect_error(use_task, error));
    co_return !error && !expired_;
}

// ---- receiving
// -------------------------------------------------------------------------------------------------------

// Appends what has arrived, waiting for it. False at the end of the connection.
Task<bool> Connection::receive(std::string& into) {
    while (true) {
        const IoResult got = transport_->read(worker_.scratch());
        if (got.state == Io::done) {
            into.append(worker_.scratch().data(), got.bytes);
            co_return true;
        }
        if (got.state == Io::end || got.state == Io::failed) co_return false;
        if (!co_await flush()) co_return false;
        if (!co_await wait(got.state == Io::want_write ? Socket::wait_write : Socket::wait_read))
            co_return false;
    }
}

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
    enter(exchange_ ? Phase::head : Phase::idle);
}

Task<Connection::Got> Connection::receive_head() {
    turn_to_next();
    while (true) {
        if (!exchange_) {
            std::string arrived;
            if (ending_ || !co_await receive(arrived)) co_return Got::nothing;
            exchange_ = std::make_unique<Exchange>();
            exchange_->input = std::move(arrived);
            exchange_->client = client_address();
            enter(Phase::head);
        }
        Exchange& x = *exchange_;
        const ParsedHead parsed = parse_head(x.input, worker_.shared().limits.head, x.searched, x.head);
        if (parsed.state == ParsedHead::State::complete) {
            x.consumed = parsed.consumed;
            x.began = steady_now();
            co_return Got::request;
        }
        if (parsed.state == ParsedHead::State::refused) {
            co_await refuse(status_of(parsed.refusal), "The request's head is not one that RFC 9112 allows.");
            co_return Got::nothing;
        }
        if (!co_await receive(x.input)) break;
    }
    if (expired_ && !ending_)
        co_await refuse(Status::request_timeout, "The request's head took too long to arrive.");
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
        if (!co_await send_text("HTTP/1.1 100 Continue\r\n\r\n", {}, false))
            co_return Status::request_timeout;
    }
    enter(Phase::body);
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
        if (!co_await receive(x.following)) co_return Status::request_timeout;
    }
}

// ---- answering
// -------------------------------------------------------------------------------------------------------

Task<bool> Connection::answer() {
    Exchange& x = *exchange_;
    const Status body = co_await receive_body();
    if (body != Status::ok) {
        if (expired_ && ending_) co_return false;
        co_await refuse(body, "The request's body is malformed, too large or too slow.");
        co_return false;
    }
    enter(Phase::handling);
    Request request;
    request.head = &x.head;
    request.body = x.body;
    request.client = x.client;
    request.tls = transport_->is_tls();
    request.now = wall_now();
    Reply reply;
    if (auto path = clean_path(x.head.path)) {
        request.path = std::move(*path);
        reply = co_await service_.handle(std::move(request));
    } else {
        reply = problem_reply(Status::bad_request, "The path has a malformed escape or a dot segment.");
    }
    if (!x.head.keep_alive || ending_) reply.close = true;
    const bool ends = reply.close;
    const bool sent = co_await send_reply(std::move(reply));
    if (sent && ends && has_more_input()) co_await linger();
    co_return sent && !ends;
}

// True when something has arrived behind the request that was answered.
bool Connection::has_more_input() const {
    boost::system::error_code ignored;  // of a connection that is broken anyway
    return exchange_->input.size() > exchange_->consumed || !exchange_->following.empty() ||
           socket_.available(ignored) > 0;
}

// Answers what can't be understood, then ends the connection without losing the answer.
Task<void> Connection::refuse(Status status, std::string_view detail) {
    expired_ = false;
    Reply reply = problem_reply(status, detail);
    reply.close = true;
    if (exchange_) exchange_->began = steady_now();
    if (co_await send_reply(std::move(reply))) co_await linger();
}

// A client that is still sending would lose our last reply to a reset: read on for a moment, and throw away.
Task<void> Connection::linger() {
    transport_->close_write();
    enter(Phase::lingering);
    std::size_t left = most_lingering_input;
    std::string discarded;
    while (left > 0) {
        const bool more = co_await receive(discarded);
        if (!more) break;
        left -= std::min(left, discarded.size());
        discarded.clear();
    }
}

std::string Connection::client_address() const {
    boost::system::error_code error;
    const auto peer = socket_.remote_endpoint(error);
    if (error) return "-";
    const auto address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

// ---- delivering
// ------------------------------------------------------------------------------------------------------

std::string Connection::reply_head(const Reply& reply, std::uint64_t length, WallTime now) {
    std::string head;
    head.reserve(512);
    const bool has_length = reply.status != Status::no_content && reply.status != Status::not_modified;
    fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\n", static_cast<int>(reply.status),
                   reason_of(reply.status));
    head += worker_.standing_fields(now);
    head += reply.headers.text();
    if (has_length) fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", length);
    if (transport_->is_tls() && worker_.shared().hsts)
        head += "Strict-Transport-Security: max-age=63072000\r\n";
    if (reply.close) {
        head += "Connection: close\r\n";
    } else if (exchange_ && exchange_->head.minor_version == 0) {
        head += "Connection: keep-alive\r\n";
    }
    head += "\r\n";
    return head;
}

// Sends head and body; true when all of it went out. A body that stops short ends the connection, never looks
// whole.
Task<bool> Connection::send_reply(Reply reply) {
    const WallTime now = wall_now();
    const bool is_head = exchange_ && exchange_->head.method == Method::head;
    Body body = is_head ? Body{} : std::move(reply.body);
    const std::uint64_t length = reply.content_length.value_or(is_head ? reply.body.size() : body.size());
    const std::string head = reply_head(reply, length, now);
    enter(Phase::sending);
    reply_sent_ = 0;
    std::optional<Window> window = body.next();
    MemoryWindow first;
    if (window && std::holds_alternative<MemoryWindow>(*window)) {
        first = std::move(std::get<MemoryWindow>(*window));
        window = body.next();
    }
    bool sent = co_await send_text(head, first.bytes, window.has_value());
    if (exchange_) {
        measures::first_byte_time.observe(
            std::chrono::duration<double>(steady_now() - exchange_->began).count());
    }
    while (sent && window) {
        Window current = std::move(*window);
        window = body.next();
        sent = co_await send_window(std::move(current), window.has_value());
    }
    sent = sent && co_await flush();
    if (reply_sent_ > head.size()) {
        reply_sent_ -= head.size();
    } else {
        reply_sent_ = 0;
    }
    (transport_->is_tls() ? measures::body_bytes_tls : measures::body_bytes_plain).add(reply_sent_);
    measures::count_reply(static_cast<int>(reply.status));
    if (!sent) measures::replies_cut.add();
    log_reply(reply, now, sent);
    co_return sent;
}

void Connection::note_sent(std::size_t bytes) {
    sent_ += bytes;
    reply_sent_ += bytes;
    deadline_ = steady_now() + worker_.shared().limits.send_stall;
}

// True when the socket has room again.
Task<bool> Connection::wait_for_room() {
    deadline_ = steady_now() + worker_.shared().limits.send_stall;
    co_return co_await wait(Socket::wait_write);
}

Task<bool> Connection::send_text(std::string_view first, std::string_view second, bool more) {
    while (!first.empty() || !second.empty()) {
        const IoResult step = transport_->write(first, second, more);
        if (step.state == Io::done) {
            note_sent(step.bytes);
            const std::size_t of_first = std::min(step.bytes, first.size());
            first.remove_prefix(of_first);
            second.remove_prefix(step.bytes - of_first);
        } else if (step.state != Io::want_write || !co_await wait_for_room()) {
            co_return false;
        }
    }
    co_return true;
}

Task<bool> Connection::send_window(Window window, bool more) {
    if (auto* memory = std::get_if<MemoryWindow>(&window)) {
        const MemoryWindow kept = std::move(*memory);
        co_return co_await send_text(kept.bytes, {}, more);
    }
    FileWindow file = std::move(std::get<FileWindow>(window));
    co_return co_await send_file(std::move(file));
}

// Turn by turn, so that one body never holds the loop; each turn's bytes are in memory before they are sent.
Task<bool> Connection::send_file(FileWindow window) {
    const int file = window.file->get();
    ByteRange& left = window.range;
    while (left.length > 0) {
        std::uint64_t turn = std::min(left.length, worker_.shared().limits.turn.count());
        if (!is_resident(file, {left.offset, turn}) && !co_await warm(file, {left.offset, turn}))
            co_return false;
        while (turn > 0) {
            const IoResult step = transport_->send_file(file, left.offset, static_cast<std::size_t>(turn));
            if (step.state == Io::done) {
                note_sent(step.bytes);
                left.offset += step.bytes;
                left.length -= step.bytes;
                turn -= step.bytes;
            } else if (step.state == Io::end) {
                broken_file_ = Errc::file_truncated;
                co_return false;
            } else if (step.state != Io::want_write || !co_await wait_for_room()) {
                co_return false;
            }
        }
        if (left.length > 0) co_await asio::post(socket_.get_executor(), use_task);
    }
    co_return true;
}

// Has the pool read the bytes while the loop serves others. When too much waits there already, asks again a
// little later: the disk is behind, and reading in the loop would have everybody wait for it.
Task<bool> Connection::warm(int file, ByteRange range) {
    measures::cold_reads.add();
    deadline_ = steady_now() + worker_.shared().limits.send_stall;
    Timer pause{worker_.loop()};
    while (!expired_) {
        const ColdRead work{file, range};
        const auto error = co_await worker_.shared().cold_reads.run(work);
        if (error != Errc::overloaded) {
            broken_file_ = error;
            co_return !error && !expired_;
        }
        measures::cold_reads_refused.add();
        pause.expires_after(cold_retry);
        co_await pause.async_wait(use_task);
    }
    co_return false;
}

Task<bool> Connection::flush() {
    while (true) {
        const IoResult step = transport_->flush();
        if (step.state == Io::done && step.bytes == 0) co_return true;
        if (step.state == Io::done) continue;
        if (step.state != Io::want_write || !co_await wait(Socket::wait_write)) co_return false;
    }
}

void Connection::log_reply(const Reply& reply, WallTime began, bool complete) {
    if (broken_file_ && exchange_) {
        log::error("{}: cut after {} bytes: {}", exchange_->head.path, reply_sent_, broken_file_.message());
    }
    AccessLog::Shard* access = worker_.access_log();
    if (access == nullptr || !exchange_) return;
    const RequestHead& head = exchange_->head;
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
    record.bytes = reply_sent_;
    record.duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_now() - exchange_->began);
    record.tls = transport_->is_tls();
    record.complete = complete;
    access->add(record);
}

}  // namespace outpost::server
