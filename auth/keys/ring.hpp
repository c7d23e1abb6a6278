// The keys that tokens are verified with: several at once, so that keys rotate without anybody noticing.
// Thread rule: immutable; swapped whole (base/snapshot.hpp).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/keys/key.hpp"
#include "auth/refusal.hpp"
#include "base/units.hpp"

namespace outpost::auth {

class KeyRing {
  public:
    KeyRing() = default;
    explicit KeyRing(std::vector<std::shared_ptr<const Key>> keys);

    // The key with this id among those of `algorithm`, or the reason why there is none: unknown_key, or
    // algorithm when a key of that id has another.
    [[nodiscard]] Verdict<std::shared_ptr<const Key>> find(std::string_view id, Algorithm algorithm) const;
    // For tokens that name no key: all of an algorithm, at most 8.
    [[nodiscard]] std::vector<std::shared_ptr<const Key>> all(Algorithm algorithm) const;
    // Whether this very key is still here.
    [[nodiscard]] bool holds(const Key& key) const;
    // Whether a key of this id is here, whatever its algorithm.
    [[nodiscard]] bool knows(std::string_view id) const { return by_id_.contains(std::string{id}); }
    // The first that can sign and is valid now; by its id when one is given.
    [[nodiscard]] std::shared_ptr<const Key> signer(std::string_view id, WallTime now) const;
    [[nodiscard]] std::size_t size() const { return keys_.size(); }
    [[nodiscard]] std::span<const std::shared_ptr<const Key>> keys() const { return keys_; }

  private:
    std::vector<std::shared_ptr<const Key>> keys_;
    std::unordered_multimap<std::string, std::shared_ptr<const Key>> by_id_;
};

// Whether a key is valid now, give or take the leeway.
std::optional<Refusal> check_time(const KeyFacts& key, WallTime now, Seconds leeway);

// Verifies `signature` over `data` with the key named, or, when `id` is empty, with any of the algorithm.
Verdict<std::shared_ptr<const Key>> verify_with(const KeyRing& ring, std::string_view id, Algorithm algorithm,
                                                std::string_view data, std::string_view signature);

}  // namespace outpost::auth
