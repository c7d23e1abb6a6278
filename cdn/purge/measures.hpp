// What is counted of purges, and of their stream in Redis. Thread rule: as all metrics.
#pragma once

#include "base/metrics.hpp"
#include "base/redis/stream_measures.hpp"

namespace outpost::cdn::measures {

extern redis::RedisStreamMeasures purge_stream;
extern metrics::Counter purges_applied, purges_own, purges_unreadable;

}  // namespace outpost::cdn::measures
