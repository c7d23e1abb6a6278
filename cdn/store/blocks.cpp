#include "cdn/store/blocks.hpp"

#include <bit>

namespace outpost::cdn {
namespace {

constexpr std::size_t word_bits = 64;

}  // namespace

ByteRange range_of_block(std::size_t block, std::optional<std::uint64_t> length) {
    const std::uint64_t offset = block * block_size.count();
    if (!length) return {offset, block_size.count()};
    if (offset >= *length) return {*length, 0};
    return {offset, std::min(block_size.count(), *length - offset)};
}

BlockMap BlockMap::all(std::uint64_t length) {
    BlockMap map;
    for (std::size_t block = 0; block < blocks_in(length); ++block) map.set(block);
    return map;
}

BlockMap BlockMap::parse(std::string_view serialised) {
    BlockMap map;
    const std::string_view kept = serialised.substr(0, most_blocks / 8);
    map.words_.resize((kept.size() + 7) / 8);
    for (std::size_t i = 0; i < kept.size(); ++i) {
        const auto byte = static_cast<unsigned char>(kept[i]);
        map.words_[i / 8] |= static_cast<std::uint64_t>(byte) << (i % 8 * 8);
        map.count_ += static_cast<std::size_t>(std::popcount(byte));
    }
    return map;
}

bool BlockMap::test(std::size_t block) const {
    return block / word_bits < words_.size() && (words_[block / word_bits] >> block % word_bits & 1) != 0;
}

bool BlockMap::set(std::size_t block) {
    if (block >= most_blocks || test(block)) return false;
    if (block / word_bits >= words_.size()) words_.resize(block / word_bits + 1);
    words_[block / word_bits] |= std::uint64_t{1} << block % word_bits;
    ++count_;
    return true;
}

bool BlockMap::clear(std::size_t block) {
    if (!test(block)) return false;
    words_[block / word_bits] &= ~(std::uint64_t{1} << block % word_bits);
    --count_;
    return true;
}

std::size_t BlockMap::present_run(std::size_t block) const {
    std::size_t end = block;
    while (end / word_bits < words_.size()) {
        const std::uint64_t rest = words_[end / word_bits] >> end % word_bits;
        const auto ones = static_cast<std::size_t>(std::countr_one(rest));
        end += ones;
        if (ones == 0 || end % word_bits != 0) break;  // a gap inside the word
    }
    return end - block;
}

std::size_t BlockMap::missing_run(std::size_t block, std::size_t end) const {
    if (block >= end) return 0;
    std::size_t at = block;
    while (at < end && at / word_bits < words_.size()) {
        const std::uint64_t rest = words_[at / word_bits] >> at % word_bits;
        if (rest != 0) return std::min(at + static_cast<std::size_t>(std::countr_zero(rest)), end) - block;
        at = (at / word_bits + 1) * word_bits;
    }
    return end - block;
}

bool BlockMap::complete(std::uint64_t length) const { return present_run(0) >= blocks_in(length); }

Bytes BlockMap::bytes(std::optional<std::uint64_t> length) const {
    std::uint64_t sum = count_ * block_size.count();
    if (!length || *length == 0) return Bytes{sum};
    const std::size_t last = block_of(*length - 1);
    if (test(last)) sum -= block_size.count() - range_of_block(last, length).length;
    return Bytes{sum};
}

std::string BlockMap::serialised() const {
    std::string text;
    text.reserve(words_.size() * 8);
    for (const std::uint64_t word : words_) {
        for (std::size_t byte = 0; byte < 8; ++byte) text += static_cast<char>(word >> byte * 8 & 0xff);
    }
    text.resize(text.find_last_not_of('\0') + 1);
    return text;
}

}  // namespace outpost::cdn
