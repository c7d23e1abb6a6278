// The bytes of one connection to an origin, plain or TLS, and the deadlines that hold for each wait. Knows
// nothing of HTTP. OpenSSL works on the socket itself; Asio only waits for it. Thread rule: the loop's
// thread; one read or write at a time. Coroutines are members: whoever awaits them keeps the stream alive.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

struct ssl_st;

namespace outpost::cdn::origin {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Endpoint = asio::ip::tcp::endpoint;

class TlsClient;

class Stream {
  public:
    // `tls` is null for plain TCP.
    Stream(Socket socket, std::shared_ptr<const TlsClient> tls);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // For TLS, once and first. Errc::origin_tls, origin_certificate, origin_connect_timeout, origin_reset.
    Task<Result<void>> handshake(SteadyTime deadline);
    // At least one byte; 0 is the end that the other side meant (TLS: close_notify). Errc::origin_timeout,
    // origin_reset, origin_truncated (TCP's end without TLS's).
    Task<Result<std::size_t>> read(std::span<char> into, SteadyTime deadline);
    // All of it. Errc::origin_timeout (the socket took nothing until then), origin_reset.
    Task<Result<void>> write(std::string_view bytes, SteadyTime deadline);

    // Nothing has arrived that nobody asked for, its end included.
    [[nodiscard]] bool is_quiet();
    // Whoever waits gets Errc::origin_reset, now and from now on.
    void close();

  private:
    class Watch;
    enum class Need { nothing, read, write, end, failed };
    Need handshake_step();
    Need read_step(std::span<char> into, std::size_t& size);
    Need write_step(std::string_view bytes, std::size_t& size);
    [[nodiscard]] Need need_of_tls(int result) const;
    Task<Result<void>> wait(Need need, SteadyTime deadline);

    std::shared_ptr<Watch> watch_;
    std::shared_ptr<const TlsClient> tls_;
    struct SslDeleter {
        void operator()(ssl_st* ssl) const;
    };
    std::unique_ptr<ssl_st, SslDeleter> ssl_;
    unsigned reads_ = 0;
};

}  // namespace outpost::cdn::origin
