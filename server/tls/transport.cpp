#include "server/tls/transport.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "server/measures.hpp"
#include "server/tls/client_certificate.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t record = 16 << 10;
constexpr std::size_t most_gathered = 8 * record;  // plain text in one send
constexpr std::size_t most_discarded = 256 << 10;  // after a handshake that failed
constexpr std::size_t record_overhead = 256;       // more than any cipher of ours adds

// Cipher text on its way to the socket. One a thread; empty whenever no call is under way.
struct Gather {
    std::size_t size = 0;
    char bytes[most_gathered + 12 * record_overhead + record];
};

Gather& gather() {
    thread_local const auto buffer = std::make_unique<Gather>();
    return *buffer;
}

int gather_write(BIO* bio, const char* data, int length) {
    Gather& g = gather();
    BIO_clear_retry_flags(bio);
    const auto size = static_cast<std::size_t>(length);
    if (size > sizeof g.bytes - g.size) return -1;  // can't be: callers gather no more than fits
    std::memcpy(g.bytes + g.size, data, size);
    g.size += size;
    return length;
}

long gather_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* gather_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gather");
        BIO_meth_set_write(made, gather_write);
        BIO_meth_set_ctrl(made, gather_control);
        BIO_meth_set_create(made, [](BIO* bio) {
            BIO_set_init(bio, 1);
            return 1;
        });
        return made;
    }();
    return method;
}

struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsTransport final : public Transport {
  public:
    TlsTransport(SSL* ssl, int socket, std::span<char> scratch)
        : ssl_{ssl}, socket_{socket}, scratch_{scratch} {
        SSL_set0_rbio(ssl, BIO_new_socket(socket, BIO_NOCLOSE));
        SSL_set0_wbio(ssl, BIO_new(gather_method()));
        SSL_set_accept_state(ssl);
    }

    IoResult read(std::span<char> into) override {
        if (refused_) return discard(into);
        ERR_clear_error();
        const int n = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
        note_handshake(n);
        if (!send_gathered(false)) return {Io::failed, 0};
        if (n > 0) return {Io::done, static_cast<std::size_t>(n)};
        switch (SSL_get_error(ssl_.get(), n)) {
            case SSL_ERROR_WANT_READ: return {Io::want_read, 0};
            case SSL_ERROR_ZERO_RETURN: return {Io::end, 0};
            case SSL_ERROR_SSL:
                if (SSL_is_init_finished(ssl_.get())) return {Io::failed, 0};
                refused_ = true;
                ::shutdown(socket_, SHUT_WR);
                return discard(into);
            default: return {Io::failed, 0};
        }
    }

    IoResult write(std::string_view first, std::string_view second, bool more) override {
        if (!ready_to_gather()) return waiting();
        std::size_t taken = 0;
        // One record for what fits in one, so a small reply is a single piece.
        if (first.size() + second.size() <= record && scratch_.size() >= record) {
            std::memcpy(scratch_.data(), first.data(), first.size());
            if (!second.empty()) std::memcpy(scratch_.data() + first.size(), second.data(), second.size());
            taken = encrypt({scratch_.data(), first.size() + second.size()});
        } else {
            taken = encrypt(first.substr(0, window_));
            if (taken == first.size()) taken += encrypt(second.substr(0, window_ - std::min(taken, window_)));
        }
        if (taken == 0 || !send_gathered(more)) return {Io::failed, 0};
        return {Io::done, taken};
    }

    IoResult send_file(int file, std::uint64_t offset, std::size_t length) override {
        if (!ready_to_gather()) return waiting();
        const std::size_t wanted = std::min({length, window_, scratch_.size()});
        const ssize_t n = ::pread(file, scratch_.data(), wanted, static_cast<off_t>(offset));
        if (n == 0) return {Io::end, 0};
        if (n < 0) return {Io::unreadable, 0};
        const auto size = static_cast<std::size_t>(n);
        if (encrypt({scratch_.data(), size}) != size || !send_gathered(false)) return {Io::failed, 0};
        return {Io::done, size};
    }

    IoResult flush() override {
        held_ = false;
        if (!send_pending()) return {Io::failed, 0};
        return pending_.empty() ? IoResult{Io::done, 0} : IoResult{Io::want_write, 0};
    }

    void close_write() override {
        ERR_clear_error();
        if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
        send_gathered(false);
        ::shutdown(socket_, SHUT_WR);
    }

    [[nodiscard]] bool is_tls() const override { return true; }
    [[nodiscard]] const auth::PeerCertificate* peer() const override { return peer_.get(); }

  private:
    // The alert that says why there was no handshake is lost when the socket is closed with bytes unread: the
    // reset overtakes it. So the client may finish what it sends, within the deadline of its first request.
    IoResult discard(std::span<char> into) {
        while (discarded_ < most_discarded) {
            const ssize_t n = ::recv(socket_, into.data(), into.size(), 0);
            if (n > 0) {
                discarded_ += static_cast<std::size_t>(n);
            } else if (n < 0 && errno == EAGAIN) {
                return {Io::want_read, 0};
            } else if (n == 0 || errno != EINTR) {
                return {Io::end, 0};
            }
        }
        return {Io::failed, 0};
    }

    // True when nothing but a held head waits; that one then stands at the front of the gathering.
    bool ready_to_gather() {
        if (pending_.empty()) return true;
        if (!held_) return send_pending() && pending_.empty();
        std::memcpy(gather().bytes, pending_.data(), pending_.size());
        gather().size = pending_.size();
        pending_ = {};
        held_ = false;
        return true;
    }

    [[nodiscard]] IoResult waiting() const {
        return failed_ ? IoResult{Io::failed, 0} : IoResult{Io::want_write, 0};
    }

    // Bytes taken: all, or none when the connection is broken.
    std::size_t encrypt(std::string_view plain) {
        ERR_clear_error();
        for (std::size_t at = 0; at < plain.size(); at += record) {
            const std::string_view piece = plain.substr(at, record);
            if (SSL_write(ssl_.get(), piece.data(), static_cast<int>(piece.size())) <= 0) {
                failed_ = true;
                gather().size = 0;
                return 0;
            }
        }
        return plain.size();
    }

    // Empties the thread's buffer: to the socket as far as that goes, the rest into our own. `hold` keeps a
    // small beginning back, to go out together with what follows.
    bool send_gathered(bool hold) {
        Gather& g = gather();
        const std::string_view all{g.bytes, std::exchange(g.size, 0)};
        if (all.empty()) return true;
        if (hold && pending_.empty() && all.size() <= record) {
            pending_ = all;
            held_ = true;
            return true;
        }
        if (!pending_.empty()) {
            pending_ += all;
            return send_pending();
        }
        const std::size_t sent = send_some(all);
        if (failed_) return false;
        if (sent < all.size()) {
            pending_ = all.substr(sent);
            window_ = std::max(record, window_ / 2);
        } else {
            window_ = std::min(most_gathered, window_ * 2);
        }
        return true;
    }

    bool send_pending() {
        if (pending_.empty()) return true;
        const std::size_t sent = send_some(pending_);
        if (sent == pending_.size()) {
            pending_ = {};
        } else {
            pending_.erase(0, sent);
        }
        return !failed_;
    }

    std::size_t send_some(std::string_view bytes) {
        const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno != EAGAIN && errno != EINTR) failed_ = true;
        return 0;
    }

    void note_handshake(int read_result) {
        if (handshake_noted_) return;
        if (SSL_is_init_finished(ssl_.get())) {
            handshake_noted_ = true;
            (SSL_session_reused(ssl_.get()) ? measures::tls_handshakes_resumed
                                            : measures::tls_handshakes_full)
                .add();
            peer_ = peer_certificate(ssl_.get(), wall_now());
        } else if (read_result <= 0 && SSL_get_error(ssl_.get(), read_result) != SSL_ERROR_WANT_READ) {
            handshake_noted_ = true;
            measures::tls_handshakes_failed.add();
        }
    }

    std::unique_ptr<SSL, SslDeleter> ssl_;
    int socket_;
    std::span<char> scratch_;
    std::string pending_;  // cipher text that the socket did not take, or a held head
    bool held_ = false;
    bool failed_ = false;
    bool handshake_noted_ = false;
    bool refused_ = false;  // the handshake failed, and the client has been told
    std::size_t discarded_ = 0;
    std::unique_ptr<auth::PeerCertificate> peer_;
    std::size_t window_ = most_gathered;  // plain text to gather next
};

// A listener that can't make one ends the connection at its first read.
class BrokenTransport final : public Transport {
  public:
    IoResult read(std::span<char>) override { return {Io::failed, 0}; }
    IoResult write(std::string_view, std::string_view, bool) override { return {Io::failed, 0}; }
    IoResult send_file(int, std::uint64_t, std::size_t) override { return {Io::failed, 0}; }
    IoResult flush() override { return {Io::done, 0}; }
    void close_write() override {}
    [[nodiscard]] bool is_tls() const override { return true; }
};

}  // namespace

std::unique_ptr<Transport> make_tls_transport(const TlsContexts& contexts, int socket,
                                              std::span<char> scratch) {
    SSL* ssl = contexts.make_connection();
    if (ssl == nullptr) return std::make_unique<BrokenTransport>();
    return std::make_unique<TlsTransport>(ssl, socket, scratch);
}

}  // namespace outpost::server
