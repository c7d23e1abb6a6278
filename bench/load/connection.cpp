// Opening, sending, limits and the end; reading is in connection_read.cpp.
#include "bench/load/connection.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <openssl/err.h>

namespace outpost::bench {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds connect_limit = 10s;  // where the request sets none
constexpr Milliseconds closing_limit = 1s;
constexpr std::size_t scratch_size = 256 << 10;

// A quarter of a second of the link, so that the sender feels it.
int receive_buffer(BitRate rate) {
    return static_cast<int>(std::clamp<std::uint64_t>(rate.bytes_per_second() / 4, 16 << 10, 1 << 20));
}

SteadyTime after(SteadyTime time, Milliseconds limit) {
    return limit == 0ms ? SteadyTime::max() : time + limit;
}

}  // namespace

Surroundings::Surroundings(Loop& its_loop, Recording& its_recording, Counters& its_counters)
    : loop{its_loop}, recording{its_recording}, counters{its_counters}, scratch(scratch_size, '\0') {}

Connection::Connection(Surroundings& around, const Endpoint& endpoint, TlsClient* tls, Link* link,
                       BitRate receive_rate, ConnectionOwner& owner)
    : Timer{around.loop},
      around_{around},
      endpoint_{endpoint},
      tls_{tls},
      link_{link},
      receive_rate_{receive_rate},
      owner_{owner} {}

void Connection::ask(const Ask& ask, SteadyTime now) {
    ask_ = ask;
    answer_ = Answer{};
    asked_ = progressed_ = now;
    paced_ = SteadyTime::max();
    written_ = 0;
    if (ask.checksum) {
        if (!hash_) hash_.reset(XXH3_createState());
        XXH3_64bits_reset(hash_.get());
    }
    if (phase_ == Phase::idle) {
        ready(now);
    } else {
        close();
        start(now);
    }
    watch_limits();
}

void Connection::start(SteadyTime now) {
    opened_ = now;
    reused_ = other_end_ = false;
    const int family = endpoint_.address.ss_family;
    socket_ = Fd{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket_) return fail_soon(Failure::connect, now);
    const int fd = socket_.get(), on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (link_ != nullptr) {
        const int room = receive_buffer(receive_rate_);
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    }
    const auto* address = reinterpret_cast<const sockaddr*>(&endpoint_.address);
    if (::connect(fd, address, endpoint_.address_size) != 0 && errno != EINPROGRESS)
        return fail_soon(Failure::connect, now);
    phase_ = Phase::connecting;
    low_water_ = 1;
    watch_ = around_.loop.watch(fd, *this);
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    const bool watched = phase_ != Phase::failing;
    phase_ = Phase::closed;
    disarm();
    if (!socket_) return;
    if (watched) around_.loop.unwatch(watch_);
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());  // says goodbye, and does not wait for an answer
    }
    ssl_.reset();
    socket_.close();
}

bool Connection::let_close(SteadyTime now) {
    if (phase_ != Phase::idle) return false;
    phase_ = Phase::ending;
    arm(now + closing_limit);
    return true;
}

void Connection::connected(SteadyTime now) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return fail(Failure::connect, now);
    if (endpoint_.tls) {
        ssl_ = tls_ == nullptr ? nullptr : tls_->open(socket_.get(), endpoint_);
        if (!ssl_) return fail(Failure::tls, now);
        phase_ = Phase::handshake;
        return shake_hands(now);
    }
    around_.recording.connected(now - opened_, false, false, now);
    ready(now);
}

void Connection::shake_hands(SteadyTime now) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) {
        now = steady_now();  // the signatures have taken their time
        around_.recording.connected(now - opened_, true, SSL_session_reused(ssl_.get()) == 1, now);
        return ready(now);
    }
    const int error = SSL_get_error(ssl_.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        ERR_clear_error();
        fail(Failure::tls, now);
    }
}

void Connection::ready(SteadyTime now) {
    phase_ = Phase::head;
    answer_.sent = now;
    wake_at(1);  // the last body's end may have been read in one go, and a short answer would make no sound
    searched_ = 0;
    partial_.clear();
    send(now);
}

