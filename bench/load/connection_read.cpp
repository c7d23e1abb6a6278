// What comes back: the head, the body in its three framings, and their ends.
#include <cerrno>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/text.hpp"
#include "bench/load/connection.hpp"

namespace outpost::bench {
namespace {

constexpr http::HeadLimits head_limits{32 << 10, 128};
constexpr std::size_t head_at_once = 16 << 10;  // also what of a body is copied for nothing
constexpr std::size_t discarded_at_once = 1 << 20;
constexpr std::size_t longest_kept = 16 << 20;
constexpr std::uint64_t longest_chunked = std::uint64_t{1} << 40;
// A body that is longer than this wakes us when so much has come, not for each packet.
constexpr std::uint64_t low_water = 1 << 20;

// Cache-Status (RFC 9211), of which the last is the nearest cache; X-Cache as Varnish and nginx are told to
// write it.
bool says_hit(const http::ResponseHead& head) {
    for (const http::Field& field : head.fields) {
        if (iequals(field.name, "cache-status")) {
            const auto last = field.value.rfind(',');
            const std::string_view nearest =
                last == std::string_view::npos ? field.value : field.value.substr(last);
            return nearest.find("; hit") != std::string_view::npos ||
                   nearest.find(";hit") != std::string_view::npos;
        }
        if (iequals(field.name, "x-cache")) return ascii_lower(field.value.substr(0, 3)) == "hit";
    }
    return false;
}

// With MSG_TRUNC a TCP socket drops bytes where it would copy them (tcp(7)), and writes to no memory.
// Sanitizers take recv() for one that wrote `most` bytes at null, so it is called without them.
ssize_t receive_nothing(int socket, std::size_t most) {
    return ::syscall(SYS_recvfrom, socket, nullptr, most, MSG_TRUNC, nullptr, nullptr);
}

}  // namespace

Connection::Got Connection::receive_plain(std::size_t most, bool discard) {
    for (;;) {
        const ssize_t n = discard ? receive_nothing(socket_.get(), most)
                                  : ::recv(socket_.get(), around_.scratch.data(), most, 0);
        if (n > 0) {
            drained_ = static_cast<std::size_t>(n) < most;
            return {Got::What::some, static_cast<std::size_t>(n)};
        }
        if (n == 0) return {Got::What::end, 0};
        if (errno == EINTR) continue;
        drained_ = errno == EAGAIN;
        return {drained_ ? Got::What::none : Got::What::broken, 0};
    }
}

Connection::Got Connection::receive_tls(std::size_t most) {
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), around_.scratch.data(), static_cast<int>(most));
    if (n > 0) return {Got::What::some, static_cast<std::size_t>(n)};
    switch (SSL_get_error(ssl_.get(), n)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE: drained_ = true; return {};
        case SSL_ERROR_ZERO_RETURN: return {Got::What::end, 0};
        default: ERR_clear_error(); return {Got::What::broken, 0};
    }
}

Connection::Got Connection::receive(std::size_t most, bool discard, SteadyTime now) {
    if (drained_ && !other_end_) return {};
    if (link_ != nullptr) {
        most = std::min(most, link_->allowed(now));
        if (most == 0) {
            paced_ = link_->ready_at();
            return {};
        }
    }
    const Got got = ssl_ ? receive_tls(std::min(most, around_.scratch.size())) : receive_plain(most, discard);
    if (got.what == Got::What::some) {
        around_.counters.bytes.add(got.bytes);
        if (link_ != nullptr) link_->took(got.bytes);
    }
    return got;
}

void Connection::read(SteadyTime now) {
    for (bool more = true; more;) more = phase_ == Phase::head ? read_head(now) : read_body(now);
}

bool Connection::read_head(SteadyTime now) {
    const Got got = receive(head_at_once, false, now);
    if (got.what == Got::What::none) return false;
    if (got.what != Got::What::some) {
        ended_early(got.what == Got::What::broken, now);
        return false;
    }
    if (!has_first_byte()) answer_.first_byte = now;
    const std::string_view bytes{around_.scratch.data(), got.bytes};
    if (partial_.empty()) return take_head(bytes, now);
    partial_ += bytes;
    const std::string whole = std::exchange(partial_, {});
    return take_head(whole, now);
}

