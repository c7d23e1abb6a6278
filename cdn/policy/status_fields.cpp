#include "cdn/policy/status_fields.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cdn/policy/list.hpp"
#include "cdn/policy/structured.hpp"

namespace outpost::cdn::policy {
namespace {

void append_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c >= 0x20 && c <= 0x7E ? c : '?';
    }
    out += '"';
}

void append_token_or_string(std::string& out, std::string_view text) {
    if (structured::is_token(text)) {
        out += text;
    } else {
        append_string(out, text);
    }
}

// A pseudonym or host of Via and CDN-Loop.
std::string as_pseudonym(std::string_view text) {
    std::string out{text};
    const auto forbidden = [](char c) { return !is_tchar(c) && c != ':' && c != '[' && c != ']'; };
    std::replace_if(out.begin(), out.end(), forbidden, '-');
    return out.empty() ? "outpost" : out;
}

struct KindOfError {
    std::string_view name;
    int status;
};
constexpr std::array<KindOfError, 32> errors{{
    {"dns_timeout", 504},
    {"dns_error", 502},
    {"destination_not_found", 500},
    {"destination_unavailable", 503},
    {"destination_ip_prohibited", 502},
    {"destination_ip_unroutable", 502},
    {"connection_refused", 502},
    {"connection_terminated", 502},
    {"connection_timeout", 504},
    {"connection_read_timeout", 504},
    {"connection_write_timeout", 504},
    {"connection_limit_reached", 503},
    {"tls_protocol_error", 502},
    {"tls_certificate_error", 502},
    {"tls_alert_received", 502},
    {"http_request_error", 0},
    {"http_request_denied", 403},
    {"http_response_incomplete", 502},
    {"http_response_header_section_size", 502},
    {"http_response_header_size", 502},
    {"http_response_body_size", 502},
    {"http_response_trailer_section_size", 502},
    {"http_response_trailer_size", 502},
    {"http_response_transfer_coding", 502},
    {"http_response_content_coding", 502},
    {"http_response_timeout", 504},
    {"http_upgrade_failed", 502},
    {"http_protocol_error", 502},
    {"proxy_internal_response", 0},
    {"proxy_internal_error", 500},
    {"proxy_configuration_error", 500},
    {"proxy_loop_detected", 502},
}};

}  // namespace

std::string_view to_text(Forward why) {
    constexpr std::array<std::string_view, 8> names{"bypass", "method",  "uri-miss", "vary-miss",
                                                    "miss",   "request", "stale",    "partial"};
    return names.at(static_cast<std::size_t>(why));
}

std::string cache_status(const CacheStatus& status) {
    std::string out;
    append_token_or_string(out, status.cache);
    if (status.hit) {
        out += "; hit";
    } else if (status.forward) {
        out.append("; fwd=").append(to_text(*status.forward));
        if (status.forward_status) out += fmt::format("; fwd-status={}", *status.forward_status);
        if (status.stored) out += "; stored";
        if (status.collapsed) out += "; collapsed";
    }
    if (status.ttl) append_number(out += "; ttl=", std::int64_t{status.ttl->count()});
    if (!status.key.empty()) append_string(out += "; key=", status.key);
    if (!status.detail.empty()) append_token_or_string(out += "; detail=", status.detail);
    return out;
}

std::string_view to_text(ProxyError error) { return errors.at(static_cast<std::size_t>(error)).name; }
int recommended_status(ProxyError error) { return errors.at(static_cast<std::size_t>(error)).status; }

std::string proxy_status(const ProxyStatus& status) {
    std::string out;
    append_token_or_string(out, status.proxy);
    if (status.error) out.append("; error=").append(to_text(*status.error));
    if (!status.next_hop.empty()) append_token_or_string(out += "; next-hop=", status.next_hop);
    if (!status.next_protocol.empty()) {
        const std::string protocol{status.next_protocol};
        const auto text = structured::is_token(protocol)
                              ? protocol
                              : structured::serialise(structured::BareItem{structured::Binary{protocol}});
        out.append("; next-protocol=").append(text.value_or(""));
    }
    if (status.received_status) out += fmt::format("; received-status={}", *status.received_status);
    if (!status.details.empty()) append_string(out += "; details=", status.details);
    return out;
}

std::string via(std::string_view received_version, std::string_view pseudonym) {
    return fmt::format("{} {}", received_version, as_pseudonym(pseudonym));
}

std::string cdn_loop(std::string_view id) { return as_pseudonym(id); }

CdnLoop parse_cdn_loop(std::span<const http::Field> request, std::string_view id) {
    CdnLoop out;
    std::string ours;
    for (const http::Field& field : request) {
        if (!iequals(field.name, "CDN-Loop")) continue;
        if (ours.empty()) ours = as_pseudonym(id);
        Members members{field.value};
        while (const auto member = members.next()) {
            ++out.hops;
            if (iequals(trim_blanks(member->substr(0, member->find(';'))), ours)) ++out.ours;
        }
    }
    return out;
}

}  // namespace outpost::cdn::policy
