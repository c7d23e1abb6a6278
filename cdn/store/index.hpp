// The index of one disk: a SQLite database (index.db, WAL) in the disk's directory. Changes are queued and
// written in order, in batches, by one thread; kill -9 loses at most the last batch and never its order.
// Errors: Errc::disk_full, disk_failed, corrupt and database, told to on_failure too, in whatever thread met
// them. A batch that could not be written stays queued and is tried again.
// Thread rule: every function from any thread; those marked as blocking never in an event loop.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cdn/store/record.hpp"

namespace outpost::cdn {

class IndexReaders;
class IndexTables;
class IndexWriter;

struct IndexOptions {
    Milliseconds batch_time{200};      // longest that a change waits for others to be written with it
    Milliseconds retry_time{1000};     // between attempts to write a batch that failed
    std::size_t most_queued = 16384;   // changes that may wait
    Bytes most_queued_bytes = 64_MiB;  // and their bodies, heads and maps
    std::size_t readers = 4;           // lookups at once; more wait
};

class Index {
  public:
    // Blocking. A database that is broken is moved aside (index.db.broken-<time>), a warning logged and an
    // empty one begun. Nothing else may have the database open.
    static Outcome<std::unique_ptr<Index>> open(const std::filesystem::path& directory, IndexOptions options,
                                                std::function<void(boost::system::error_code)> on_failure);
    // Writes what is queued, if the disk lets it.
    ~Index();
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

    // Queued; never block. False: the queue is full and the change is dropped (an object is then not
    // remembered, or remembered though its file is gone, which its first touch will show).
    bool put(ObjectRecord record);  // in place of the one with its id
    bool set_blocks(std::uint64_t id, std::string blocks, std::vector<std::uint64_t> checksums, Bytes stored,
                    std::optional<std::uint64_t> length);
    // After a validation (RFC 9111 section 4.3.4).
    bool set_head(std::uint64_t id, const http::FieldList& fields, WallTime request_time,
                  WallTime response_time, bool soft_purged);
    bool remove(std::uint64_t id);

    // Blocking. They show what was queued before the call.
    Result<std::vector<ObjectRecord>> find(KeyHash key);  // all variants, by id; empty when there is none
    Result<std::string> body(std::uint64_t id);           // Errc::not_found, Errc::corrupt (this body only)
    // Blocking; committed changes only. Up to `most` objects with a larger id, by id: for walks over all.
    Result<std::vector<ObjectRecord>> records_after(std::uint64_t id, std::size_t most);
    Result<bool> knows(std::uint64_t id);
    // By id, until `take` returns false.
    Result<void> each_stub(const std::function<bool(const Stub&)>& take);

    // Blocking. They flush first, so that what is queued is covered, and are durable at return. `soft` marks
    // instead of removing. They return those that they removed or newly marked, by id: their files are the
    // caller's to remove.
    Result<std::vector<Stub>> remove_key(std::string_view key_text, bool soft);
    Result<std::vector<Stub>> remove_prefix(std::string_view key_text_prefix, bool soft);
    Result<std::vector<Stub>> remove_tag(std::string_view tag, bool soft);
    Result<std::vector<Stub>> remove_all(bool soft);

    // Blocking: everything queued before is committed (and survives kill -9, but not yet a power cut).
    Result<void> flush();
    // Small facts that last. Blocking. set_meta() is durable at return, and so is all that was queued before.
    Result<std::optional<std::string>> meta(std::string_view name);
    Result<void> set_meta(std::string_view name, std::string_view value);

    // Never 0, never given twice by this disk: the count of starts in the upper half, a sequence in the
    // lower.
    std::uint64_t next_id() { return first_id_ + sequence_.fetch_add(1, std::memory_order_relaxed); }
    // Whether next_id() of this very run gave it.
    [[nodiscard]] bool of_this_run(std::uint64_t id) const { return (id ^ first_id_) >> 32 == 0; }

    // As of the last batch; 0 until what is there has been counted.
    [[nodiscard]] std::uint64_t objects() const;
    [[nodiscard]] Bytes stored() const;  // sum of ObjectRecord::stored
    [[nodiscard]] std::size_t queued() const;

  private:
    Index(std::filesystem::path directory, std::function<void(boost::system::error_code)> on_failure);
    void report(const boost::system::error_code& error) const;
    template <class T>
    Result<T> reported(Result<T> result) const;
    Result<std::vector<Stub>> purge(const std::function<Result<std::vector<Stub>>(IndexTables&)>& work);

    std::filesystem::path directory_;
    std::function<void(boost::system::error_code)> on_failure_;
    std::uint64_t first_id_ = 0;
    std::atomic<std::uint64_t> sequence_{1};
    std::unique_ptr<IndexWriter> writer_;
    std::unique_ptr<IndexReaders> readers_;  // gone before the writer, whose end tidies the database up
};

}  // namespace outpost::cdn