bool Connection::take_head(std::string_view bytes, SteadyTime now) {
    for (;;) {
        const auto parsed = http::parse_response_head(bytes, head_limits, searched_, around_.head);
        if (parsed.state == http::ParsedHead::State::refused) {
            fail(Failure::malformed, now);
            return false;
        }
        if (parsed.state == http::ParsedHead::State::incomplete) {
            partial_ = bytes;
            return true;
        }
        searched_ = 0;
        bytes.remove_prefix(parsed.consumed);
        if (around_.head.status >= 200) break;  // before it, 1xx only say that the answer comes
    }
    begin_body(bytes, now);
    return phase_ >= Phase::body;
}

void Connection::begin_body(std::string_view rest, SteadyTime now) {
    const http::ResponseHead& head = around_.head;
    answer_.status = head.status;
    answer_.hit = says_hit(head);
    keep_alive_ = head.keep_alive;
    progressed_ = now;
    left_ = head.length.value_or(0);
    // RFC 9112 section 6.3
    if (head.status == 204 || head.status == 304 || (head.length && *head.length == 0)) {
        left_ = 0;
        phase_ = Phase::body;
    } else if (head.chunked) {
        phase_ = Phase::chunks;
        chunks_ = http::ChunkedDecoder{longest_chunked};
    } else if (head.length) {
        phase_ = Phase::body;
    } else {
        phase_ = Phase::until_end;
        keep_alive_ = false;
    }
    const bool empty = phase_ == Phase::body && left_ == 0;
    if (!rest.empty() || empty) return take_body(rest, now);
    wake_less_often();
}

void Connection::take(std::string_view bytes) {
    answer_.bytes += bytes.size();
    if (ask_.keep_body) answer_.body += bytes;
    if (ask_.checksum) XXH3_64bits_update(hash_.get(), bytes.data(), bytes.size());
}

void Connection::take_body(std::string_view bytes, SteadyTime now) {
    progressed_ = now;
    if (phase_ == Phase::chunks) {
        around_.spill.clear();
        const auto went = chunks_.decode(bytes, around_.spill);
        take(around_.spill);
        if (!went || (*went == http::ChunkedDecoder::Progress::whole && !bytes.empty()))
            return fail(Failure::malformed, now);
        if (*went == http::ChunkedDecoder::Progress::whole) return finish();
    } else {
        take(bytes);
        if (phase_ == Phase::body) {
            if (bytes.size() > left_) return fail(Failure::malformed, now);
            left_ -= bytes.size();
            if (left_ == 0) return finish();
            wake_less_often();
        }
    }
    if (answer_.body.size() > longest_kept) fail(Failure::malformed, now);
}

bool Connection::read_body(SteadyTime now) {
    const bool wanted = ask_.keep_body || ask_.checksum || phase_ == Phase::chunks || ssl_;
    std::size_t most = wanted ? around_.scratch.size() : discarded_at_once;
    if (phase_ == Phase::body) most = static_cast<std::size_t>(std::min<std::uint64_t>(most, left_));
    const Got got = receive(most, !wanted, now);
    if (got.what == Got::What::none) return false;
    if (got.what != Got::What::some) {
        ended_early(got.what == Got::What::broken, now);
        return false;
    }
    if (wanted) {
        take_body({around_.scratch.data(), got.bytes}, now);
        return phase_ >= Phase::body;  // not when the owner has asked again: of that nothing is here
    }
    progressed_ = now;
    answer_.bytes += got.bytes;
    if (phase_ == Phase::until_end) return true;
    left_ -= got.bytes;
    if (left_ == 0) {
        finish();
        return false;
    }
    wake_less_often();
    return true;
}

// What the body lacks decides what it is: less than told is not HTTP, a connection that broke is a reset.
void Connection::ended_early(bool broken, SteadyTime now) {
    if (phase_ == Phase::until_end && !broken) return finish();
    fail(phase_ == Phase::body && !broken ? Failure::malformed : Failure::reset, now);
}

// With SO_RCVLOWAT the kernel is silent until as much has come. Only where all of it is thrown away.
void Connection::wake_less_often() {
    if (ssl_ || link_ != nullptr || ask_.keep_body || ask_.checksum || phase_ != Phase::body) return;
    const int wanted = left_ >= low_water ? static_cast<int>(low_water) : 1;
    wake_at(wanted);
}

void Connection::wake_at(int bytes) {
    if (bytes == low_water_) return;
    low_water_ = bytes;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

}  // namespace outpost::bench
