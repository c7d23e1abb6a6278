// ISO base media boxes (ISO/IEC 14496-12 section 4.2), read from bytes that may be hostile: a box never
// reaches past the bytes it was found in, and whoever walks them stops at the first that would.
// Thread rule: values; views point into the caller's bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost::media::mp4 {

using FourCc = std::uint32_t;

constexpr FourCc fourcc(const char (&name)[5]) {
    FourCc code = 0;
    for (int i = 0; i < 4; ++i) code = code << 8 | static_cast<unsigned char>(name[i]);
    return code;
}
std::string to_text(FourCc code);  // bytes outside printable ASCII as '?'

// Big-endian fields one after the other. Past the end every read gives 0 and ok() turns false for good.
class Fields {
  public:
    explicit Fields(std::string_view bytes) : rest_{bytes} {}
    std::uint64_t unsigned_of(std::size_t width);  // 1..8 bytes
    std::uint8_t u8() { return static_cast<std::uint8_t>(unsigned_of(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_of(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_of(4)); }
    std::uint64_t u64() { return unsigned_of(8); }
    std::string_view take(std::size_t count);
    void skip(std::size_t count) { take(count); }
    [[nodiscard]] std::string_view rest() const { return rest_; }
    [[nodiscard]] bool ok() const { return ok_; }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

struct BoxHead {
    FourCc type = 0;
    std::uint64_t size = 0;       // whole box; 0 when it says "to the end of the file"
    std::uint32_t head_size = 8;  // 8 or 16
};
// The head at the front of `bytes`. Nothing when more bytes are needed or the size is less than the head's;
// needs_more() tells which.
std::optional<BoxHead> read_head(std::string_view bytes);
bool needs_more(std::string_view bytes);

struct Box {
    FourCc type = 0;
    std::string_view body;
    std::string_view whole;
};

// Walks the boxes that fill `bytes`.
class Boxes {
  public:
    explicit Boxes(std::string_view bytes) : rest_{bytes} {}
    std::optional<Box> next();  // nothing at the end, and at the first box that is malformed
    [[nodiscard]] bool broken() const { return broken_; }

  private:
    std::string_view rest_;
    bool broken_ = false;
};

// The first child of that type.
std::optional<Box> child(std::string_view parent_body, FourCc type);

// A full box's version and flags, taken from the front of its fields.
struct VersionFlags {
    std::uint8_t version = 0;
    std::uint32_t flags = 0;
};
VersionFlags take_version(Fields& fields);

}  // namespace outpost::media::mp4
