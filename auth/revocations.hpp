// What is revoked now, as the way of a request looks it up. Of two revocations of the same thing the one that
// holds longer counts, so that all edges come to the same set in whatever order they hear of them. The number
// is bounded: when it is reached, further ones are refused, and none of those in force leaves.
// Thread rule: any thread. Lookups share a lock that changes hold for a moment; while nothing of a kind is
// revoked they take none.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "auth/claims.hpp"
#include "auth/revocation.hpp"

namespace outpost::auth {

class Revocations {
  public:
    enum class Added {
        yes,    // it is in force now
        known,  // that is revoked already, until then or longer
        full,   // it is not in force: there are too many
    };
    // Equal sets have equal digests: for edges to find out whether they know the same.
    struct Digest {
        std::uint64_t count = 0, sum = 0;
        bool operator==(const Digest&) const = default;
    };

    explicit Revocations(std::size_t most = 100'000) : most_{most} {}

    // In force when it returns. That `until` is not over yet is the caller's affair.
    Added add(Revocation revocation);
    // Forgets those whose `until` has come; how many.
    std::size_t remove_expired(WallTime now);

    // One that the token falls under, whatever the time: remove_expired() is what ends them.
    [[nodiscard]] std::optional<Revocation> find(const Claims& claims) const;
    // Another number after each change. Who remembers what find() said keeps the number that was read before,
    // and asks again when it is another.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

    [[nodiscard]] bool holds(RevocationKind kind, std::string_view value, WallTime until) const;
    [[nodiscard]] std::vector<Revocation> all() const;  // in no order
    [[nodiscard]] Digest digest() const;
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t most() const noexcept { return most_; }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    struct Table {
        mutable std::shared_mutex mutex;
        std::unordered_map<std::string, Revocation, Hash, std::equal_to<>> by_value;
        std::atomic<std::size_t> size{0};
    };
    // Its place in the order of expiry.
    using Place = std::tuple<WallTime, RevocationKind, std::string>;

    [[nodiscard]] const Table& table(RevocationKind kind) const {
        return tables_[static_cast<std::size_t>(kind)];
    }
    Table& table(RevocationKind kind) { return tables_[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] std::optional<Revocation> find(RevocationKind kind, std::string_view value) const;
    void changed(std::uint64_t removed, std::uint64_t added);

    const std::size_t most_;
    std::array<Table, revocation_kind_count> tables_;
    std::atomic<std::uint64_t> version_{1};
    std::atomic<std::size_t> size_{0};

    mutable std::mutex change_mutex_;  // of those who change something; comes before a table's
    std::set<Place> by_time_;
    std::uint64_t sum_ = 0;
};

}  // namespace outpost::auth
