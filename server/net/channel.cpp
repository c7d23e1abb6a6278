#include "server/net/channel.hpp"

#include <algorithm>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <variant>

#include "base/residency.hpp"
#include "server/measures.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t most_lingering_input = 1 << 20;
constexpr Milliseconds linger_time{2000};
constexpr Milliseconds cold_retry{20};

struct ColdRead {
    int file;
    ByteRange range;
    boost::system::error_code operator()() const { return read_ahead(file, range); }
};

void count_timeout(Channel::Phase phase) {
    using Phase = Channel::Phase;
    switch (phase) {
        case Phase::first_byte: return measures::timeouts_first_byte.add();
        case Phase::idle: return measures::timeouts_idle.add();
        case Phase::head:
        case Phase::body: return measures::timeouts_head.add();
        case Phase::sending: return measures::timeouts_send.add();
        case Phase::handling:
        case Phase::lingering: return;
    }
}

}  // namespace

Channel::Channel(Worker& worker, Fd socket, std::unique_ptr<Transport> transport, std::string client,
                 ConnectionCounts::Key address_key)
    : worker_{worker},
      socket_{std::move(socket)},
      readiness_{worker.poller(), socket_.get()},
      transport_{std::move(transport)},
      client_{std::move(client)},
      address_key_{address_key} {
    enter(Phase::first_byte);
    worker_.enter(*this);
    measures::connections_open.add(1);
}

Channel::~Channel() {
    measures::connections_open.add(-1);
    worker_.shared().counts.leave(address_key_);
    worker_.left();
}

// ---- deadlines

void Channel::enter(Phase phase) {
    const Limits& limits = worker_.shared().limits;
    const SteadyTime now = steady_tick();
    if (phase_ == Phase::sending) sending_before_ += now - sending_since_;
    phase_ = phase;
    switch (phase) {
        case Phase::first_byte: deadline_ = now + limits.first_byte; break;
        case Phase::idle: deadline_ = now + limits.idle; break;
        case Phase::head:
        case Phase::body: deadline_ = now + limits.head_time; break;
        case Phase::handling: deadline_ = SteadyTime::max(); break;
        case Phase::lingering: deadline_ = now + linger_time; break;
        case Phase::sending:
            sending_since_ = now;
            deadline_ = now + limits.send_stall;
            break;
    }
}

bool Channel::is_late(SteadyTime now) const {
    if (now >= deadline_) return true;
    if (phase_ != Phase::sending) return false;
    const Limits& limits = worker_.shared().limits;
    const auto spent = sending_before_ + (now - sending_since_);
    const double wanted = std::chrono::duration<double>(spent).count() *
                          static_cast<double>(limits.send_rate_min.bytes_per_second());
    return spent > limits.send_grace && static_cast<double>(sent_) < wanted;
}

