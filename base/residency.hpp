// Whether bytes of a file are in the page cache, so that a cold disk never stops the loop.
// Sources: cachestat(2) (Linux 6.5), preadv2(2) with RWF_NOWAIT. Thread rule: any thread; no state but the
// probe's.
#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost {

// True when sending the range will not wait for a disk, as far as the kernel can tell without waiting.
bool is_resident(int file, ByteRange range);

// Reads the range into the page cache, waiting for the disk. For a thread that may wait.
// Errc::file_truncated, Errc::disk_failed.
boost::system::error_code read_ahead(int file, ByteRange range);

}  // namespace outpost
