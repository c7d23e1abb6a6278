#include "auth/keys/ring.hpp"

#include <algorithm>

namespace outpost::auth {
namespace {

// Tokens that name no key are tried with each: an attacker must not make that much work.
constexpr std::size_t most_tried = 8;

}  // namespace

KeyRing::KeyRing(std::vector<std::shared_ptr<const Key>> keys) : keys_{std::move(keys)} {
    for (const auto& key : keys_) by_id_.emplace(key->id(), key);
}

Verdict<std::shared_ptr<const Key>> KeyRing::find(std::string_view id, Algorithm algorithm) const {
    const auto [begin, end] = by_id_.equal_range(std::string{id});
    if (begin == end) return Refusal{Reason::unknown_key};
    for (auto it = begin; it != end; ++it) {
        if (it->second->algorithm() == algorithm) return it->second;
    }
    return Refusal{Reason::algorithm};
}

std::vector<std::shared_ptr<const Key>> KeyRing::all(Algorithm algorithm) const {
    std::vector<std::shared_ptr<const Key>> found;
    for (const auto& key : keys_) {
        if (found.size() == most_tried) break;
        if (key->algorithm() == algorithm) found.push_back(key);
    }
    return found;
}

// A key whose times or issuer were changed is another one: what was verified with it must be verified anew.
bool KeyRing::holds(const Key& key) const {
    const auto [begin, end] = by_id_.equal_range(key.id());
    return std::any_of(begin, end, [&](const auto& each) {
        return each.second->fingerprint() == key.fingerprint() && each.second->facts() == key.facts();
    });
}

std::shared_ptr<const Key> KeyRing::signer(std::string_view id, WallTime now) const {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const auto& key) {
        return key->can_sign() && (id.empty() || key->id() == id) &&
               !check_time(key->facts(), now, Seconds{0});
    });
    return found == keys_.end() ? nullptr : *found;
}

std::optional<Refusal> check_time(const KeyFacts& key, WallTime now, Seconds leeway) {
    if (key.not_before && now + leeway < *key.not_before) return Refusal{Reason::key_time, "not yet"};
    if (key.not_after && now - leeway >= *key.not_after) return Refusal{Reason::key_time, "not any more"};
    return std::nullopt;
}

Verdict<std::shared_ptr<const Key>> verify_with(const KeyRing& ring, std::string_view id, Algorithm algorithm,
                                                std::string_view data, std::string_view signature) {
    if (!id.empty()) {
        auto key = ring.find(id, algorithm);
        if (key && !(*key)->verify(data, signature)) return Refusal{Reason::signature};
        return key;
    }
    const auto keys = ring.all(algorithm);
    if (keys.empty()) return Refusal{Reason::unknown_key};
    for (const auto& key : keys) {
        if (key->verify(data, signature)) return key;
    }
    return Refusal{Reason::signature};
}

}  // namespace outpost::auth
