#include "base/redis/stream_measures.hpp"

namespace outpost::redis {

RedisStreamMeasures::RedisStreamMeasures(std::string_view labels)
    : received{"outpost_redis_entries_received_total", "Entries read from a stream in Redis.", labels},
      published{"outpost_redis_entries_published_total", "Entries that Redis took into a stream.", labels},
      dropped{"outpost_redis_entries_dropped_total",
              "Entries of this node that never reached Redis: too much waited already, or the node stopped "
              "before Redis was back.",
              labels},
      gaps{"outpost_redis_gaps_total",
           "Times that entries may have been missed, because Redis had trimmed or lost them before they were "
           "read here.",
           labels},
      reconnects{"outpost_redis_reconnects_total", "Times that a broken connection to Redis was made anew.",
                 labels},
      connected{"outpost_redis_connected", "Whether a stream in Redis is being followed now (1) or not (0).",
                labels} {}

}  // namespace outpost::redis