// Its side has ended and nothing of it waits to be read. A client that only half-closes looks the same: who
// is kept waiting and says nothing more counts as gone.
bool Channel::has_left() {
    char byte = 0;
    const ssize_t n = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void Channel::check_deadlines(SteadyTime now) {
    if (phase_ == Phase::handling && !expired_ && has_left()) {
        expired_ = true;
        presence_.leave();
    }
    if (expired_ || !is_late(now)) return;
    count_timeout(phase_);
    expired_ = true;
    cancel();
}

void Channel::end_if_idle() {
    ending_ = true;
    const bool waiting = phase_ == Phase::idle || phase_ == Phase::first_byte;
    if (waiting && !has_input()) cancel();  // a request that is there already is still answered
}

void Channel::end_now() {
    ending_ = expired_ = true;
    cancel();
}

void Channel::cancel() { readiness_.cancel(); }

// False when the wait was ended by a deadline, by draining, or by the socket.
Task<bool> Channel::wait_for_input() {
    if (expired_) co_return false;
    const bool ready = co_await readiness_.wait_readable();
    co_return ready && !expired_;
}

Task<bool> Channel::wait_for_room() {
    deadline_ = steady_tick() + worker_.shared().limits.send_stall;
    return wait_for_output();
}

Task<bool> Channel::wait_for_output() {
    if (expired_) co_return false;
    readiness_.not_writable();
    const bool ready = co_await readiness_.wait_writable();
    co_return ready && !expired_;
}

// ---- in

IoResult Channel::read(std::string& into) {
    const IoResult got = transport_->read(worker_.scratch());
    if (got.state == Io::done) into.append(worker_.scratch().data(), got.bytes);
    const bool drained =
        got.state == Io::done && !transport_->is_tls() && got.bytes < worker_.scratch().size();
    if (drained || got.state == Io::want_read) readiness_.not_readable();
    return got;
}

// What TLS has read ahead of us is not seen by the poller: it is always asked.
Eventual<bool> Channel::receive(std::string& into) {
    if (!readiness_.readable() && !transport_->is_tls()) return receive_later(into);
    const IoResult got = read(into);
    if (got.state == Io::want_read || got.state == Io::want_write) return receive_later(into);
    return got.state == Io::done;
}

Task<bool> Channel::receive_later(std::string& into) {
    while (true) {
        const bool flushed = co_await flush_all();
        if (!flushed) co_return false;
        const bool ready = co_await wait_for_input();
        if (!ready) co_return false;
        IoResult got = read(into);
        while (got.state == Io::want_write) {
            const bool room = co_await wait_for_output();
            if (!room) co_return false;
            got = read(into);
        }
        if (got.state == Io::done) co_return true;
        if (got.state != Io::want_read) co_return false;
    }
}

Task<void> Channel::linger() {
    transport_->close_write();
    enter(Phase::lingering);
    std::size_t left = most_lingering_input;
    std::string discarded;
    while (left > 0) {
        Eventual<bool> coming = receive(discarded);
        bool more = coming.ready() && coming.take();
        if (!coming.ready()) more = co_await coming.task();
        if (!more) break;
        left -= std::min(left, discarded.size());
        discarded.clear();
    }
}

Task<void> Channel::yield() { co_await asio::post(worker_.loop(), use_task); }

bool Channel::has_input() const {
    int waiting = 0;
    return ::ioctl(socket_.get(), FIONREAD, &waiting) == 0 && waiting > 0;
}

// ---- out

void Channel::begin_reply() {
    enter(Phase::sending);
    reply_sent_ = 0;
    broken_body_ = {};
}

Task<void> Channel::end_with_reset() {
    Timer pause{worker_.loop()};
    const SteadyTime end = steady_now() + linger_time;
    int unsent = 0;
    while (steady_now() < end && ::ioctl(socket_.get(), SIOCOUTQ, &unsent) == 0 && unsent > 0) {
        pause.expires_after(cold_retry);
        co_await pause.async_wait(use_task);
    }
    const ::linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    expired_ = true;  // no polite end
}

void Channel::note_sent(std::size_t bytes) {
    sent_ += bytes;
    reply_sent_ += bytes;
    deadline_ = steady_tick() + worker_.shared().limits.send_stall;
}

// Takes what was sent off both.
IoResult Channel::write(std::string_view& first, std::string_view& second, bool more) {
    const IoResult step = transport_->write(first, second, more);
    if (step.state == Io::done) {
        note_sent(step.bytes);
        const std::size_t of_first = std::min(step.bytes, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(step.bytes - of_first);
    }
    return step;
}

Eventual<bool> Channel::send(std::string_view first, std::string_view second, bool more) {
    while (!first.empty() || !second.empty()) {
        const IoResult step = write(first, second, more);
        if (step.state == Io::want_write) return send_later(first, second, more);
        if (step.state != Io::done) return false;
    }
    return true;
}

Task<bool> Channel::send_later(std::string_view first, std::string_view second, bool more) {
    while (!first.empty() || !second.empty()) {
        const IoResult step = write(first, second, more);
        if (step.state == Io::done) continue;
        if (step.state != Io::want_write) co_return false;
        const bool room = co_await wait_for_room();
        if (!room) co_return false;
    }
    co_return true;
}

Task<bool> Channel::send_all(std::string text, bool more) { co_return co_await send_later(text, {}, more); }

Task<bool> Channel::send(Window window, bool more) {
    if (auto* memory = std::get_if<MemoryWindow>(&window)) {
        const MemoryWindow kept = std::move(*memory);
        co_return co_await send_later(kept.bytes, {}, more);
    }
    FileWindow file = std::move(std::get<FileWindow>(window));
    co_return co_await send_file(std::move(file));
}

// Turn by turn, so that one body never holds the loop; each turn's bytes are in memory before they are sent.
Task<bool> Channel::send_file(FileWindow window) {
    const int file = window.file->get();
    ByteRange& left = window.range;
    while (left.length > 0) {
        std::uint64_t turn = std::min(left.length, worker_.shared().limits.turn.count());
        if (!std::exchange(window.resident, false) && !is_resident(file, {left.offset, turn})) {
            const bool warmed = co_await warm(file, {left.offset, turn});
            if (!warmed) co_return false;
        }
        while (turn > 0) {
            const IoResult step = transport_->send_file(file, left.offset, static_cast<std::size_t>(turn));
            if (step.state == Io::done) {
                note_sent(step.bytes);
                left.offset += step.bytes;
                left.length -= step.bytes;
                turn -= step.bytes;
                continue;
            }
            if (step.state == Io::end) broken_body_ = Errc::file_truncated;
            if (step.state == Io::unreadable) broken_body_ = Errc::disk_failed;
            if (step.state != Io::want_write) co_return false;
            const bool room = co_await wait_for_room();
            if (!room) co_return false;
        }
        if (left.length > 0) co_await yield();
    }
    co_return true;
}

// Has the pool read the bytes while the loop serves others. When too much waits there already, asks again a
// little later: the disk is behind, and reading in the loop would have everybody wait for it.
Task<bool> Channel::warm(int file, ByteRange range) {
    measures::cold_reads.add();
    deadline_ = steady_tick() + worker_.shared().limits.send_stall;
    Timer pause{worker_.loop()};
    while (!expired_) {
        const ColdRead work{file, range};
        const auto error = co_await worker_.shared().cold_reads.run(work);
        if (error != Errc::overloaded) {
            broken_body_ = error;
            co_return !error && !expired_;
        }
        measures::cold_reads_refused.add();
        pause.expires_after(cold_retry);
        co_await pause.async_wait(use_task);
    }
    co_return false;
}

Eventual<bool> Channel::flush() {
    const IoResult step = transport_->flush();
    if (step.state == Io::done && step.bytes == 0) return true;
    if (step.state != Io::done && step.state != Io::want_write) return false;
    return flush_all();
}

Task<bool> Channel::flush_all() {
    while (true) {
        const IoResult step = transport_->flush();
        if (step.state == Io::done && step.bytes == 0) co_return true;
        if (step.state == Io::done) continue;
        if (step.state != Io::want_write) co_return false;
        const bool room = co_await wait_for_output();
        if (!room) co_return false;
    }
}

}  // namespace outpost::server
