// Tokens that were verified, so that a signature is checked once and not for each segment. What is remembered
// is what the token says; whether that allows a request is asked each time (check()). Bounded: the token that
// was not used for longest leaves, about. Thread rule: any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/claims.hpp"

namespace outpost::auth {

// A token that was made to follow another.
struct Renewed {
    std::string token;
    WallTime made, expires;
};

struct Remembered {
    Remembered(std::string_view text, std::uint64_t text_hash, Claims what)
        : token{text}, hash{text_hash}, claims{std::move(what)} {}

    const std::string token;
    const std::uint64_t hash;  // of the token's text; other after each start
    const Claims claims;
    // What was found out since, and of which state of keys and revocations (0: nothing yet).
    mutable std::atomic<std::uint64_t> keys_version{0}, revocations_version{0};
    // What its holder was given last: one who doesn't take it up gets the same again for a while.
    mutable std::atomic<std::shared_ptr<const Renewed>> renewed;
};
using RememberedPtr = std::shared_ptr<const Remembered>;

class TokenMemory {
  public:
    explicit TokenMemory(std::size_t most);

    [[nodiscard]] std::uint64_t hash_of(Format format, std::string_view token) const;
    [[nodiscard]] RememberedPtr find(Format format, std::string_view token, std::uint64_t hash);
    // One that is there already stays.
    RememberedPtr keep(std::string_view token, std::uint64_t hash, Claims claims);
    void forget(const Remembered& token);
    [[nodiscard]] std::size_t size() const;

  private:
    static constexpr std::size_t shard_count = 16;
    struct Place {
        RememberedPtr token;
        bool used = false;  // since the hand was here last
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::uint64_t, std::size_t> by_hash;
        std::vector<Place> places;
        std::size_t hand = 0;
    };
    Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 60]; }

    const std::uint64_t seed_;
    const std::size_t most_in_shard_;
    std::array<Shard, shard_count> shards_;
};

}  // namespace outpost::auth
