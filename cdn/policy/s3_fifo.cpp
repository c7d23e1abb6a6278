#include "cdn/policy/s3_fifo.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outpost::cdn::policy {
namespace {

constexpr std::uint64_t small_divisor = 10;  // the small queue's share: a tenth
constexpr std::uint8_t hits_for_main = 1;    // the paper asks for 2; see the header

}  // namespace

S3Fifo::S3Fifo(Limits limits) : limits_{limits} {}
S3Fifo::~S3Fifo() = default;

auto S3Fifo::id_of() const {
    return [this](Slot slot) { return at(slot).id; };
}
auto S3Fifo::fingerprint_of() const {
    return [this](Slot slot) { return at(slot).fingerprint; };
}

S3Fifo::Slot S3Fifo::find(Id id) const { return by_id_.find(id, id_of()); }

S3Fifo::Slot S3Fifo::find_ghost(Fingerprint fingerprint) const {
    return ghosts_by_fingerprint_.find(fingerprint, fingerprint_of());
}

S3Fifo::Queue& S3Fifo::queue(Place place) {
    switch (place) {
        case Place::main: return main_;
        case Place::aside: return aside_;
        case Place::ghost: return ghosts_;
        default: return small_;
    }
}

// Of what is not set aside: pinned weight must starve neither queue.
std::uint64_t S3Fifo::small_share() const {
    const std::uint64_t capacity = limits_.capacity.count();
    return (capacity - std::min(capacity, aside_.bytes)) / small_divisor;
}

// ---- slots and links

S3Fifo::Slot S3Fifo::take_slot() {
    if (free_ != none) {
        const Slot slot = free_;
        free_ = at(slot).older;
        return slot;
    }
    if (used_ == chunks_.size() * chunk_size) chunks_.push_back(std::make_unique<Entry[]>(chunk_size));
    return used_++;
}

void S3Fifo::free_slot(Slot slot) {
    at(slot).older = free_;
    free_ = slot;
}

void S3Fifo::link_newest(Slot slot, Place place) {
    Entry& entry = at(slot);
    Queue& to = queue(place);
    entry.place = place;
    entry.newer = none;
    entry.older = to.newest;
    (to.newest == none ? to.oldest : at(to.newest).newer) = slot;
    to.newest = slot;
    ++to.count;
    to.bytes += entry.weight;
}

void S3Fifo::link_oldest(Slot slot, Place place) {
    Entry& entry = at(slot);
    Queue& to = queue(place);
    entry.place = place;
    entry.older = none;
    entry.newer = to.oldest;
    (to.oldest == none ? to.newest : at(to.oldest).older) = slot;
    to.oldest = slot;
    ++to.count;
    to.bytes += entry.weight;
}

void S3Fifo::unlink(Slot slot) {
    Entry& entry = at(slot);
    Queue& from = queue(entry.place);
    (entry.newer == none ? from.newest : at(entry.newer).older) = entry.older;
    (entry.older == none ? from.oldest : at(entry.older).newer) = entry.newer;
    --from.count;
    from.bytes -= entry.weight;
    entry.place = Place::nowhere;
}

// ---- entries come, change and go

std::optional<S3Fifo::Handle> S3Fifo::insert(Id id, Fingerprint fingerprint, Bytes weight) {
    if (!fits(weight)) return std::nullopt;
    if (const Slot held = find(id); held != none) {
        resize(id, weight);
        return Handle{at(held).hits};
    }
    const Slot ghost = find_ghost(fingerprint);
    if (ghost != none) {
        ghosts_by_fingerprint_.remove(fingerprint, fingerprint_of());
        unlink(ghost);
        free_slot(ghost);
    }
    return add(id, fingerprint, weight, {.main = ghost != none, .hits = 0});
}

std::optional<S3Fifo::Handle> S3Fifo::restore(Id id, Fingerprint fingerprint, Bytes weight,
                                              Standing standing) {
    if (!fits(weight)) return std::nullopt;
    erase(id);
    return add(id, fingerprint, weight, standing);
}

