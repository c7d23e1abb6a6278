// What is counted of each stream in Redis. Thread rule: as all metrics.
#pragma once

#include "base/metrics.hpp"

namespace outpost::cdn {

struct RedisStreamMeasures {
    // `labels` lives as long as the program: R"(stream="purges")".
    explicit RedisStreamMeasures(std::string_view labels);

    metrics::Counter received, published, dropped, gaps, reconnects;
    metrics::Gauge connected;
};

namespace measures {
extern RedisStreamMeasures purge_stream;
extern metrics::Counter purges_applied, purges_own, purges_unreadable;
}  // namespace measures

}  // namespace outpost::cdn
