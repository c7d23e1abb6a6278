// What an edge keeps: entries by key in memory, bodies on disks. An entry that has not been wanted for long
// leaves the memory; what lies on a disk is found there again. Without disks all of it is in memory, large
// bodies as memory files.
// Thread rule: any thread. No lock is held while a disk is waited for.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/async.hpp"
#include "cdn/cache/entry.hpp"
#include "cdn/cache/purge_log.hpp"
#include "cdn/store/disk.hpp"

namespace outpost::cdn {

struct CacheOptions {
    Bytes memory = 512_MiB;
    std::size_t open_objects = 65536;  // entries in memory
    std::size_t variants = 8;
    std::vector<VolumeOptions> disks;
};

struct CacheFacts {
    Bytes memory_used, memory_size;
    std::size_t entries = 0;
    std::vector<VolumeFacts> disks;
};

class Cache {
  public:
    // Blocking.
    static Outcome<std::unique_ptr<Cache>> open(CacheOptions options, BlockingPool& pool);
    ~Cache();
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;

    // The entry, if it is in memory; marks it as used. `key` is the text that `hash` is of.
    EntryPtr find(const KeyHash& hash, std::string_view key);
    // The same, looked for on the disks and made when there is none. Null when two keys have one hash.
    // `rules` are those of the route: what is on a disk gets its lifetime by them.
    Task<EntryPtr> entry(KeyHash hash, std::string key, policy::FreshnessRules rules, SteadyTime deadline);

    // A new object, in nobody's sight yet. Blocking. Errc::body_too_large, disk_full, disk_failed: it can't
    // be kept. One of unknown `length` is in memory until it outgrows that and is given a file.
    Result<std::shared_ptr<Object>> create(const Entry& entry, HeadPtr head,
                                           std::optional<std::uint64_t> length, bool pinned);
    // Blocking.
    Result<SharedFile> make_file(const Object& object);
    // One that is nowhere but in memory.
    static Result<SharedFile> memory_file();
    // Has the entry answer with it from now on.
    void keep(const EntryPtr& entry, const std::shared_ptr<Object>& object);
    // More of its body has arrived, or all: writes down what there is. False: it has grown beyond its disk.
    bool note_progress(const EntryPtr& entry, const std::shared_ptr<Object>& object);
    void freshen(const EntryPtr& entry, const std::shared_ptr<Object>& object, HeadPtr head);
    // It answers nobody any more.
    void drop(const EntryPtr& entry, const std::shared_ptr<Object>& object);

    // Takes effect before it returns. Blocking: reads the index. Returns how many responses it met.
    std::uint64_t purge(const PurgeScope& scope, bool soft, WallTime now);
    [[nodiscard]] const PurgeLog& purges() const { return purges_; }

    [[nodiscard]] CacheFacts facts() const;
    [[nodiscard]] BlockingPool& pool() { return pool_; }

  private:
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<KeyHash, EntryPtr> entries;
    };
    struct Load;

    Cache(CacheOptions options, BlockingPool& pool);
    Shard& shard_of(const KeyHash& hash) { return shards_[hash.high % shards_.size()]; }
    EntryPtr find_or_make(const KeyHash& hash, std::string key);
    std::vector<EntryPtr> entries_for(const PurgeScope& scope);
    void make_up_for_missed_purges();
    std::uint64_t purge_in_memory(const PurgeScope& scope, bool soft, WallTime now);
    std::uint64_t purge_on_disk(Disk& disk, const PurgeScope& scope, bool soft);
    void take_off(const std::shared_ptr<Object>& object);
    void reweigh(const EntryPtr& entry);
    void let_go(std::vector<std::uint64_t> serials);
    void gone(Disk& disk, std::uint64_t id, const KeyHash& key);
    void remember(const EntryPtr& entry, const std::shared_ptr<Object>& object);
    Disk* disk_for(const KeyHash& key, Bytes weight);

    CacheOptions options_;
    BlockingPool& pool_;
    std::array<Shard, 64> shards_;
    mutable std::mutex memory_mutex_;
    policy::S3Fifo memory_;  // by serial
    std::unordered_map<std::uint64_t, std::weak_ptr<Entry>> by_serial_;
    std::atomic<std::uint64_t> next_serial_{1};
    std::atomic<std::uint64_t> next_id_{1};  // of objects that are on no disk
    PurgeLog purges_;
    std::mutex purging_;  // one purge on the disks at a time
    std::uint64_t purges_seen_ = 0;
    std::vector<std::unique_ptr<Disk>> disks_;
};

}  // namespace outpost::cdn