std::optional<S3Fifo::Handle> S3Fifo::add(Id id, Fingerprint fingerprint, Bytes weight, Standing standing) {
    const Slot slot = take_slot();
    Entry& entry = at(slot);
    entry.id = id;
    entry.fingerprint = fingerprint;
    entry.weight = weight.count();
    entry.hits.store(std::min(standing.hits, most_hits), std::memory_order_relaxed);
    entry.pinned = false;
    link_newest(slot, standing.main ? Place::main : Place::small);
    by_id_.add(slot, id_of());
    return Handle{entry.hits};
}

bool S3Fifo::resize(Id id, Bytes weight) {
    const Slot slot = find(id);
    if (slot == none || !fits(weight)) return false;
    Entry& entry = at(slot);
    Queue& in = queue(entry.place);
    in.bytes = in.bytes - entry.weight + weight.count();
    entry.weight = weight.count();
    return true;
}

void S3Fifo::touch(Id id) {
    if (const Slot slot = find(id); slot != none) Handle{at(slot).hits}.mark_hit();
}

bool S3Fifo::erase(Id id) {
    const Slot slot = find(id);
    if (slot == none) return false;
    by_id_.remove(id, id_of());
    unlink(slot);
    free_slot(slot);
    return true;
}

bool S3Fifo::pin(Id id, bool pinned) {
    const Slot slot = find(id);
    if (slot == none) return false;
    Entry& entry = at(slot);
    entry.pinned = pinned;
    if (!pinned && entry.place == Place::aside) {
        unlink(slot);
        link_oldest(slot, entry.home);
    }
    return true;
}

// ---- decisions

// Each pin pays for this once, so it counts as no step.
bool S3Fifo::set_aside_if_pinned(Slot slot) {
    Entry& entry = at(slot);
    if (!entry.pinned) return false;
    entry.home = entry.place;
    unlink(slot);
    link_newest(slot, Place::aside);
    return true;
}

// The oldest of the small queue while it is over its share, warm ones moving to main on the way. The newest
// is spared.
S3Fifo::Slot S3Fifo::pick_from_small() {
    unsigned steps = most_steps;
    while (small_.count > 1 && small_.bytes > small_share() && steps > 0) {
        const Slot slot = small_.oldest;
        if (set_aside_if_pinned(slot)) continue;
        Entry& entry = at(slot);
        if (entry.hits.load(std::memory_order_relaxed) < hits_for_main) return slot;
        entry.hits.store(0, std::memory_order_relaxed);
        unlink(slot);
        link_newest(slot, Place::main);
        --steps;
    }
    return none;
}

// The oldest of the main queue without a hit. When there is none within the steps, the first of those with
// the fewest hits.
S3Fifo::Slot S3Fifo::pick_from_main() {
    unsigned steps = most_steps;
    Slot least = none;
    std::uint8_t least_hits = most_hits + 1;
    while (main_.oldest != none && steps > 0) {
        const Slot slot = main_.oldest;
        if (set_aside_if_pinned(slot)) continue;
        Entry& entry = at(slot);
        const std::uint8_t hits = entry.hits.load(std::memory_order_relaxed);
        if (hits == 0) return slot;
        if (hits < least_hits) {
            least = slot;
            least_hits = hits;
        }
        entry.hits.store(static_cast<std::uint8_t>(hits - 1), std::memory_order_relaxed);
        unlink(slot);
        link_newest(slot, Place::main);
        --steps;
    }
    return least;
}

// When the main queue has nothing to give, the small one gives whatever it has.
S3Fifo::Slot S3Fifo::oldest_of_small() {
    while (small_.oldest != none && set_aside_if_pinned(small_.oldest)) continue;
    return small_.oldest;
}

std::optional<S3Fifo::Id> S3Fifo::evict() {
    Slot slot = pick_from_small();
    if (slot == none) slot = pick_from_main();
    if (slot == none) slot = oldest_of_small();
    if (slot == none) return std::nullopt;

    const Id id = at(slot).id;
    const bool from_small = at(slot).place == Place::small;
    by_id_.remove(id, id_of());
    unlink(slot);
    if (from_small) {
        remember(slot);
    } else {
        free_slot(slot);
    }
    forget_ghosts();
    return id;
}

