// From 64-bit keys to the slots of a slab: open addressing over 32-bit slots alone, 5 to 11 bytes an entry.
// The keys are not kept here: `key_of(slot)` reads them from the slab.
// Contract: a key is in the table at most once; keys look random or are counted up (they are mixed here). All
// operations O(1) on average; add() is amortised, as it doubles the table when three quarters are taken.
// Thread rule: the owner's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace outpost::cdn::policy {

class SlotTable {
  public:
    static constexpr std::uint32_t none = UINT32_MAX;

    template <class KeyOf>
    [[nodiscard]] std::uint32_t find(std::uint64_t key, const KeyOf& key_of) const {
        return cells_.empty() ? none : cells_[place(key, key_of)];
    }

    // The key of `slot` must not be there yet.
    template <class KeyOf>
    void add(std::uint32_t slot, const KeyOf& key_of) {
        if ((count_ + 1) * 4 > cells_.size() * 3) grow(cells_.empty() ? 16 : cells_.size() * 2, key_of);
        cells_[place(key_of(slot), key_of)] = slot;
        ++count_;
    }

    // Nothing happens when the key is not there. The slot must still hold its key.
    template <class KeyOf>
    void remove(std::uint64_t key, const KeyOf& key_of) {
        if (cells_.empty()) return;
        std::size_t hole = place(key, key_of);
        if (cells_[hole] == none) return;
        // Those that stand behind the hole move up unless that puts them before their home.
        for (std::size_t at = next(hole); cells_[at] != none; at = next(at)) {
            const std::size_t from_home = (at - home(key_of(cells_[at]))) & (cells_.size() - 1);
            if (from_home < ((at - hole) & (cells_.size() - 1))) continue;
            cells_[hole] = cells_[at];
            hole = at;
        }
        cells_[hole] = none;
        --count_;
    }

    template <class KeyOf>
    void reserve(std::size_t count, const KeyOf& key_of) {
        std::size_t size = 16;
        while (count * 4 > size * 3) size *= 2;
        if (size > cells_.size()) grow(size, key_of);
    }

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::size_t memory() const { return cells_.capacity() * sizeof(std::uint32_t); }

  private:
    // Upper bits of the product, folded down: counted-up keys must not stand in one run.
    [[nodiscard]] std::size_t home(std::uint64_t key) const {
        key ^= key >> 32;
        key *= 0x9e3779b97f4a7c15ULL;
        return (key ^ (key >> 32)) & (cells_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (cells_.size() - 1); }

    // Where the key is, or the empty cell where it would go. A quarter of the cells are empty, so it ends.
    template <class KeyOf>
    [[nodiscard]] std::size_t place(std::uint64_t key, const KeyOf& key_of) const {
        std::size_t at = home(key);
        while (cells_[at] != none && key_of(cells_[at]) != key) at = next(at);
        return at;
    }

    template <class KeyOf>
    void grow(std::size_t size, const KeyOf& key_of) {
        std::vector<std::uint32_t> old(size, none);
        old.swap(cells_);
        for (const std::uint32_t slot : old) {
            if (slot != none) cells_[place(key_of(slot), key_of)] = slot;
        }
    }

    std::vector<std::uint32_t> cells_;  // a power of two, or none at all
    std::size_t count_ = 0;
};

}  // namespace outpost::cdn::policy
