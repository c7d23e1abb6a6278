#include "auth/leases.hpp"

#include <algorithm>

namespace outpost::auth {
namespace {

constexpr std::size_t max_shards = 64;
constexpr std::size_t least_in_shard = 256;  // few leases are in one shard, where the oldest of all leaves
constexpr std::size_t most_known = 2 * Leases::most_streams;  // of one holder, those who have to go included

}  // namespace

Leases::Leases(std::size_t most_leases)
    : shard_count_{std::clamp<std::size_t>(most_leases / least_in_shard, 1, max_shards)},
      most_in_shard_{std::max<std::size_t>(most_leases / shard_count_, 1)},
      shards_{std::make_unique<Shard[]>(shard_count_)} {}

Leases::~Leases() = default;

bool Leases::stays_before(const Held& a, const Held& b) {
    return a.started != b.started ? a.started < b.started : a.stream < b.stream;
}

std::vector<Leases::Held>::iterator Leases::find(Holder& holder, std::uint64_t stream) {
    return std::find_if(holder.streams.begin(), holder.streams.end(),
                        [&](const Held& held) { return held.stream == stream; });
}

// By the high bits: the tables inside go by the low ones.
Leases::Shard& Leases::shard_of(std::uint64_t holder) { return shards_[(holder >> 40) % shard_count_]; }

void Leases::forget_ended(Shard& shard, Holder& holder, WallTime now) {
    shard.leases -= std::erase_if(holder.streams, [&](Held& held) {
        held.seen = std::min(held.seen, now);  // the clock was set back: nothing lasts longer for that
        return now - held.seen >= held.time;
    });
}

Leases::Holder& Leases::front(Shard& shard, std::uint64_t key) {
    if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) {
        shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
    } else {
        shard.recent.emplace_front();
        shard.recent.front().key = key;
        shard.by_key.emplace(key, shard.recent.begin());
    }
    return shard.recent.front();
}

void Leases::add(Shard& shard, Holder& holder, const Held& held) const {
    const auto place = std::lower_bound(holder.streams.begin(), holder.streams.end(), held, stays_before);
    holder.streams.insert(place, held);
    ++shard.leases;
    if (holder.streams.size() > most_known) {
        holder.streams.pop_back();
        --shard.leases;
    }
    // Leases that nobody has looked at since they ended count too.
    while (std::max(shard.leases, shard.recent.size()) > most_in_shard_ && shard.recent.size() > 1) {
        shard.leases -= shard.recent.back().streams.size();
        shard.by_key.erase(shard.recent.back().key);
        shard.recent.pop_back();
    }
}

void Leases::tell(Shard& shard, Holder& holder, Held& held, WallTime now) const {
    if (held.was_told && now - held.told < held.time / 3 && now >= held.told) return;
    if (shard.untold.size() >= most_in_shard_) return;  // nobody asks for changes, or too rarely
    held.was_told = true;
    held.told = now;
    shard.untold.push_back({holder.key, held.stream, held.started, held.seen, held.time});
}

bool Leases::hold(std::uint64_t holder, std::uint64_t stream, std::uint32_t most, Milliseconds time,
                  WallTime now) {
    most = std::min(most, most_streams);
    if (most == 0) return false;
    Shard& shard = shard_of(holder);
    const std::lock_guard lock{shard.mutex};
    Holder& here = front(shard, holder);
    forget_ended(shard, here, now);
    auto held = find(here, stream);
    if (held == here.streams.end()) {
        if (here.streams.size() >= most) return false;
        add(shard, here, {stream, now, now, {}, time});
        held = find(here, stream);  // not the last to stay, so it is there
    } else if (static_cast<std::size_t>(held - here.streams.begin()) >= most) {
        return false;
    }
    held->seen = now;
    held->time = time;
    tell(shard, here, *held, now);
    return true;
}

void Leases::merge(const Lease& lease, WallTime now) {
    const WallTime seen = std::min(lease.seen, now);
    if (now - seen >= lease.time) return;
    Shard& shard = shard_of(lease.holder);
    const std::lock_guard lock{shard.mutex};
    Holder& here = front(shard, lease.holder);
    forget_ended(shard, here, now);
    Held held{lease.stream, lease.started, seen, {}, lease.time};
    const auto known = find(here, lease.stream);
    if (known != here.streams.end()) {
        held = *known;
        held.started = std::min(known->started, lease.started);
        if (seen >= known->seen) held.time = lease.time;
        held.seen = std::max(known->seen, seen);
        here.streams.erase(known);
        --shard.leases;
    }
    add(shard, here, held);
}

std::vector<Lease> Leases::changes(std::size_t most) {
    std::vector<Lease> changes;
    // Each call begins at another shard: when there is too much to tell, nobody always comes last.
    const std::size_t begin = next_shard_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < shard_count_ && changes.size() < most; ++i) {
        Shard& shard = shards_[(begin + i) % shard_count_];
        const std::lock_guard lock{shard.mutex};
        const auto count = static_cast<std::ptrdiff_t>(std::min(shard.untold.size(), most - changes.size()));
        changes.insert(changes.end(), shard.untold.begin(), shard.untold.begin() + count);
        shard.untold.erase(shard.untold.begin(), shard.untold.begin() + count);
    }
    return changes;
}

std::size_t Leases::size() const {
    std::size_t size = 0;
    for (std::size_t i = 0; i < shard_count_; ++i) {
        const std::lock_guard lock{shards_[i].mutex};
        size += shards_[i].leases;
    }
    return size;
}

}  // namespace outpost::auth