void S3Fifo::remember(Slot slot) {
    const Fingerprint fingerprint = at(slot).fingerprint;
    if (const Slot older = find_ghost(fingerprint); older != none) {
        ghosts_by_fingerprint_.remove(fingerprint, fingerprint_of());
        unlink(older);
        free_slot(older);
    }
    link_newest(slot, Place::ghost);
    ghosts_by_fingerprint_.add(slot, fingerprint_of());
}

// As much as the main queue may weigh, as many as there are entries.
void S3Fifo::forget_ghosts() {
    const std::uint64_t most_bytes = limits_.capacity.count() - limits_.capacity.count() / small_divisor;
    while (ghosts_.count > count() || ghosts_.bytes > most_bytes) {
        const Slot slot = ghosts_.oldest;
        ghosts_by_fingerprint_.remove(at(slot).fingerprint, fingerprint_of());
        unlink(slot);
        free_slot(slot);
    }
}

std::vector<S3Fifo::Id> S3Fifo::shrink_to(Bytes capacity) {
    std::vector<Id> gone;
    while (weight() > capacity || count() > limits_.entries) {
        const std::optional<Id> id = evict();
        if (!id) break;
        gone.push_back(*id);
    }
    return gone;
}

void S3Fifo::reserve(std::size_t entries) {
    by_id_.reserve(entries, id_of());
    ghosts_by_fingerprint_.reserve(entries, fingerprint_of());
}

// ---- what is known

Bytes S3Fifo::weight() const { return Bytes{small_.bytes + main_.bytes + aside_.bytes}; }

std::optional<S3Fifo::Standing> S3Fifo::standing(Id id) const {
    const Slot slot = find(id);
    if (slot == none) return std::nullopt;
    const Entry& entry = at(slot);
    const Place home = entry.place == Place::aside ? entry.home : entry.place;
    return Standing{.main = home == Place::main, .hits = entry.hits.load(std::memory_order_relaxed)};
}

bool S3Fifo::remembers(Fingerprint fingerprint) const { return find_ghost(fingerprint) != none; }

std::size_t S3Fifo::memory() const {
    return chunks_.size() * chunk_size * sizeof(Entry) + chunks_.capacity() * sizeof(chunks_[0]) +
           by_id_.memory() + ghosts_by_fingerprint_.memory();
}

std::string S3Fifo::check_queue(const Queue& queue, Place place) const {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    Slot newer = none;
    for (Slot slot = queue.newest; slot != none && count <= used_; slot = at(slot).older) {
        const Entry& entry = at(slot);
        if (entry.newer != newer) return fmt::format("slot {} does not know its newer neighbour", slot);
        if (entry.place != place) return fmt::format("slot {} is in a queue that it does not know", slot);
        if (entry.hits > most_hits) return fmt::format("id {} has {} hits", entry.id, entry.hits.load());
        if (place == Place::aside && !entry.pinned)
            return fmt::format("id {} waits aside without a pin", entry.id);
        const Slot found = place == Place::ghost ? find_ghost(entry.fingerprint) : find(entry.id);
        if (found != slot) return fmt::format("slot {} is not found by its key", slot);
        newer = slot;
        bytes += entry.weight;
        ++count;
    }
    if (queue.oldest != newer) return "a queue does not end at its oldest";
    if (count != queue.count) return fmt::format("a queue of {} counts {}", count, queue.count);
    if (bytes != queue.bytes) return fmt::format("a queue of {} bytes weighs {}", bytes, queue.bytes);
    return "";
}

std::string S3Fifo::check() const {
    const std::pair<const Queue&, Place> queues[]{
        {small_, Place::small}, {main_, Place::main}, {aside_, Place::aside}, {ghosts_, Place::ghost}};
    std::size_t linked = 0;
    for (const auto& [queue, place] : queues) {
        if (std::string wrong = check_queue(queue, place); !wrong.empty()) return wrong;
        linked += queue.count;
    }
    if (small_.count + main_.count + aside_.count != by_id_.count()) return "the table of ids has strangers";
    if (ghosts_.count != ghosts_by_fingerprint_.count()) return "the table of ghosts has strangers";
    std::size_t unused = 0;
    for (Slot slot = free_; slot != none && unused <= used_; slot = at(slot).older) ++unused;
    if (linked + unused != used_)
        return fmt::format("{} slots of {} are lost", used_ - linked - unused, used_);
    return "";
}

}  // namespace outpost::cdn::policy
