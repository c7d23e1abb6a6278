#include "cdn/store/measures.hpp"

namespace outpost::cdn {
namespace {

const metrics::Family states{"gauge", "outpost_disk_state",
                             "State of a cache disk: 0 in service, 1 full (no new fills), 2 out of service.",
                             "disk"};
const metrics::Family sizes{"gauge", "outpost_disk_size_bytes",
                            "Most bytes that objects may take of a cache disk.", "disk"};
const metrics::Family used_bytes{"gauge", "outpost_disk_used_bytes",
                                 "Bytes that objects take of a cache disk.", "disk"};
const metrics::Family object_counts{"gauge", "outpost_disk_objects", "Objects stored on a cache disk.",
                                    "disk"};
const metrics::Family failures_seen{"counter", "outpost_disk_failures_total",
                                    "Times that a cache disk became full or failed.", "disk"};
const metrics::Family scrubbed{"counter", "outpost_disk_scrubbed_bytes_total",
                               "Bytes whose checksums the background check has compared.", "disk"};
const metrics::Family bad{"counter", "outpost_disk_scrub_bad_total",
                          "Objects dropped because the background check found other bytes than were stored.",
                          "disk"};
const metrics::Family swept{"counter", "outpost_disk_swept_files_total",
                            "Files removed because no object owned them after a restart.", "disk"};

}  // namespace

namespace measures {
metrics::Counter index_changes_dropped{
    "outpost_index_changes_dropped_total",
    "Changes that the index of a disk left out because its queue was full."};
metrics::Counter index_batches_failed{"outpost_index_batches_failed_total",
                                      "Batches of changes that an index could not write and tries again."};
}  // namespace measures

VolumeMeasures::VolumeMeasures(std::string_view directory)
    : state{states, directory},
      size{sizes, directory},
      used{used_bytes, directory},
      objects{object_counts, directory},
      failures{failures_seen, directory},
      scrubbed_bytes{scrubbed, directory},
      scrub_bad{bad, directory},
      swept_files{swept, directory} {}

}  // namespace outpost::cdn
