// Blocks: the unit in which bodies arrive, are checked and are remembered. And the map of which are there.
// Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"

namespace outpost::cdn {

inline constexpr Bytes block_size = 256_KiB;
// Bodies up to this are kept whole in memory and in the index; larger ones are a sparse file.
inline constexpr Bytes small_limit = 64_KiB;
// A body of more blocks (4 TiB) is not stored.
inline constexpr std::size_t most_blocks = std::size_t{1} << 24;

// The block that the byte at `offset` is in.
constexpr std::size_t block_of(std::uint64_t offset) {
    return static_cast<std::size_t>(offset / block_size.count());
}
// Blocks of a body of that length, the last of which may be short.
constexpr std::size_t blocks_in(std::uint64_t length) {
    return static_cast<std::size_t>(length / block_size.count() + (length % block_size.count() != 0));
}
// Where a block's bytes are. While the length is unknown, every block is whole.
ByteRange range_of_block(std::size_t block, std::optional<std::uint64_t> length);

// Which blocks have arrived. It grows as blocks are set: a body of unknown length has no size of its own.
class BlockMap {
  public:
    BlockMap() = default;
    static BlockMap all(std::uint64_t length);
    // What serialised() wrote. Any bytes are a map (what lies past most_blocks is left out).
    static BlockMap parse(std::string_view serialised);

    [[nodiscard]] bool test(std::size_t block) const;
    // False when it was set already, or lies past most_blocks.
    bool set(std::size_t block);
    // False when it was not set.
    bool clear(std::size_t block);
    [[nodiscard]] std::size_t count() const { return count_; }

    // How many blocks from `block` on are there without a gap.
    [[nodiscard]] std::size_t present_run(std::size_t block) const;
    // How many blocks from `block` on, and before `end`, are missing without one that is there.
    [[nodiscard]] std::size_t missing_run(std::size_t block, std::size_t end) const;
    // Whether a body of that length is whole.
    [[nodiscard]] bool complete(std::uint64_t length) const;
    // Bytes that are there, the last block counted as long as it is.
    [[nodiscard]] Bytes bytes(std::optional<std::uint64_t> length) const;

    // One bit a block, the first in the lowest bit of the first byte; without zero bytes at the end.
    [[nodiscard]] std::string serialised() const;

    bool operator==(const BlockMap& other) const { return serialised() == other.serialised(); }

  private:
    std::vector<std::uint64_t> words_;
    std::size_t count_ = 0;
};

}  // namespace outpost::cdn
