#include "auth/memory.hpp"

#include <algorithm>
#include <random>

#include <xxhash.h>

namespace outpost::auth {
namespace {

std::uint64_t random_seed() {
    std::random_device random;
    return static_cast<std::uint64_t>(random()) << 32 | random();
}

}  // namespace

// The seed is nobody's to know: nobody can make tokens that fall on one another.
TokenMemory::TokenMemory(std::size_t most)
    : seed_{random_seed()}, most_in_shard_{std::max<std::size_t>(most / shard_count, 1)} {}

std::uint64_t TokenMemory::hash_of(Format format, std::string_view token) const {
    return XXH3_64bits_withSeed(token.data(), token.size(), seed_ + static_cast<std::uint64_t>(format));
}

RememberedPtr TokenMemory::find(Format format, std::string_view token, std::uint64_t hash) {
    Shard& shard = shard_of(hash);
    const std::lock_guard lock{shard.mutex};
    const auto found = shard.by_hash.find(hash);
    if (found == shard.by_hash.end()) return nullptr;
    Place& place = shard.places[found->second];
    if (place.token->claims.format != format || place.token->token != token) return nullptr;
    place.used = true;
    return place.token;
}

RememberedPtr TokenMemory::keep(std::string_view token, std::uint64_t hash, Claims claims) {
    auto made = std::make_shared<const Remembered>(token, hash, std::move(claims));
    Shard& shard = shard_of(hash);
    RememberedPtr leaves;  // dies outside the lock
    const std::lock_guard lock{shard.mutex};
    if (const auto found = shard.by_hash.find(hash); found != shard.by_hash.end()) {
        Place& place = shard.places[found->second];
        if (place.token->token == token) return place.token;
        leaves = std::exchange(place.token, made);
        return made;
    }
    if (shard.places.size() < most_in_shard_) {
        shard.by_hash.emplace(hash, shard.places.size());
        shard.places.push_back({made, false});
        return made;
    }
    while (std::exchange(shard.places[shard.hand].used, false))
        shard.hand = (shard.hand + 1) % shard.places.size();
    Place& place = shard.places[shard.hand];
    shard.by_hash.erase(place.token->hash);
    shard.by_hash.emplace(hash, shard.hand);
    leaves = std::exchange(place.token, made);
    shard.hand = (shard.hand + 1) % shard.places.size();
    return made;
}

void TokenMemory::forget(const Remembered& token) {
    Shard& shard = shard_of(token.hash);
    RememberedPtr leaves;
    const std::lock_guard lock{shard.mutex};
    const auto found = shard.by_hash.find(token.hash);
    if (found == shard.by_hash.end() || shard.places[found->second].token.get() != &token) return;
    const std::size_t at = found->second;
    shard.by_hash.erase(found);
    leaves = std::move(shard.places[at].token);
    if (at + 1 != shard.places.size()) {
        shard.places[at] = std::move(shard.places.back());
        shard.by_hash[shard.places[at].token->hash] = at;
    }
    shard.places.pop_back();
    if (shard.hand >= shard.places.size()) shard.hand = 0;
}

std::size_t TokenMemory::size() const {
    std::size_t total = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock{shard.mutex};
        total += shard.places.size();
    }
    return total;
}

}  // namespace outpost::auth
