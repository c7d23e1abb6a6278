#include "cdn/store/writer.hpp"

#include <iterator>

#include "base/log.hpp"
#include "cdn/store/measures.hpp"

namespace outpost::cdn {
namespace {

struct ChangeId {
    std::uint64_t operator()(const ObjectRecord& record) const { return record.id; }
    template <class Change>
    std::uint64_t operator()(const Change& change) const {
        return change.id;
    }
};

struct ChangeSize {
    std::size_t operator()(const ObjectRecord& r) const {
        return sizeof r + r.key_text.size() + r.vary_names.size() + r.selecting_key.size() +
               r.fields.footprint() + r.blocks.size() + r.checksums.size() * 8 + r.tags.size() +
               (r.body ? r.body->size() : 0);
    }
    std::size_t operator()(const BlocksChange& c) const {
        return sizeof c + c.blocks.size() + c.checksums.size() * 8;
    }
    std::size_t operator()(const HeadChange& c) const { return sizeof c + c.fields.size(); }
    std::size_t operator()(const Removal& c) const { return sizeof c; }
};

struct Apply {
    IndexTables& tables;
    Result<void> operator()(const ObjectRecord& record) const { return tables.put(record); }
    Result<void> operator()(const BlocksChange& c) const {
        return tables.set_blocks(c.id, c.blocks, c.checksums, c.stored, c.length);
    }
    Result<void> operator()(const HeadChange& c) const {
        return tables.set_head(c.id, c.fields, c.request_time, c.response_time, c.soft_purged);
    }
    Result<void> operator()(const Removal& c) const { return tables.remove(c.id); }
};

template <class Key>
void count_down(std::unordered_map<Key, std::size_t>& counts, const Key& key) {
    const auto at = counts.find(key);
    if (at != counts.end() && --at->second == 0) counts.erase(at);
}

}  // namespace

IndexWriter::IndexWriter(std::unique_ptr<IndexTables> tables, IndexOptions options, Report report)
    : options_{options}, report_{std::move(report)}, tables_{std::move(tables)} {
    thread_ = std::thread{[this] { work(); }};
}

IndexWriter::~IndexWriter() {
    {
        const std::scoped_lock held{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

bool IndexWriter::queue(IndexChange change) {
    const std::uint64_t id = std::visit(ChangeId{}, change);
    const std::size_t size = std::visit(ChangeSize{}, change);
    {
        const std::scoped_lock held{mutex_};
        if (waiting_ >= options_.most_queued || waiting_bytes_ + size > options_.most_queued_bytes.count()) {
            measures::index_changes_dropped.add();
            return false;
        }
        ++waiting_;
        waiting_bytes_ += size;
        ++waiting_ids_[id];
        if (const auto* record = std::get_if<ObjectRecord>(&change)) ++waiting_keys_[record->key];
        queue_.emplace_back(Queued{std::move(change), size});
        // The thread counts the batch's time from the first change; in between only a long queue wakes it.
        if (queue_.size() != 1 && queue_.size() != options_.most_queued / 2) return true;
    }
    wake_.notify_one();
    return true;
}

boost::system::error_code IndexWriter::run(Work work, bool durable) {
    Job job{std::move(work), durable, {}};
    auto done = job.done.get_future();
    {
        const std::scoped_lock held{mutex_};
        queue_.emplace_back(std::move(job));
        ++jobs_;
    }
    wake_.notify_one();
    return done.get();
}

std::uint64_t IndexWriter::commits() const {
    const std::scoped_lock held{mutex_};
    return commits_;
}

bool IndexWriter::settled(std::uint64_t mark, KeyHash key, const std::vector<ObjectRecord>& found) const {
    const std::scoped_lock held{mutex_};
    if (commits_ != mark || waiting_keys_.contains(key)) return false;
    for (const ObjectRecord& record : found) {
        if (waiting_ids_.contains(record.id)) return false;
    }
    return true;
}

bool IndexWriter::waits(std::uint64_t id) const {
    const std::scoped_lock held{mutex_};
    return waiting_ids_.contains(id);
}

IndexTotals IndexWriter::totals() const {
    const std::scoped_lock held{mutex_};
    return totals_;
}

std::size_t IndexWriter::queued() const {
    const std::scoped_lock held{mutex_};
    return waiting_;
}

void IndexWriter::work() {
    if (const auto counted = tables_->count(); !counted) report_(counted.error());
    std::unique_lock held{mutex_};
    totals_ = tables_->totals();
    for (;;) {
        wake_.wait(held, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        wake_.wait_for(held, options_.batch_time,
                       [&] { return stopping_ || jobs_ > 0 || queue_.size() >= options_.most_queued / 2; });
        Batch batch = std::exchange(queue_, {});
        jobs_ = 0;
        held.unlock();
        const Written written = write(batch);
        if (!written.error) {
            settle(batch, held);
            continue;
        }
        measures::index_batches_failed.add();
        report_(written.error);
        keep(batch, written, held);
        if (stopping_) {
            if (!queue_.empty()) log::warning("an index could not be written: {} changes are lost", waiting_);
            for (Entry& entry : queue_) {
                if (auto* job = std::get_if<Job>(&entry)) job->done.set_value(written.error);
            }
            return;
        }
        if (!written.culprit)
            wake_.wait_for(held, options_.retry_time, [&] { return stopping_ || jobs_ > 0; });
    }
}

IndexWriter::Written IndexWriter::write(Batch& batch) {
    Written written = write_all(batch);
    if (written.error) tables_->roll_back();
    return written;
}

IndexWriter::Written IndexWriter::write_all(Batch& batch) {
    bool durable = false;
    for (const Entry& entry : batch) {
        if (const auto* job = std::get_if<Job>(&entry)) durable = durable || job->durable;
    }
    if (const auto begun = tables_->begin(durable); !begun) return {begun.error(), {}};
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (auto* job = std::get_if<Job>(&batch[i])) {
            if (const auto done = job->work(*tables_); !done) return {done.error(), {}};
            continue;
        }
        const auto done = std::visit(Apply{*tables_}, std::get<Queued>(batch[i]).change);
        if (done) continue;
        if (done.error() == Errc::database) return {done.error(), i};  // it would be refused again
        return {done.error(), {}};
    }
    if (const auto done = tables_->commit(); !done) return {done.error(), {}};
    return {};
}

// After a commit: who waits for it is told.
void IndexWriter::settle(Batch& batch, std::unique_lock<std::mutex>& held) {
    held.lock();
    ++commits_;
    totals_ = tables_->totals();
    for (const Entry& entry : batch) {
        if (const auto* change = std::get_if<Queued>(&entry)) forget(*change);
    }
    held.unlock();
    for (Entry& entry : batch) {
        if (auto* job = std::get_if<Job>(&entry)) job->done.set_value({});
    }
    batch.clear();
    held.lock();
}

// After a failure: changes stay, before those that have come since. Jobs are told and leave, unless it was
// another's fault.
void IndexWriter::keep(Batch& batch, const Written& written, std::unique_lock<std::mutex>& held) {
    if (written.culprit) {
        log::warning("an index refused a change, which is left out: {}", written.error.message());
    }
    Batch kept;
    held.lock();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto* job = std::get_if<Job>(&batch[i]);
        if (job && written.culprit) {
            ++jobs_;
            kept.push_back(std::move(batch[i]));
        } else if (job) {
            job->done.set_value(written.error);
        } else if (i == written.culprit) {
            forget(std::get<Queued>(batch[i]));
        } else {
            kept.push_back(std::move(batch[i]));
        }
    }
    kept.insert(kept.end(), std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.end()));
    queue_ = std::move(kept);
}

void IndexWriter::forget(const Queued& entry) {
    --waiting_;
    waiting_bytes_ -= entry.size;
    count_down(waiting_ids_, std::visit(ChangeId{}, entry.change));
    if (const auto* record = std::get_if<ObjectRecord>(&entry.change)) count_down(waiting_keys_, record->key);
}

}  // namespace outpost::cdn
