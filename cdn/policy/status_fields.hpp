// What a cache says of itself to others: Cache-Status (RFC 9211), Proxy-Status (RFC 9209), Via (RFC 9110
// section 7.6.3) and CDN-Loop (RFC 8586). Each writer makes one list member; FieldList::add() of it appends.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/http/field.hpp"
#include "base/units.hpp"

namespace outpost::cdn::policy {

enum class Forward { bypass, method, uri_miss, vary_miss, miss, request, stale, partial };
std::string_view to_text(Forward why);

struct CacheStatus {
    std::string_view cache;  // our name; a token when it can be one, else a string
    bool hit = false;        // without having been forwarded: `forward` is then left out
    std::optional<Forward> forward{};
    std::optional<int> forward_status{};
    bool stored = false;     // with `forward` only
    bool collapsed = false;  // with `forward` only
    std::optional<Seconds> ttl{};
    std::string_view key{};  // empty: not told
    std::string_view
        detail{};  // a token when it can be one, else a string; other than printable ASCII becomes '?'
};
std::string cache_status(const CacheStatus& status);

// RFC 9209 section 2.3, in its order.
enum class ProxyError {
    dns_timeout,
    dns_error,
    destination_not_found,
    destination_unavailable,
    destination_ip_prohibited,
    destination_ip_unroutable,
    connection_refused,
    connection_terminated,
    connection_timeout,
    connection_read_timeout,
    connection_write_timeout,
    connection_limit_reached,
    tls_protocol_error,
    tls_certificate_error,
    tls_alert_received,
    http_request_error,
    http_request_denied,
    http_response_incomplete,
    http_response_header_section_size,
    http_response_header_size,
    http_response_body_size,
    http_response_trailer_section_size,
    http_response_trailer_size,
    http_response_transfer_coding,
    http_response_content_coding,
    http_response_timeout,
    http_upgrade_failed,
    http_protocol_error,
    proxy_internal_response,
    proxy_internal_error,
    proxy_configuration_error,
    proxy_loop_detected,
};
std::string_view to_text(ProxyError error);
// The status that RFC 9209 recommends for a response that the proxy makes of it; 0 where it leaves it open.
int recommended_status(ProxyError error);

struct ProxyStatus {
    std::string_view proxy;
    std::optional<ProxyError> error{};
    std::string_view next_hop{};       // host, or host:port
    std::string_view next_protocol{};  // an ALPN name
    std::optional<int> received_status{};
    std::string_view details{};
};
std::string proxy_status(const ProxyStatus& status);

// "1.1 edge1". The version is that of the message that we received ("1.0", "1.1", "2"). What no pseudonym may
// hold becomes '-'.
std::string via(std::string_view received_version, std::string_view pseudonym);

struct CdnLoop {
    std::size_t hops = 0;  // members in all
    std::size_t ours = 0;  // those with our id
};
// All lines. Ids compare without case. What does not follow the grammar counts as a hop.
CdnLoop parse_cdn_loop(std::span<const http::Field> request, std::string_view id);
// Our member; what no id may hold becomes '-'.
std::string cdn_loop(std::string_view id);

}  // namespace outpost::cdn::policy
