#include "cdn/origin/failure.hpp"

#include "base/result.hpp"

namespace outpost::cdn::origin {

std::string_view proxy_error(const boost::system::error_code& error) {
    if (party_at_fault(error) != Party::origin) return {};
    switch (static_cast<Errc>(error.value())) {
        case Errc::origin_unreachable: return "connection_refused";
        case Errc::origin_connect_timeout: return "connection_timeout";
        case Errc::origin_dns: return "dns_error";
        case Errc::origin_tls: return "tls_protocol_error";
        case Errc::origin_certificate: return "tls_certificate_error";
        case Errc::origin_timeout: return "http_response_timeout";
        case Errc::origin_reset: return "connection_terminated";
        case Errc::origin_malformed: return "http_protocol_error";
        case Errc::origin_truncated: return "http_response_incomplete";
        case Errc::origin_busy: return "connection_limit_reached";
        case Errc::origin_none:
        case Errc::origin_failed: return "destination_unavailable";
        case Errc::origin_changed: return "http_response_incomplete";
        default: break;
    }
    return "proxy_internal_error";
}

bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
           method == "DELETE" || method == "TRACE";
}

bool is_failure(int status) { return status == 502 || status == 503 || status == 504; }

bool is_before_sending(const boost::system::error_code& error) {
    return error == Errc::origin_unreachable || error == Errc::origin_connect_timeout ||
           error == Errc::origin_dns || error == Errc::origin_tls || error == Errc::origin_certificate ||
           error == Errc::origin_busy;
}

}  // namespace outpost::cdn::origin
