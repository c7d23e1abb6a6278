// Every metric of the server, declared once (definitions and docs in measures.cpp).
#pragma once

#include "base/metrics.hpp"

namespace outpost::server::measures {

extern metrics::Counter requests_2xx, requests_3xx, requests_4xx, requests_5xx;
extern metrics::Counter body_bytes_plain, body_bytes_tls;
extern metrics::Counter replies_cut;
extern metrics::Histogram first_byte_time;
extern metrics::Counter connections_accepted, connections_refused_total, connections_refused_address;
extern metrics::Gauge connections_open;
extern metrics::Counter timeouts_first_byte, timeouts_head, timeouts_idle, timeouts_send;
extern metrics::Counter tls_handshakes_full, tls_handshakes_resumed, tls_handshakes_failed;
extern metrics::Counter cold_reads, cold_reads_refused;
extern metrics::Counter access_log_dropped;
extern metrics::Counter admin_refused_no_key, admin_refused_unknown_key, admin_refused_role;
extern metrics::Counter audit_log_failed;
extern metrics::Gauge library_assets, library_open_assets, library_broken_assets, library_importing;

void count_reply(int status);

}  // namespace outpost::server::measures
