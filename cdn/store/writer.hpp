// The queue of changes to an index and the thread that writes them, in order, in batches.
// Thread rule: any thread; run() blocks.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "cdn/store/index.hpp"
#include "cdn/store/tables.hpp"

namespace outpost::cdn {

struct BlocksChange {
    std::uint64_t id;
    std::string blocks;
    std::vector<std::uint64_t> checksums;
    Bytes stored;
    std::optional<std::uint64_t> length;
};
struct HeadChange {
    std::uint64_t id;
    std::string fields;
    WallTime request_time, response_time;
    bool soft_purged;
};
struct Removal {
    std::uint64_t id;
};
using IndexChange = std::variant<ObjectRecord, BlocksChange, HeadChange, Removal>;

class IndexWriter {
  public:
    using Work = std::function<Result<void>(IndexTables&)>;
    using Report = std::function<void(const boost::system::error_code&)>;

    IndexWriter(std::unique_ptr<IndexTables> tables, IndexOptions options, Report report);
    // Tries once more to write what is queued.
    ~IndexWriter();
    IndexWriter(const IndexWriter&) = delete;
    IndexWriter& operator=(const IndexWriter&) = delete;

    // False: full, dropped.
    bool queue(IndexChange change);
    // Runs `work` after all that is queued, in the same batch, and waits until that is committed. A failed
    // batch is its error, and it is not tried again, except where a change of others was refused: then `work`
    // runs anew without that.
    boost::system::error_code run(Work work, bool durable);

    // Batches committed so far: a mark for settled().
    [[nodiscard]] std::uint64_t commits() const;
    // Whether nothing was committed since the mark, and no change of this object, or of one with this key,
    // waits: then what was read in between is the newest.
    [[nodiscard]] bool settled(std::uint64_t mark, KeyHash key, const std::vector<ObjectRecord>& found) const;
    [[nodiscard]] bool waits(std::uint64_t id) const;

    [[nodiscard]] IndexTotals totals() const;
    [[nodiscard]] std::size_t queued() const;

  private:
    struct Job {
        Work work;
        bool durable;
        std::promise<boost::system::error_code> done;
    };
    struct Queued {
        IndexChange change;
        std::size_t size;
    };
    using Entry = std::variant<Queued, Job>;
    using Batch = std::vector<Entry>;
    struct Written {
        boost::system::error_code error;
        std::optional<std::size_t> culprit;  // the entry that must not be tried again
    };

    void work();
    Written write(Batch& batch);
    Written write_all(Batch& batch);
    void settle(Batch& batch, std::unique_lock<std::mutex>& held);
    void keep(Batch& batch, const Written& written, std::unique_lock<std::mutex>& held);
    void forget(const Queued& entry);

    IndexOptions options_;
    Report report_;
    std::unique_ptr<IndexTables> tables_;  // the thread's
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Batch queue_;
    std::size_t waiting_ = 0;  // changes, those being written included
    std::size_t waiting_bytes_ = 0;
    std::size_t jobs_ = 0;  // in queue_
    bool stopping_ = false;
    std::uint64_t commits_ = 0;
    IndexTotals totals_;
    std::unordered_map<std::uint64_t, std::size_t> waiting_ids_;
    std::unordered_map<KeyHash, std::size_t> waiting_keys_;
    std::thread thread_;
};

}  // namespace outpost::cdn