void Connection::send(SteadyTime now) {
    while (written_ < request_.size()) {
        const char* from = request_.data() + written_;
        const std::size_t size = request_.size() - written_;
        if (ssl_) {
            ERR_clear_error();
            const int n = SSL_write(ssl_.get(), from, static_cast<int>(size));
            const int error = SSL_get_error(ssl_.get(), n);
            if (n <= 0 && (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)) return;
            if (n <= 0) return fail_soon(Failure::reset, now);
            written_ += static_cast<std::size_t>(n);
            continue;
        }
        const ssize_t n = ::send(socket_.get(), from, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) return fail_soon(Failure::reset, now);
        written_ += static_cast<std::size_t>(n);
    }
}

// From ask() nobody is told anything: the owner would be in the middle of something.
void Connection::fail_soon(Failure failure, SteadyTime now) {
    failure_ = failure;
    if (phase_ != Phase::failing && phase_ != Phase::closed) around_.loop.unwatch(watch_);
    phase_ = Phase::failing;
    arm(now);
}

void Connection::fail(Failure failure, SteadyTime now) {
    close();
    // A connection that was kept may have been closed while the request was on its way: that is no failure
    // (RFC 9112 section 9.3.1), and each browser and player asks again.
    if (failure == Failure::reset && reused_ && !has_first_byte() && answer_.status == 0) {
        written_ = 0;
        start(now);
        return watch_limits();
    }
    answer_.failure = failure;
    answer_.done = now;
    owner_.answered(*this, answer_, now);
}

void Connection::finish() {
    const SteadyTime now = steady_now();  // a long body was read in one go
    answer_.done = now;
    if (answer_.status >= 400) answer_.failure = Failure::status;
    if (ask_.checksum && answer_.failure == Failure::none &&
        XXH3_64bits_digest(hash_.get()) != *ask_.checksum)
        answer_.failure = Failure::mismatch;
    reused_ = true;
    phase_ = Phase::idle;
    const bool over = !keep_alive_ && !ask_.let_other_close;
    if (over || other_end_ || written_ < request_.size()) close();
    owner_.answered(*this, answer_, now);
}

SteadyTime Connection::limit() const {
    const SteadyTime total = after(asked_, ask_.total_limit);
    if (phase_ == Phase::ending || phase_ == Phase::failing) return SteadyTime::max();
    if (phase_ >= Phase::body) return std::min(total, after(progressed_, ask_.progress_limit));
    if (phase_ == Phase::head) return std::min(total, after(asked_, ask_.first_byte_limit));
    return std::min(total, asked_ + (ask_.first_byte_limit == 0ms ? connect_limit : ask_.first_byte_limit));
}

void Connection::watch_limits() {
    if (!busy() || phase_ == Phase::failing) return;
    const SteadyTime at = std::min(limit(), paced_);
    if (at != SteadyTime::max()) arm_by(at);
}

void Connection::on_time(SteadyTime now) {
    if (phase_ == Phase::failing) return fail(failure_, now);
    if (phase_ == Phase::ending) {
        close();
        return owner_.closed(*this, now);
    }
    if (!busy()) return;
    if (phase_ >= Phase::head && (now >= limit() || now >= paced_)) {
        // What is below the low-water mark is there without a word of it.
        drained_ = false;
        paced_ = SteadyTime::max();
        const SteadyTime before = limit();
        read(now);
        if (!busy() || limit() != before) return watch_limits();
    }
    if (now >= limit()) return fail(phase_ == Phase::connecting ? Failure::connect : Failure::timeout, now);
    watch_limits();
}

// Tickets of TLS come when they like; anything else that nobody asked for makes the connection useless.
bool Connection::unasked_for(std::uint32_t events) {
    if (phase_ == Phase::ending || (events & EPOLLIN) == 0) return false;
    return !ssl_ || receive_tls(around_.scratch.size()).what != Got::What::none;
}

void Connection::on_ready(std::uint32_t events, SteadyTime now) {
    drained_ = false;
    other_end_ = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    switch (phase_) {
        case Phase::closed:
        case Phase::failing: return;
        case Phase::idle:
        case Phase::ending:
            if (!other_end_ && !unasked_for(events)) return;
            close();
            return owner_.closed(*this, now);
        case Phase::connecting:
            if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) connected(now);
            break;
        case Phase::handshake: shake_hands(now); break;
        default:
            if (written_ < request_.size() && (events & EPOLLOUT) != 0) send(now);
            if (phase_ >= Phase::head && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
                read(now);
    }
    watch_limits();
}

}  // namespace outpost::bench
