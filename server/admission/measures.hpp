// Every metric of admission's state, and of what edges tell each other about it, declared once (docs in
// measures.cpp). Thread rule: as all metrics.
#pragma once

#include "base/metrics.hpp"
#include "base/redis/stream_measures.hpp"

namespace outpost::server::measures {

extern metrics::Gauge revocations_in_force;
extern metrics::Counter revocations_applied, revocations_known, revocations_full, revocations_expired,
    revocations_unreadable, revocations_repeated, revocation_writes_failed;
extern redis::RedisStreamMeasures revocation_stream, limit_stream;
extern metrics::Counter limits_told, limits_heard, limits_lost, limits_stale, limits_unreadable;

}  // namespace outpost::server::measures
