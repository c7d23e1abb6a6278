#include "cdn/purge/measures.hpp"

namespace outpost::cdn {
namespace {
constexpr auto orders = "outpost_purge_orders_total";
constexpr auto orders_doc = "Purge orders that came through Redis, by what became of them.";
}  // namespace

namespace measures {
redis::RedisStreamMeasures purge_stream{R"(stream="purges")"};
metrics::Counter purges_applied{orders, orders_doc, R"(result="applied")"};
metrics::Counter purges_own{orders, orders_doc, R"(result="own")"};
metrics::Counter purges_unreadable{orders, orders_doc, R"(result="unreadable")"};
}  // namespace measures

}  // namespace outpost::cdn
