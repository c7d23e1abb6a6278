// Boxes by hand, for tests.
#pragma once

#include <string>
#include <string_view>

#include "media/mp4/box.hpp"

namespace outpost::media::test {

inline std::string big_endian(std::uint64_t value, int width) {
    std::string out;
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
    return out;
}
inline std::string u32(std::uint64_t value) { return big_endian(value, 4); }
inline std::string u64(std::uint64_t value) { return big_endian(value, 8); }
inline std::string box(const std::string& type, const std::string& body) {
    return u32(body.size() + 8) + type + body;
}

// The body of a moov with one video track "avc1" of the timescale, its id 1.
inline std::string video_moov(std::uint32_t timescale) {
    const std::string avcc = box("avcC", std::string("\x01\x64\x00\x33\xff", 5));
    const std::string entry = box("avc1", std::string(8, '\0') + std::string(16, '\0') + big_endian(1920, 2) +
                                              big_endian(1080, 2) + std::string(50, '\0') + avcc);
    const std::string stbl = box("stbl", box("stsd", u32(0) + u32(1) + entry));
    const std::string mdia =
        box("mdia", box("mdhd", u32(0) + u64(0) + u32(timescale) + u64(0)) +
                        box("hdlr", u32(0) + u32(0) + "vide" + std::string(13, '\0')) + box("minf", stbl));
    const std::string trak = box(
        "trak", box("tkhd", u32(7) + u64(0) + u32(1) + std::string(68, '\0')) + box("edts", "cut") + mdia);
    const std::string trex = box("trex", u32(0) + u32(1) + u32(1) + u32(512) + u32(3) + u32(0));
    return box("mvhd", std::string(100, '\0')) + trak + box("mvex", trex);
}

}  // namespace outpost::media::test
