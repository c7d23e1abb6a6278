// Which objects a full cache gives up: S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need
// for cache eviction", SOSP 2023), weighted by bytes. It decides and never touches files.
//
// An object begins in the small queue, a tenth of the bytes. If it is hit before it reaches the end, it moves
// to the main queue; else it leaves, and its fingerprint is remembered as a ghost. An object that comes back
// while its ghost is remembered goes to the main queue at once. The oldest of the main queue leaves, unless
// it was hit: then it goes round again with one hit less.
//
// Where it is not the paper's, and why (tests/simulator, docs/eviction.md; points of the byte hit ratio):
// - One hit is enough to move to main, not two: a second viewer within the time that an object spends in the
//   small queue means that there will be more. 0.1 to 1.3 points better on each trace; with two, LRU was
//   ahead in bytes on one mixed trace with a quarter of the seeds. The price: the owner must mark a hit once
//   for each viewer, not for each range of one. A crawler counted twice for each object costs 2 to 3 points.
// - As many ghosts as there are entries, not only as many as are in main: 0.1 points, and a cache that has
//   just started has ghosts too. By weight, as much as main may hold.
// - The small queue may always keep its newest object, so that one larger than a tenth of the cache is not
//   thrown out by its own arrival. A scan of such objects costs main the room of one, not of all.
// - A pinned entry that reaches the end of its queue waits aside and takes no part in the shares. Unpinned,
//   it is the next to be judged.
// - A decision looks at no more than `most_steps` warm entries in each queue; then the first of the least
//   warm leaves. 128 can't be told from no limit; 16 costs up to 0.15 points.
// Tried and left: a small queue of a twentieth (0.1 to 0.4 points better, but worse in large caches when
// tastes change) or a third (1 to 3 worse, but level with LRU when tastes change within minutes); one or two
// hits remembered instead of three; ghosts of what leaves main.
//
// Thread rule: all under the owner's lock, but Handle::mark_hit(), which any thread may call at any time.
// Cost: O(1), amortised over pins and over the tables' doubling: 2 to 3 microseconds for a newcomer and its
// victim among a million entries. Memory, measured with a million: 48 bytes an entry, 93 with nine ghosts to
// ten entries.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "cdn/policy/slot_table.hpp"

namespace outpost::cdn::policy {

class S3Fifo {
  public:
    using Id = std::uint64_t;           // the owner's name of an entry, unique among those held
    using Fingerprint = std::uint64_t;  // a hash of the cache key: the same when the object comes back

    static constexpr std::uint8_t most_hits = 3;  // what an entry remembers of its hits
    static constexpr unsigned most_steps = 128;   // warm entries that one decision may pass over

    struct Limits {
        Bytes capacity;
        std::size_t entries = 4'000'000;  // however light they are
    };

    // Marks hits without the owner's lock. Valid as long as the S3Fifo lives: a mark after the entry has left
    // is lost, or counts for the entry that took its place, which does no harm.
    class Handle {
      public:
        Handle() = default;
        // Relaxed, and not even a write once the entry has its most hits. Two marks at once may count as one.
        void mark_hit() const {
            if (hits_ == nullptr) return;
            const std::uint8_t hits = hits_->load(std::memory_order_relaxed);
            if (hits < most_hits)
                hits_->store(static_cast<std::uint8_t>(hits + 1), std::memory_order_relaxed);
        }

      private:
        friend class S3Fifo;
        explicit Handle(std::atomic<std::uint8_t>& hits) : hits_{&hits} {}
        std::atomic<std::uint8_t>* hits_ = nullptr;
    };

    // What a restarted cache must know of an entry to go on.
    struct Standing {
        bool main = false;
        std::uint8_t hits = 0;
        bool operator==(const Standing&) const = default;
    };

    explicit S3Fifo(Limits limits);
    ~S3Fifo();
    S3Fifo(const S3Fifo&) = delete;
    S3Fifo& operator=(const S3Fifo&) = delete;

    // Whether an object of this weight may be held at all.
    [[nodiscard]] bool fits(Bytes weight) const { return weight <= limits_.capacity; }

