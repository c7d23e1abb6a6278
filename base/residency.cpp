#include "base/residency.hpp"

#include <atomic>
#include <cerrno>
#include <memory>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace outpost {
namespace {

constexpr std::uint64_t page = 4096;
constexpr long cachestat_call = 451;  // newer than Debian 12's headers; the same number on every architecture

struct CacheStatRange {
    std::uint64_t offset, length;
};
struct CacheStat {
    std::uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

std::atomic<bool> cachestat_works{true};

bool probe_without_wait(int file, std::uint64_t offset) {
    char byte = 0;
    iovec into{&byte, 1};
    const ssize_t n = ::preadv2(file, &into, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    return n >= 0 || (errno != EAGAIN && errno != EINTR);  // an error is for the sender to meet
}

// Where there is no cachestat: one byte at every 128 KiB, as read-ahead works in runs of about that.
bool is_resident_by_probes(int file, ByteRange range) {
    constexpr std::uint64_t step = 128 << 10;
    for (std::uint64_t offset = range.offset; offset < range.end(); offset += step) {
        if (!probe_without_wait(file, offset)) return false;
    }
    return range.length == 0 || probe_without_wait(file, range.end() - 1);
}

}  // namespace

bool is_resident(int file, ByteRange range) {
    if (range.length == 0) return true;
    if (cachestat_works.load(std::memory_order_relaxed)) {
        CacheStatRange where{range.offset, range.length};
        CacheStat found{};
        if (::syscall(cachestat_call, file, &where, &found, 0) == 0) {
            return found.cached >= (range.end() + page - 1) / page - range.offset / page;
        }
        cachestat_works.store(false, std::memory_order_relaxed);
    }
    return is_resident_by_probes(file, range);
}

boost::system::error_code read_ahead(int file, ByteRange range) {
    constexpr std::size_t step = 256 << 10;
    thread_local const auto scratch = std::make_unique<char[]>(step);
    while (range.length > 0) {
        const ssize_t n = ::pread(file, scratch.get(), std::min<std::uint64_t>(step, range.length),
                                  static_cast<off_t>(range.offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return make_error_code(Errc::disk_failed);
        if (n == 0) return make_error_code(Errc::file_truncated);
        range.offset += static_cast<std::uint64_t>(n);
        range.length -= static_cast<std::uint64_t>(n);
    }
    return {};
}

}  // namespace outpost
