#include "media/mp4/box.hpp"

namespace outpost::media::mp4 {

std::string to_text(FourCc code) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) {
        const auto c = static_cast<unsigned char>(code >> shift);
        text += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '?';
    }
    return text;
}

std::uint64_t Fields::unsigned_of(std::size_t width) {
    std::uint64_t value = 0;
    for (const char c : take(width)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::string_view Fields::take(std::size_t count) {
    if (count > rest_.size()) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
}

bool needs_more(std::string_view bytes) {
    if (bytes.size() < 8) return true;
    return Fields{bytes}.u32() == 1 && bytes.size() < 16;
}

std::optional<BoxHead> read_head(std::string_view bytes) {
    if (needs_more(bytes)) return std::nullopt;
    Fields fields{bytes};
    BoxHead head;
    head.size = fields.u32();
    head.type = fields.u32();
    if (head.size == 1) {
        head.size = fields.u64();
        head.head_size = 16;
        if (head.size < 16) return std::nullopt;
    } else if (head.size != 0 && head.size < 8) {
        return std::nullopt;
    }
    return head;
}

std::optional<Box> Boxes::next() {
    if (rest_.empty() || broken_) return std::nullopt;
    const auto head = read_head(rest_);
    const std::uint64_t size = !head ? 0 : head->size == 0 ? rest_.size() : head->size;
    if (!head || size > rest_.size()) {
        broken_ = true;
        return std::nullopt;
    }
    Box box{head->type, rest_.substr(head->head_size, size - head->head_size), rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return box;
}

std::optional<Box> child(std::string_view parent_body, FourCc type) {
    Boxes boxes{parent_body};
    while (auto box = boxes.next()) {
        if (box->type == type) return box;
    }
    return std::nullopt;
}

VersionFlags take_version(Fields& fields) {
    const std::uint32_t both = fields.u32();
    return {static_cast<std::uint8_t>(both >> 24), both & 0xffffff};
}

}  // namespace outpost::media::mp4
