// What the edge counts, each declared once. Thread rule: any thread.
#pragma once

#include "base/metrics.hpp"

namespace outpost::cdn::measures {

// Requests by how they were answered.
extern metrics::Counter hits_memory, hits_disk, hits_stale, misses, partials, revalidated, collapsed, passed,
    refused, failed;
// Bodies by where their bytes came from.
extern metrics::Counter filled_bytes;
extern metrics::Counter evicted_disk, evicted_memory, corrupt_blocks, detours, resumed, prefetched, purged;
extern metrics::Gauge fills, waiting, objects, memory_used;

}  // namespace outpost::cdn::measures
