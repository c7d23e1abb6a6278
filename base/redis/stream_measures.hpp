// What is counted of each stream in Redis. Thread rule: as all metrics.
#pragma once

#include "base/metrics.hpp"

namespace outpost::redis {

struct RedisStreamMeasures {
    // `labels` lives as long as the program: R"(stream="purges")".
    explicit RedisStreamMeasures(std::string_view labels);

    metrics::Counter received, published, dropped, gaps, reconnects;
    metrics::Gauge connected;
};

}  // namespace outpost::redis
