#include "cdn/purge/measures.hpp"

namespace outpost::cdn {
namespace {
constexpr auto orders = "outpost_purge_orders_total";
constexpr auto orders_doc = "Purge orders that came through Redis, by what became of them.";
}  // namespace

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

namespace measures {
RedisStreamMeasures purge_stream{R"(stream="purges")"};
metrics::Counter purges_applied{orders, orders_doc, R"(result="applied")"};
metrics::Counter purges_own{orders, orders_doc, R"(result="own")"};
metrics::Counter purges_unreadable{orders, orders_doc, R"(result="unreadable")"};
}  // namespace measures

}  // namespace outpost::cdn
