// Every metric of what is asked of origins, declared once (definitions and docs in measures.cpp).
#pragma once

#include <boost/system/error_code.hpp>

#include "base/metrics.hpp"

namespace outpost::cdn::origin::measures {

extern metrics::Counter requests, retries, retries_refused, redirects_followed;
extern metrics::Counter failures_unreachable, failures_connect_timeout, failures_dns, failures_tls,
    failures_certificate, failures_timeout, failures_reset, failures_malformed, failures_truncated,
    failures_busy, failures_status;
extern metrics::Counter connections_opened, connections_reused, connections_stale;
extern metrics::Counter tls_full, tls_resumed;
extern metrics::Counter body_bytes;
extern metrics::Counter ejections;
extern metrics::Histogram first_byte_time;

}  // namespace outpost::cdn::origin::measures

namespace outpost::cdn::origin {
// By its kind; errors that no origin is to blame for are not counted.
void count_failure(const boost::system::error_code& error);
}  // namespace outpost::cdn::origin