    // Evicts nobody: shrink_to() follows. Nothing when the weight does not fit. An id that is held keeps its
    // place and takes the new weight.
    std::optional<Handle> insert(Id id, Fingerprint fingerprint, Bytes weight);
    // At start, oldest first. Takes no notice of ghosts.
    std::optional<Handle> restore(Id id, Fingerprint fingerprint, Bytes weight, Standing standing);
    // Objects grow while their blocks arrive. False, and nothing changed, when the entry is not held or the
    // weight does not fit: the owner must then let go of the object.
    bool resize(Id id, Bytes weight);
    void touch(Id id);  // mark_hit() for who has no handle
    // For objects that are gone (purged, expired, broken): leaves no ghost. False when not held.
    bool erase(Id id);
    // Pinned entries are never evicted. Not counted: one pin(id, false) undoes all. False when not held.
    bool pin(Id id, bool pinned);

    // Takes out the entry that is wanted least. Nothing when all are pinned.
    std::optional<Id> evict();
    // Evicts until the entries held weigh no more than `capacity` and number no more than the limit, or only
    // pinned ones are left. To make room for an object beforehand, take its weight from the capacity.
    std::vector<Id> shrink_to(Bytes capacity);
    // Takes effect with the next shrink_to().
    void set_limits(Limits limits) { limits_ = limits; }
    // Room in the tables, so that they need not double under the owner's lock.
    void reserve(std::size_t entries);

    [[nodiscard]] const Limits& limits() const { return limits_; }
    [[nodiscard]] Bytes weight() const;
    [[nodiscard]] std::size_t count() const { return by_id_.count(); }
    [[nodiscard]] bool holds(Id id) const { return find(id) != none; }
    [[nodiscard]] std::optional<Standing> standing(Id id) const;
    [[nodiscard]] bool remembers(Fingerprint fingerprint) const;  // as a ghost

    // Bytes taken from the heap.
    [[nodiscard]] std::size_t memory() const;

    // For tests: what is wrong inside, or nothing. Linear.
    [[nodiscard]] std::string check() const;

  private:
    using Slot = std::uint32_t;
    static constexpr Slot none = SlotTable::none;
    static constexpr std::size_t chunk_size = 1024;

    enum class Place : std::uint8_t { nowhere, small, main, aside, ghost };

    struct Entry {
        Id id = 0;
        Fingerprint fingerprint = 0;
        std::uint64_t weight = 0;
        Slot newer = none;
        Slot older = none;
        std::atomic<std::uint8_t> hits{0};
        Place place = Place::nowhere;
        Place home = Place::small;  // where one that waits aside belongs
        bool pinned = false;
    };
    static_assert(sizeof(Entry) == 40);

    struct Queue {
        Slot newest = none;
        Slot oldest = none;
        std::size_t count = 0;
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] Entry& at(Slot slot) const { return chunks_[slot / chunk_size][slot % chunk_size]; }
    [[nodiscard]] auto id_of() const;
    [[nodiscard]] auto fingerprint_of() const;
    [[nodiscard]] Slot find(Id id) const;
    [[nodiscard]] Slot find_ghost(Fingerprint fingerprint) const;
    [[nodiscard]] Queue& queue(Place place);
    [[nodiscard]] std::uint64_t small_share() const;

    Slot take_slot();
    void free_slot(Slot slot);
    void link_newest(Slot slot, Place place);
    void link_oldest(Slot slot, Place place);
    void unlink(Slot slot);
    std::optional<Handle> add(Id id, Fingerprint fingerprint, Bytes weight, Standing standing);

    bool set_aside_if_pinned(Slot slot);
    Slot pick_from_small();
    Slot pick_from_main();
    Slot oldest_of_small();
    void remember(Slot slot);
    void forget_ghosts();

    std::string check_queue(const Queue& queue, Place place) const;

    Limits limits_;
    std::vector<std::unique_ptr<Entry[]>> chunks_;  // never move and never shrink: handles point into them
    Slot free_ = none;                              // a chain through `older`
    Slot used_ = 0;                                 // slots that have ever been in use
    SlotTable by_id_;
    SlotTable ghosts_by_fingerprint_;
    Queue small_, main_, aside_, ghosts_;
};

}  // namespace outpost::cdn::policy
