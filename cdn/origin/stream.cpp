#include "cdn/origin/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <climits>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "cdn/origin/measures.hpp"
#include "cdn/origin/tls.hpp"

namespace outpost::cdn::origin {
namespace {

// An origin that always has more to read may not keep the loop from the others.
constexpr unsigned reads_a_turn = 16;

Task<void> yield(Executor executor) { co_await asio::post(executor, use_task); }

}  // namespace

// The socket and the deadline of whoever waits for it. A later deadline costs nothing: the timer looks again
// when it fires. Kept by the timer's handler only while the stream lives.
class Stream::Watch : public std::enable_shared_from_this<Watch> {
  public:
    explicit Watch(Socket socket) : socket_{std::move(socket)}, timer_{socket_.get_executor()} {}

    Task<Result<void>> wait(Socket::wait_type what, SteadyTime deadline) {
        if (closed_) co_return Errc::origin_reset;
        if (steady_now() >= deadline) co_return Errc::origin_timeout;
        late_ = false;
        deadline_ = deadline;
        if (deadline_ < armed_for_) arm();
        boost::system::error_code error;
        co_await socket_.async_wait(what, asio::redirect_error(use_task, error));
        deadline_ = SteadyTime::max();
        if (closed_) co_return Errc::origin_reset;
        if (late_) co_return Errc::origin_timeout;
        if (error) co_return Errc::origin_reset;
        co_return boost::system::in_place_value;
    }

    void close() {
        closed_ = true;
        timer_.cancel();
        boost::system::error_code ignored;  // it is gone either way
        socket_.close(ignored);
    }

    [[nodiscard]] Executor executor() { return socket_.get_executor(); }
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] int descriptor() { return socket_.native_handle(); }

  private:
    void arm() {
        armed_for_ = deadline_;
        timer_.expires_at(deadline_);
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (self && !error) self->fire();
        });
    }

    void fire() {
        armed_for_ = SteadyTime::max();
        if (deadline_ == SteadyTime::max()) return;  // nobody waits
        if (steady_now() < deadline_) return arm();
        late_ = true;
        boost::system::error_code ignored;  // the wait ends by its own if it can't be cancelled
        socket_.cancel(ignored);
    }

    Socket socket_;
    Timer timer_;
    SteadyTime deadline_ = SteadyTime::max(), armed_for_ = SteadyTime::max();
    bool late_ = false;
    bool closed_ = false;
};

void Stream::SslDeleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }

Stream::Stream(Socket socket, std::shared_ptr<const TlsClient> tls)
    : watch_{std::make_shared<Watch>(std::move(socket))}, tls_{std::move(tls)} {
    if (tls_) ssl_.reset(tls_->make_connection(watch_->descriptor()));
}

Stream::~Stream() { close(); }

void Stream::close() {
    if (watch_->closed()) return;
    if (ssl_ && SSL_is_init_finished(ssl_.get())) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());  // says goodbye if the socket takes it at once; without it nothing is lost
    }
    watch_->close();
}

Task<Result<void>> Stream::wait(Need need, SteadyTime deadline) {
    return watch_->wait(need == Need::write ? Socket::wait_write : Socket::wait_read, deadline);
}

Stream::Need Stream::need_of_tls(int result) const {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return Need::read;
        case SSL_ERROR_WANT_WRITE: return Need::write;
        case SSL_ERROR_ZERO_RETURN: return Need::end;
        default: return Need::failed;
    }
}

Stream::Need Stream::handshake_step() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Need::nothing : need_of_tls(result);
}

Task<Result<void>> Stream::handshake(SteadyTime deadline) {
    if (!tls_) co_return boost::system::in_place_value;
    if (!ssl_) co_return Errc::origin_tls;
    while (true) {
        if (watch_->closed()) co_return Errc::origin_reset;
        const Need need = handshake_step();
        if (need == Need::nothing) break;
        if (need == Need::end || need == Need::failed) {
            const bool distrusted = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE &&
                                    SSL_get_verify_result(ssl_.get()) != X509_V_OK;
            ERR_clear_error();
            co_return distrusted ? Errc::origin_certificate : Errc::origin_tls;
        }
        const auto ready = co_await wait(need, deadline);
        if (!ready) {
            if (ready.error() == Errc::origin_timeout) co_return Errc::origin_connect_timeout;
            co_return ready.error();
        }
    }
    (SSL_session_reused(ssl_.get()) ? measures::tls_resumed : measures::tls_full).add();
    co_return boost::system::in_place_value;
}

Stream::Need Stream::read_step(std::span<char> into, std::size_t& size) {
    if (ssl_) {
        ERR_clear_error();
        const int n =
            SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
        if (n <= 0) return need_of_tls(n);
        size = static_cast<std::size_t>(n);
        return Need::nothing;
    }
    const ssize_t n = ::recv(watch_->descriptor(), into.data(), into.size(), 0);
    if (n == 0) return Need::end;
    if (n < 0) return errno == EAGAIN || errno == EINTR ? Need::read : Need::failed;
    size = static_cast<std::size_t>(n);
    return Need::nothing;
}

Task<Result<std::size_t>> Stream::read(std::span<char> into, SteadyTime deadline) {
    while (true) {
        if (watch_->closed()) co_return Errc::origin_reset;
        std::size_t size = 0;
        const Need need = read_step(into, size);
        if (need == Need::nothing) {
            const bool turn_over = ++reads_ % reads_a_turn == 0;
            if (turn_over) co_await yield(watch_->executor());
        }
        if (need == Need::nothing || need == Need::end) co_return size;
        if (need == Need::failed) {
            // TCP's end inside TLS might be anybody's doing (RFC 8446 section 6.1).
            const bool cut =
                ssl_ && ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
            ERR_clear_error();
            co_return cut ? Errc::origin_truncated : Errc::origin_reset;
        }
        const auto ready = co_await wait(need, deadline);
        if (!ready) co_return ready.error();
    }
}

Stream::Need Stream::write_step(std::string_view bytes, std::size_t& size) {
    if (ssl_) {
        ERR_clear_error();
        const int n = SSL_write(ssl_.get(), bytes.data(),
                                static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
        if (n <= 0) return need_of_tls(n);
        size = static_cast<std::size_t>(n);
        return Need::nothing;
    }
    const ssize_t n = ::send(watch_->descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? Need::write : Need::failed;
    size = static_cast<std::size_t>(n);
    return Need::nothing;
}

Task<Result<void>> Stream::write(std::string_view bytes, SteadyTime deadline) {
    while (!bytes.empty()) {
        if (watch_->closed()) co_return Errc::origin_reset;
        std::size_t size = 0;
        const Need need = write_step(bytes, size);
        bytes.remove_prefix(size);
        if (need == Need::nothing) continue;
        if (need == Need::failed || need == Need::end) {
            ERR_clear_error();
            co_return Errc::origin_reset;
        }
        const auto ready = co_await wait(need, deadline);
        if (!ready) co_return ready.error();
    }
    co_return boost::system::in_place_value;
}

bool Stream::is_quiet() {
    if (watch_->closed()) return false;
    if (ssl_ && SSL_has_pending(ssl_.get()) == 1) return false;
    char byte = 0;
    const ssize_t n = ::recv(watch_->descriptor(), &byte, 1, MSG_PEEK);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (!ssl_ || n == 0) return false;
    // Between replies TLS may say things of its own: new tickets, new keys.
    ERR_clear_error();
    const int got = SSL_peek(ssl_.get(), &byte, 1);
    const bool quiet = got <= 0 && need_of_tls(got) == Need::read;
    ERR_clear_error();
    return quiet;
}

}  // namespace outpost::cdn::origin
