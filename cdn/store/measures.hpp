// Metrics of the disks (definitions and docs in measures.cpp).
#pragma once

#include <string_view>

#include "base/metrics.hpp"

namespace outpost::cdn {

namespace measures {
extern metrics::Counter index_changes_dropped, index_batches_failed;
}  // namespace measures

// Those of one disk, labelled with its directory, for as long as it is open.
struct VolumeMeasures {
    explicit VolumeMeasures(std::string_view directory);
    metrics::Gauge state, size, used, objects;
    metrics::Counter failures, scrubbed_bytes, scrub_bad, swept_files;
};

}  // namespace outpost::cdn
