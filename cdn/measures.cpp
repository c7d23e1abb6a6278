#include "cdn/measures.hpp"

namespace outpost::cdn::measures {
namespace {
constexpr auto requests = "outpost_edge_requests_total";
constexpr auto requests_doc = "Requests to the edge, by how they were answered.";
constexpr auto evicted = "outpost_edge_evictions_total";
constexpr auto evicted_doc = "What left to make room, by where it was.";
}  // namespace

metrics::Counter hits_memory{requests, requests_doc, R"(result="hit_memory")"};
metrics::Counter hits_disk{requests, requests_doc, R"(result="hit_disk")"};
metrics::Counter hits_stale{requests, requests_doc, R"(result="stale")"};
metrics::Counter misses{requests, requests_doc, R"(result="miss")"};
metrics::Counter partials{requests, requests_doc, R"(result="partial")"};
metrics::Counter revalidated{requests, requests_doc, R"(result="revalidated")"};
metrics::Counter collapsed{requests, requests_doc, R"(result="collapsed")"};
metrics::Counter passed{requests, requests_doc, R"(result="passed")"};
metrics::Counter refused{requests, requests_doc, R"(result="refused")"};
metrics::Counter failed{requests, requests_doc, R"(result="failed")"};
metrics::Counter filled_bytes{"outpost_edge_filled_bytes_total", "Bytes of bodies that came into the cache."};
metrics::Counter evicted_disk{evicted, evicted_doc, R"(from="disk")"};
metrics::Counter evicted_memory{evicted, evicted_doc, R"(from="memory")"};
metrics::Counter corrupt_blocks{"outpost_edge_corrupt_blocks_total",
                                "Blocks that were not what had been stored, and were fetched anew."};
metrics::Counter detours{"outpost_edge_detours_total",
                         "Bodies that went on past the cache because a disk failed or had no room."};
metrics::Counter resumed{"outpost_edge_resumed_bodies_total",
                         "Bodies that broke off and went on from another connection or origin."};
metrics::Counter prefetched{"outpost_edge_prefetches_total", "Objects asked for ahead of the player."};
metrics::Counter purged{"outpost_edge_purged_total", "Stored responses that purges met."};
metrics::Gauge fills{"outpost_edge_fills", "Questions to origins and bodies under way."};
metrics::Gauge waiting{"outpost_edge_waiting", "Requests that wait for an origin's answer."};
metrics::Gauge objects{"outpost_edge_entries", "Cache entries in memory."};
metrics::Gauge memory_used{"outpost_edge_memory_bytes", "What the entries in memory take."};

}  // namespace outpost::cdn::measures
