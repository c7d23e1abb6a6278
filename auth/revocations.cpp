#include "auth/revocations.hpp"

#include <xxhash.h>

namespace outpost::auth {
namespace {

// A revocation's part in the digest: what is revoked, and until when.
std::uint64_t part_of(RevocationKind kind, std::string_view value, WallTime until) {
    const auto seed = static_cast<std::uint64_t>(until.time_since_epoch().count()) * revocation_kind_count +
                      static_cast<std::uint64_t>(kind);
    return XXH3_64bits_withSeed(value.data(), value.size(), seed);
}

}  // namespace

void Revocations::changed(std::uint64_t removed, std::uint64_t added) {
    sum_ += added - removed;
    size_.store(by_time_.size(), std::memory_order_relaxed);
    version_.fetch_add(1, std::memory_order_release);
}

Revocations::Added Revocations::add(Revocation revocation) {
    const RevocationKind kind = revocation.kind;
    Table& table = this->table(kind);
    const std::lock_guard changing{change_mutex_};
    const auto known = find(kind, revocation.value);
    if (known && known->until >= revocation.until) return Added::known;
    if (!known && by_time_.size() >= most_) return Added::full;
    if (known) by_time_.erase({known->until, kind, known->value});
    by_time_.emplace(revocation.until, kind, revocation.value);
    const std::uint64_t removed = known ? part_of(kind, known->value, known->until) : 0;
    const std::uint64_t added = part_of(kind, revocation.value, revocation.until);
    {
        const std::lock_guard lock{table.mutex};
        std::string value = revocation.value;
        table.by_value.insert_or_assign(std::move(value), std::move(revocation));
        table.size.store(table.by_value.size(), std::memory_order_release);
    }
    changed(removed, added);
    return Added::yes;
}

std::size_t Revocations::remove_expired(WallTime now) {
    const std::lock_guard changing{change_mutex_};
    std::size_t count = 0;
    for (; !by_time_.empty() && std::get<WallTime>(*by_time_.begin()) <= now; ++count) {
        const auto place = by_time_.extract(by_time_.begin());
        const auto& [until, kind, value] = place.value();
        {
            Table& table = this->table(kind);
            const std::lock_guard lock{table.mutex};
            table.by_value.erase(value);
            table.size.store(table.by_value.size(), std::memory_order_release);
        }
        changed(part_of(kind, value, until), 0);
    }
    return count;
}

std::optional<Revocation> Revocations::find(RevocationKind kind, std::string_view value) const {
    const Table& table = this->table(kind);
    if (value.empty() || table.size.load(std::memory_order_acquire) == 0) return std::nullopt;
    const std::shared_lock lock{table.mutex};
    const auto found = table.by_value.find(value);
    if (found == table.by_value.end()) return std::nullopt;
    return found->second;
}

std::optional<Revocation> Revocations::find(const Claims& claims) const {
    if (auto found = find(RevocationKind::token, claims.id)) return found;
    if (auto found = find(RevocationKind::subject, claims.subject)) return found;
    // A token that names several devices falls with any of them.
    if (const Claim* device = claims.find("device")) {
        for (const std::string& value : device->values)
            if (auto found = find(RevocationKind::device, value)) return found;
    }
    if (const Claim* before = claims.find(renewed_from_claim)) {
        for (const std::string& key : before->values)
            if (auto found = find(RevocationKind::key, key)) return found;
    }
    return claims.key ? find(RevocationKind::key, claims.key->id()) : std::nullopt;
}

bool Revocations::holds(RevocationKind kind, std::string_view value, WallTime until) const {
    const auto found = find(kind, value);
    return found && found->until >= until;
}

std::vector<Revocation> Revocations::all() const {
    const std::lock_guard changing{change_mutex_};  // nothing moves between the tables
    std::vector<Revocation> all;
    all.reserve(by_time_.size());
    for (const Table& table : tables_)
        for (const auto& [value, revocation] : table.by_value) all.push_back(revocation);
    return all;
}

Revocations::Digest Revocations::digest() const {
    const std::lock_guard changing{change_mutex_};
    return {by_time_.size(), sum_};
}

}  // namespace outpost::auth
