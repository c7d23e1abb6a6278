// Cache: what is on the disks comes back, and what is purged leaves.
#include <sys/stat.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "cdn/cache/cache.hpp"
#include "cdn/measures.hpp"

namespace outpost::cdn {

// Reads an entry's objects from the disks, in a thread that may wait.
struct Cache::Load {
    Cache* cache;
    KeyHash hash;
    const std::string* key;
    const policy::FreshnessRules* rules;
    std::vector<std::shared_ptr<Object>>* found;

    boost::system::error_code operator()() const {
        for (const auto& disk : cache->disks_) {
            if (disk->may_have(hash)) look_on(*disk);
        }
        return {};
    }

    void look_on(Disk& disk) const {
        auto records = disk.volume().index().find(hash);
        if (!records) {
            disk.volume().fail(records.error(), "looking something up");
            return;
        }
        for (ObjectRecord& record : *records) {
            if (record.key_text != *key) continue;
            const std::uint64_t id = record.id;
            if (auto object = restore(disk, std::move(record))) {
                found->push_back(std::move(object));
            } else {
                disk.remove(id);
            }
        }
    }

    // Null when its bytes are not there.
    std::shared_ptr<Object> restore(Disk& disk, ObjectRecord record) const {
        Object::Parts parts;
        parts.id = record.id;
        parts.disk = &disk;
        parts.from_disk = true;
        parts.pinned = record.pinned;
        parts.length = record.length;
        if (record.has_body) {
            auto body = disk.volume().index().body(record.id);
            if (!body) return nullptr;
            parts.body = std::make_shared<const std::string>(std::move(*body));
        } else {
            auto file = disk.volume().open_file(record.id);
            // Without its length there is no telling what is whole.
            if (!file || !record.length) return nullptr;
            without_read_ahead(*file);
            parts.file = std::make_shared<const Fd>(std::move(*file));
            parts.blocks = BlockMap::parse(record.blocks);
            parts.checksums = std::move(record.checksums);
        }
        const HeadPtr head =
            restore_head(record.status, std::move(record.fields), *rules, record.request_time,
                         record.response_time, std::move(record.vary_names), std::move(record.selecting_key));
        parts.head = head;
        if (record.soft_purged) {
            Head purged = *head;
            purged.softly_purged_at = record.response_time;
            parts.head = std::make_shared<const Head>(std::move(purged));
        }
        auto object = std::make_shared<Object>(std::move(parts));
        object->kept = true;
        if (const auto handle = disk.add(record.id, record.key, record.stored, record.pinned))
            object->disk_use = *handle;
        return object;
    }
};

Task<EntryPtr> Cache::entry(KeyHash hash, std::string key, policy::FreshnessRules rules,
                            SteadyTime deadline) {
    EntryPtr entry = find_or_make(hash, std::move(key));
    if (!entry || entry->ready()) co_return entry;
    if (!entry->begin_loading()) {
        co_await entry->wait_until_loaded(deadline);
        co_return entry;
    }
    const std::uint64_t generation = purges_.generation();
    std::vector<std::shared_ptr<Object>> found;
    const bool look =
        std::any_of(disks_.begin(), disks_.end(), [&](const auto& disk) { return disk->may_have(hash); });
    if (look) {
        const Load load{this, hash, &entry->key(), &rules, &found};
        const auto error = co_await pool_.run(load);
        if (error) log::debug("{}: not looked for on disk: {}", entry->key(), error.message());
    }
    entry->loaded(found);
    // Looked at once they can be found: a purge meets them there, or is met here.
    for (const auto& object : found) {
        if (purges_.covers(generation, entry->key(), object->head()->tags)) drop(entry, object);
    }
    reweigh(entry);
    co_return entry;
}

// ---- purging

std::vector<EntryPtr> Cache::entries_for(const PurgeScope& scope) {
    std::vector<EntryPtr> all;
    if (scope.kind == PurgeScope::Kind::key) {
        if (EntryPtr entry = find(key_hash(scope.value), scope.value)) all.push_back(std::move(entry));
        return all;
    }
    for (const Shard& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        for (const auto& [hash, entry] : shard.entries) all.push_back(entry);
    }
    return all;
}

std::uint64_t Cache::purge_in_memory(const PurgeScope& scope, bool soft, WallTime now) {
    std::uint64_t met = 0;
    for (const EntryPtr& entry : entries_for(scope)) {
        const bool by_key = scope.kind != PurgeScope::Kind::tag;
        if (by_key && !scope.covers(entry->key(), {})) continue;
        entry->outdate_flights();
        const auto matches = [&](const Object& object) {
            return scope.covers(entry->key(), object.head()->tags);
        };
        if (!soft) {
            for (const auto& object : entry->take_if(matches)) {
                ++met;
                take_off(object);
            }
            continue;
        }
        for (const auto& object : entry->objects()) {
            if (!matches(*object)) continue;
            Head head = *object->head();
            head.softly_purged_at = now;
            object->set_head(std::make_shared<const Head>(std::move(head)));
            if (!object->kept) ++met;  // the index counts the others
        }
    }
    return met;
}

std::uint64_t Cache::purge_on_disk(Disk& disk, const PurgeScope& scope, bool soft) {
    Index& index = disk.volume().index();
    Result<std::vector<Stub>> stubs = std::vector<Stub>{};
    switch (scope.kind) {
        case PurgeScope::Kind::prefix: stubs = index.remove_prefix(scope.value, soft); break;
        case PurgeScope::Kind::tag: stubs = index.remove_tag(scope.value, soft); break;
        case PurgeScope::Kind::all: stubs = index.remove_all(soft); break;
        case PurgeScope::Kind::key: stubs = index.remove_key(scope.value, soft); break;
    }
    if (!stubs) {
        disk.volume().fail(stubs.error(), "purging");
        return 0;
    }
    if (!soft) disk.removed(*stubs);
    if (const auto counted = index.set_meta("purges", std::to_string(purges_seen_)); !counted)
        disk.volume().fail(counted.error(), "purging");
    return stubs->size();
}

// What a disk that was out of service has missed it can't be told later: nothing is found on it until it has
// been emptied. Every disk counts the purges that it has seen, so that a start notices too.
std::uint64_t Cache::purge(const PurgeScope& scope, bool soft, WallTime now) {
    purges_.add(scope);  // first: what arrives from now on is measured by it
    std::uint64_t met = purge_in_memory(scope, soft, now);
    const std::lock_guard lock{purging_};
    ++purges_seen_;
    for (const auto& disk : disks_) {
        if (!disk->volume().usable()) {
            disk->miss_purge();
        } else if (disk->has_missed_purges()) {
            met += purge_on_disk(*disk, {PurgeScope::Kind::all, {}}, false);
            disk->forgive_missed_purges();
        } else {
            met += purge_on_disk(*disk, scope, soft);
        }
    }
    measures::purged.add(met);
    return met;
}

void Cache::make_up_for_missed_purges() {
    constexpr std::string_view counted = "purges";
    std::vector<std::uint64_t> seen;
    for (const auto& disk : disks_) {
        const auto text = disk->volume().index().meta(counted);
        seen.push_back(text && *text ? parse_unsigned(**text).value_or(0) : 0);
        purges_seen_ = std::max(purges_seen_, seen.back());
    }
    for (std::size_t i = 0; i < disks_.size(); ++i) {
        Disk& disk = *disks_[i];
        if (seen[i] == purges_seen_) continue;
        if (const std::uint64_t gone = purge_on_disk(disk, {PurgeScope::Kind::all, {}}, false); gone > 0) {
            log::warning("{}: was away during purges; its {} objects are gone",
                         disk.volume().options().directory.string(), gone);
        }
    }
}

}  // namespace outpost::cdn
