// What is counted of who may pass. Thread rule: as all metrics.
#pragma once

#include "auth/claims.hpp"
#include "auth/refusal.hpp"
#include "base/metrics.hpp"

namespace outpost::server::measures {

metrics::Counter& refused(auth::Reason reason);
metrics::Counter& tokens_verified(auth::Format format);
extern metrics::Counter tokens_replayed, renewals, renewals_failed, jwks_failed;
extern metrics::Gauge keys, tokens_remembered;

}  // namespace outpost::server::measures
