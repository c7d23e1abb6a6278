#include "cdn/origin/measures.hpp"

#include "base/result.hpp"

namespace outpost::cdn::origin {
namespace measures {
namespace {
constexpr auto failures = "outpost_origin_failures_total";
constexpr auto failures_doc = "Requests to origins that failed, by what went wrong.";
constexpr auto connections = "outpost_origin_connections_total";
constexpr auto connections_doc =
    "Connections to origins that requests went over: opened for it, kept and used again, or kept and found "
    "dead.";
constexpr auto handshakes = "outpost_origin_tls_handshakes_total";
constexpr auto handshakes_doc = "TLS handshakes with origins, by how they ended.";
}  // namespace

metrics::Counter requests{"outpost_origin_requests_total", "Requests sent to origins, retries included."};
metrics::Counter retries{"outpost_origin_retries_total",
                         "Requests to origins that were another try for the same request of a client."};
metrics::Counter retries_refused{"outpost_origin_retries_refused_total",
                                 "Retries that were left out because the pool's retry budget was used up."};
metrics::Counter redirects_followed{"outpost_origin_redirects_followed_total",
                                    "Redirects of origins that were followed to an origin of the pool."};
metrics::Counter failures_unreachable{failures, failures_doc, R"(reason="unreachable")"};
metrics::Counter failures_connect_timeout{failures, failures_doc, R"(reason="connect_timeout")"};
metrics::Counter failures_dns{failures, failures_doc, R"(reason="dns")"};
metrics::Counter failures_tls{failures, failures_doc, R"(reason="tls")"};
metrics::Counter failures_certificate{failures, failures_doc, R"(reason="certificate")"};
metrics::Counter failures_timeout{failures, failures_doc, R"(reason="timeout")"};
metrics::Counter failures_reset{failures, failures_doc, R"(reason="reset")"};
metrics::Counter failures_malformed{failures, failures_doc, R"(reason="malformed")"};
metrics::Counter failures_truncated{failures, failures_doc, R"(reason="truncated")"};
metrics::Counter failures_busy{failures, failures_doc, R"(reason="busy")"};
metrics::Counter failures_status{failures, failures_doc, R"(reason="status")"};
metrics::Counter connections_opened{connections, connections_doc, R"(kind="opened")"};
metrics::Counter connections_reused{connections, connections_doc, R"(kind="reused")"};
metrics::Counter connections_stale{connections, connections_doc, R"(kind="stale")"};
metrics::Counter tls_full{handshakes, handshakes_doc, R"(result="full")"};
metrics::Counter tls_resumed{handshakes, handshakes_doc, R"(result="resumed")"};
metrics::Counter body_bytes{"outpost_origin_body_bytes_total", "Bytes of bodies received from origins."};
metrics::Counter ejections{"outpost_origin_ejections_total",
                           "Times that an origin was taken out because it kept failing."};
metrics::Histogram first_byte_time{"outpost_origin_first_byte_seconds",
                                   "From a request to an origin being sent to its reply's head being whole."};
}  // namespace measures

void count_failure(const boost::system::error_code& error) {
    if (party_at_fault(error) != Party::origin) return;
    switch (static_cast<Errc>(error.value())) {
        case Errc::origin_unreachable: return measures::failures_unreachable.add();
        case Errc::origin_connect_timeout: return measures::failures_connect_timeout.add();
        case Errc::origin_dns: return measures::failures_dns.add();
        case Errc::origin_tls: return measures::failures_tls.add();
        case Errc::origin_certificate: return measures::failures_certificate.add();
        case Errc::origin_timeout: return measures::failures_timeout.add();
        case Errc::origin_reset: return measures::failures_reset.add();
        case Errc::origin_malformed: return measures::failures_malformed.add();
        case Errc::origin_truncated: return measures::failures_truncated.add();
        case Errc::origin_busy: return measures::failures_busy.add();
        default: return;
    }
}

}  // namespace outpost::cdn::origin
