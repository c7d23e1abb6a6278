#include "cdn/cache/cache.hpp"

#include <algorithm>
#include <cmath>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/log.hpp"
#include "cdn/measures.hpp"

namespace outpost::cdn {
namespace {

// What an object takes of a disk beside its body: rows of the index.
constexpr std::uint64_t row_size = 1024;

Bytes weight_on_disk(const Object& object) { return Bytes{object.stored().count() + row_size}; }

}  // namespace

Cache::Cache(CacheOptions options, BlockingPool& pool)
    : options_{std::move(options)}, pool_{pool}, memory_{{options_.memory, options_.open_objects}} {}

Cache::~Cache() { disks_.clear(); }  // their threads call us

Outcome<std::unique_ptr<Cache>> Cache::open(CacheOptions options, BlockingPool& pool) {
    std::unique_ptr<Cache> cache{new Cache{std::move(options), pool}};
    for (const VolumeOptions& volume : cache->options_.disks) {
        auto disk = Disk::open(volume);
        if (!disk) return disk.error();
        cache->disks_.push_back(std::move(*disk));
    }
    cache->make_up_for_missed_purges();
    for (const auto& disk : cache->disks_) {
        disk->start(
            [self = cache.get()](Disk& where, std::uint64_t id, KeyHash key) { self->gone(where, id, key); });
    }
    return cache;
}

// ---- entries in memory

EntryPtr Cache::find(const KeyHash& hash, std::string_view key) {
    Shard& shard = shard_of(hash);
    const std::lock_guard lock{shard.mutex};
    const auto found = shard.entries.find(hash);
    if (found == shard.entries.end() || found->second->key() != key) return nullptr;
    found->second->use.mark_hit();
    return found->second;
}

EntryPtr Cache::find_or_make(const KeyHash& hash, std::string key) {
    EntryPtr entry;
    {
        Shard& shard = shard_of(hash);
        const std::lock_guard lock{shard.mutex};
        const auto found = shard.entries.find(hash);
        if (found != shard.entries.end()) return found->second->key() == key ? found->second : nullptr;
        entry = std::make_shared<Entry>(hash, std::move(key), next_serial_++);
        {
            const std::lock_guard memory_lock{memory_mutex_};
            const auto handle = memory_.insert(entry->serial(), hash.high, entry->footprint());
            if (handle) entry->use = *handle;
            if (handle) by_serial_.emplace(entry->serial(), entry);
        }
        shard.entries.emplace(hash, entry);
    }
    reweigh(entry);  // may have others leave, which takes their shards' locks
    return entry;
}

void Cache::reweigh(const EntryPtr& entry) {
    std::vector<std::uint64_t> leave;
    {
        const std::lock_guard lock{memory_mutex_};
        if (!memory_.resize(entry->serial(), entry->footprint())) memory_.erase(entry->serial());
        leave = memory_.shrink_to(options_.memory);
    }
    let_go(std::move(leave));
}

// Those that are in use come back in: what a reader or a fill holds would only be made twice.
void Cache::let_go(std::vector<std::uint64_t> serials) {
    for (const std::uint64_t serial : serials) {
        EntryPtr entry;
        {
            const std::lock_guard lock{memory_mutex_};
            const auto found = by_serial_.find(serial);
            if (found == by_serial_.end()) continue;
            entry = found->second.lock();
            if (!entry) by_serial_.erase(found);
        }
        if (!entry) continue;
        Shard& shard = shard_of(entry->hash());
        const std::lock_guard lock{shard.mutex};
        const std::lock_guard memory_lock{memory_mutex_};
        if (entry->busy() || entry.use_count() > 2) {
            if (const auto handle = memory_.insert(serial, entry->hash().high, entry->footprint())) {
                entry->use = *handle;
                continue;
            }
        }
        measures::evicted_memory.add();
        shard.entries.erase(entry->hash());
        by_serial_.erase(serial);
    }
}

// ---- objects

Disk* Cache::disk_for(const KeyHash& key, Bytes weight) {
    Disk* best = nullptr;
    double best_score = 0;
    for (std::size_t i = 0; i < disks_.size(); ++i) {
        Disk& disk = *disks_[i];
        if (!disk.volume().writable() || !disk.fits(weight)) continue;
        // Rendezvous: a disk that leaves takes only its own share with it.
        const std::uint64_t mixed = (key.low ^ (i + 1) * 0x9E3779B97F4A7C15U) * 0xBF58476D1CE4E5B9U;
        const double uniform = (static_cast<double>(mixed >> 11) + 0.5) / 9007199254740992.0;
        const double score = static_cast<double>(disk.volume().options().size.count()) / -std::log(uniform);
        if (best == nullptr || score > best_score) {
            best = &disk;
            best_score = score;
        }
    }
    return best;
}

Result<std::shared_ptr<Object>> Cache::create(const Entry& entry, HeadPtr head,
                                              std::optional<std::uint64_t> length, bool pinned) {
    if (length && blocks_in(*length) > most_blocks) return make_error_code(Errc::body_too_large);
    Object::Parts parts;
    parts.head = std::move(head);
    parts.length = length;
    parts.pinned = pinned;
    const Bytes weight{length.value_or(0)};
    parts.disk = disk_for(entry.hash(), Bytes{weight.count() + row_size});
    const bool in_file = length && *length > small_limit.count();
    if (parts.disk == nullptr && !disks_.empty() && (in_file || !length)) {
        const bool any_fits =
            std::any_of(disks_.begin(), disks_.end(), [&](const auto& disk) { return disk->fits(weight); });
        return any_fits ? make_error_code(Errc::disk_failed) : make_error_code(Errc::body_too_large);
    }
    if (parts.disk == nullptr && weight > options_.memory) return make_error_code(Errc::body_too_large);
    parts.id = parts.disk != nullptr ? parts.disk->volume().index().next_id() : next_id_++;
    auto object = std::make_shared<Object>(std::move(parts));
    if (object->disk() != nullptr) {
        const auto handle = object->disk()->add(object->id(), entry.hash(), Bytes{row_size}, pinned);
        if (!handle) return make_error_code(Errc::body_too_large);
        object->disk_use = *handle;
    }
    if (in_file) {
        auto file = make_file(*object);
        if (!file) {
            take_off(object);
            return file.error();
        }
        object->move_to(std::move(*file));
    }
    return object;
}

Result<SharedFile> Cache::memory_file() {
    Fd file{::memfd_create("outpost-object", MFD_CLOEXEC)};
    if (!file) return boost::system::error_code{errno, boost::system::system_category()};
    return std::make_shared<const Fd>(std::move(file));
}

Result<SharedFile> Cache::make_file(const Object& object) {
    if (object.disk() == nullptr && !disks_.empty()) return make_error_code(Errc::disk_failed);
    if (object.disk() == nullptr) return memory_file();
    auto file = object.disk()->volume().create(object.id());
    if (!file) return file.error();
    without_read_ahead(*file);
    return std::make_shared<const Fd>(std::move(*file));
}

void Cache::keep(const EntryPtr& entry, const std::shared_ptr<Object>& object) {
    for (const auto& left : entry->keep(object, options_.variants)) take_off(left);
    if (object->disk() != nullptr && (!object->in_memory() || object->whole())) remember(entry, object);
    if (object->pinned() && object->disk() == nullptr) {
        const std::lock_guard lock{memory_mutex_};
        memory_.pin(entry->serial(), true);
    }
    reweigh(entry);
}

void Cache::remember(const EntryPtr& entry, const std::shared_ptr<Object>& object) {
    const HeadPtr head = object->head();
    Object::Progress progress = object->progress();
    ObjectRecord record;
    record.id = object->id();
    record.key = entry->hash();
    record.key_text = entry->key();
    record.vary_names = head->vary_names;
    record.selecting_key = head->selecting_key;
    record.status = head->facts.status;
    record.fields = fields_to_keep(*head);
    record.request_time = head->facts.request_time;
    record.response_time = head->facts.response_time;
    record.length = progress.length;
    record.stored = weight_on_disk(*object);
    record.blocks = std::move(progress.blocks);
    record.checksums = std::move(progress.checksums);
    record.pinned = object->pinned();
    record.tags = fmt::format("{}", fmt::join(head->tags, "\n"));
    record.soft_purged = head->softly_purged_at.has_value();
    if (const auto body = object->small_body()) record.body = *body;
    if (object->disk()->volume().index().put(std::move(record))) object->kept = true;
}

bool Cache::note_progress(const EntryPtr& entry, const std::shared_ptr<Object>& object) {
    if (object->dropped) return true;
    if (object->disk() != nullptr) {
        if (!object->disk()->grow(object->id(), weight_on_disk(*object))) return false;
        if (object->in_memory() || !object->kept) {
            if (!object->in_memory() || object->whole()) remember(entry, object);
        } else {
            Object::Progress progress = object->progress();
            object->disk()->volume().index().set_blocks(object->id(), std::move(progress.blocks),
                                                        std::move(progress.checksums),
                                                        weight_on_disk(*object), progress.length);
        }
        if (!object->in_memory()) return true;
    } else if (object->stored() > options_.memory) {
        return false;
    }
    reweigh(entry);
    return true;
}

void Cache::freshen(const EntryPtr& entry, const std::shared_ptr<Object>& object, HeadPtr head) {
    const HeadPtr before = object->head();
    object->set_head(head);
    // Under its new key when Vary has changed; others that it now replaces leave.
    for (const auto& left : entry->keep(object, options_.variants)) take_off(left);
    const bool filed_anew = head->tags != before->tags || head->vary_names != before->vary_names ||
                            head->selecting_key != before->selecting_key;
    if (object->kept && filed_anew) {
        remember(entry, object);
    } else if (object->kept) {
        object->disk()->volume().index().set_head(object->id(), fields_to_keep(*head),
                                                  head->facts.request_time, head->facts.response_time,
                                                  head->softly_purged_at.has_value());
    }
    reweigh(entry);
}

void Cache::drop(const EntryPtr& entry, const std::shared_ptr<Object>& object) {
    entry->drop(object);
    take_off(object);
    reweigh(entry);
}

void Cache::take_off(const std::shared_ptr<Object>& object) {
    if (object->dropped.exchange(true)) return;
    if (object->disk() != nullptr) object->disk()->remove(object->id());
}

// A disk has let an object go by itself.
void Cache::gone(Disk& disk, std::uint64_t id, const KeyHash& key) {
    EntryPtr entry;
    {
        Shard& shard = shard_of(key);
        const std::lock_guard lock{shard.mutex};
        const auto found = shard.entries.find(key);
        if (found == shard.entries.end()) return;
        entry = found->second;
    }
    for (const auto& object :
         entry->take_if([&](const Object& each) { return each.id() == id && each.disk() == &disk; })) {
        object->dropped = true;
    }
}

CacheFacts Cache::facts() const {
    CacheFacts facts;
    {
        const std::lock_guard lock{memory_mutex_};
        facts.memory_used = memory_.weight();
        facts.memory_size = options_.memory;
        facts.entries = memory_.count();
    }
    for (const auto& disk : disks_) facts.disks.push_back(disk->volume().facts());
    return facts;
}

}  // namespace outpost::cdn
