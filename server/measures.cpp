#include "server/measures.hpp"

namespace outpost::server::measures {
namespace {
constexpr auto requests = "outpost_http_requests_total";
constexpr auto requests_doc = "Replies sent, by class of status.";
constexpr auto bytes = "outpost_http_body_bytes_total";
constexpr auto bytes_doc = "Bytes of reply bodies handed to the kernel, by transport.";
constexpr auto refused = "outpost_connections_refused_total";
constexpr auto refused_doc =
    "Connections closed as soon as they were accepted, by the limit that was reached.";
constexpr auto timeouts = "outpost_timeouts_total";
constexpr auto timeouts_doc =
    "Connections ended because the client was slower than [limits] allows, by what was waited for.";
constexpr auto handshakes = "outpost_tls_handshakes_total";
constexpr auto handshakes_doc = "TLS handshakes, by how they ended.";
constexpr auto admin_refused = "outpost_admin_refused_total";
constexpr auto admin_refused_doc =
    "Requests that the admin API refused for their key, by what was wrong with it.";
}  // namespace

metrics::Counter requests_2xx{requests, requests_doc, R"(class="2xx")"};
metrics::Counter requests_3xx{requests, requests_doc, R"(class="3xx")"};
metrics::Counter requests_4xx{requests, requests_doc, R"(class="4xx")"};
metrics::Counter requests_5xx{requests, requests_doc, R"(class="5xx")"};
metrics::Counter body_bytes_plain{bytes, bytes_doc, R"(transport="plain")"};
metrics::Counter body_bytes_tls{bytes, bytes_doc, R"(transport="tls")"};
metrics::Counter replies_cut{
    "outpost_http_replies_cut_total",
    "Replies whose body could not be sent whole: the client left or was too slow, or a file failed."};
metrics::Histogram first_byte_time{"outpost_http_first_byte_seconds",
                                   "From a request's head being whole to its reply's first byte being sent."};
metrics::Counter connections_accepted{"outpost_connections_accepted_total", "Connections accepted."};
metrics::Counter connections_refused_total{refused, refused_doc, R"(limit="connections")"};
metrics::Counter connections_refused_address{refused, refused_doc, R"(limit="connections_per_address")"};
metrics::Gauge connections_open{"outpost_connections_open", "Connections open now."};
metrics::Counter timeouts_first_byte{timeouts, timeouts_doc, R"(waited_for="first_byte")"};
metrics::Counter timeouts_head{timeouts, timeouts_doc, R"(waited_for="request")"};
metrics::Counter timeouts_idle{timeouts, timeouts_doc, R"(waited_for="next_request")"};
metrics::Counter timeouts_send{timeouts, timeouts_doc, R"(waited_for="receiver")"};
metrics::Counter tls_handshakes_full{handshakes, handshakes_doc, R"(result="full")"};
metrics::Counter tls_handshakes_resumed{handshakes, handshakes_doc, R"(result="resumed")"};
metrics::Counter tls_handshakes_failed{handshakes, handshakes_doc, R"(result="failed")"};
metrics::Counter cold_reads{"outpost_cold_reads_total",
                            "Reads handed to the pool because their bytes were not in the page cache."};
metrics::Counter cold_reads_refused{"outpost_cold_reads_refused_total",
                                    "Cold reads that found the pool's queue full and had to ask again."};
metrics::Counter access_log_dropped{"outpost_access_log_dropped_total",
                                    "Access log lines dropped because the disk was behind."};
metrics::Counter admin_refused_no_key{admin_refused, admin_refused_doc, R"(why="no_key")"};
metrics::Counter admin_refused_unknown_key{admin_refused, admin_refused_doc, R"(why="unknown_key")"};
metrics::Counter admin_refused_role{admin_refused, admin_refused_doc, R"(why="role")"};
metrics::Counter audit_log_failed{
    "outpost_audit_log_failed_total",
    "Lines of the audit log that could not be written; they are in the program's log instead."};
metrics::Gauge library_assets{"outpost_library_assets", "Assets in the library."};
metrics::Gauge library_open_assets{"outpost_library_open_assets",
                                   "Assets whose files are held open, replaced ones included."};
metrics::Gauge library_broken_assets{"outpost_library_broken_assets",
                                     "Asset directories that can't be served; the log says why."};
metrics::Gauge library_importing{"outpost_library_importing", "Imports under way in the library directory."};

void count_reply(int status) {
    switch (status / 100) {
        case 2: return requests_2xx.add();
        case 3: return requests_3xx.add();
        case 4: return requests_4xx.add();
        default: return requests_5xx.add();
    }
}

}  // namespace outpost::server::measures
