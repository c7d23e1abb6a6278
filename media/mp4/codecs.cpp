#include "media/mp4/codecs.hpp"

#include <array>

#include <fmt/format.h>

namespace outpost::media::mp4 {
namespace {

using manifest::VideoRange;

Problem malformed(std::string_view what) { return {"", fmt::format("its {} box is malformed", what), ""}; }

Outcome<std::string> avc_codecs(FourCc type, std::string_view avcc) {
    if (avcc.size() < 4) return malformed("avcC");
    Fields fields{avcc};
    fields.skip(1);
    const auto profile = fields.u8(), constraints = fields.u8(), level = fields.u8();
    return fmt::format("{}.{:02x}{:02x}{:02x}", to_text(type), profile, constraints, level);
}

std::uint32_t reversed(std::uint32_t bits) {
    std::uint32_t result = 0;
    for (int i = 0; i < 32; ++i) result |= ((bits >> i) & 1U) << (31 - i);
    return result;
}

// ISO/IEC 14496-15 Annex E.3: profile space and profile, compatibility flags in reverse bit order, tier and
// level, then the six constraint bytes without trailing zeros.
Outcome<std::string> hevc_codecs(FourCc type, std::string_view hvcc) {
    if (hvcc.size() < 13) return malformed("hvcC");
    Fields fields{hvcc};
    fields.skip(1);
    const std::uint8_t profile = fields.u8();
    const std::uint32_t compatibility = fields.u32();
    const std::string_view constraints = fields.take(6);
    const std::uint8_t level = fields.u8();
    static constexpr std::array<std::string_view, 4> spaces{"", "A", "B", "C"};
    std::string text = fmt::format("{}.{}{}.{:X}.{}{}", to_text(type), spaces[profile >> 6], profile & 0x1f,
                                   reversed(compatibility), (profile & 0x20) != 0 ? 'H' : 'L', level);
    std::size_t used = constraints.size();
    while (used > 0 && constraints[used - 1] == '\0') --used;
    for (const char c : constraints.substr(0, used)) {
        text += fmt::format(".{:X}", static_cast<unsigned char>(c));
    }
    return text;
}

// AV1 codec configuration: "av01.0.08M.10", the short form.
Outcome<std::string> av1_codecs(std::string_view av1c) {
    if (av1c.size() < 4) return malformed("av1C");
    Fields fields{av1c};
    fields.skip(1);
    const auto profile_level = fields.u8(), bits = fields.u8();
    const int depth = (bits & 0x40) == 0 ? 8 : (bits & 0x20) != 0 ? 12 : 10;
    return fmt::format("av01.{}.{:02}{}.{:02}", profile_level >> 5, profile_level & 0x1f,
                       (bits & 0x80) != 0 ? 'H' : 'M', depth);
}

// A descriptor of MPEG-4 systems: its tag, and its body of at most the bytes that are left.
struct Descriptor {
    std::uint8_t tag = 0;
    std::string_view body;
};

std::optional<Descriptor> take_descriptor(Fields& fields) {
    Descriptor descriptor;
    descriptor.tag = fields.u8();
    std::size_t length = 0;
    for (int i = 0; i < 4; ++i) {
        const std::uint8_t byte = fields.u8();
        length = length << 7 | (byte & 0x7f);
        if ((byte & 0x80) == 0) break;
    }
    descriptor.body = fields.take(length);
    if (!fields.ok()) return std::nullopt;
    return descriptor;
}

// esds (ISO/IEC 14496-1 section 7.2.6): ES descriptor > decoder configuration > audio object type.
Outcome<std::string> mp4a_codecs(std::string_view esds) {
    Fields fields{esds};
    fields.skip(4);
    const auto es = take_descriptor(fields);
    if (!es || es->tag != 3) return malformed("esds");
    Fields inner{es->body};
    inner.skip(2);
    const std::uint8_t flags = inner.u8();
    if ((flags & 0x80) != 0) inner.skip(2);
    if ((flags & 0x40) != 0) inner.skip(inner.u8());
    if ((flags & 0x20) != 0) inner.skip(2);
    const auto config = take_descriptor(inner);
    if (!config || config->tag != 4) return malformed("esds");
    Fields decoder{config->body};
    const std::uint8_t object_type = decoder.u8();
    if (object_type != 0x40) {
        return Problem{
            "",
            fmt::format("its sound is MPEG-4 object type 0x{:02x}, which CMAF does not carry", object_type),
            "import it without --copy"};
    }
    decoder.skip(12);
    const auto specific = take_descriptor(decoder);
    if (!specific || specific->tag != 5 || specific->body.size() < 2) return malformed("esds");
    Fields bits{specific->body};
    const std::uint16_t first = bits.u16();
    unsigned audio_object = first >> 11;
    if (audio_object == 31) audio_object = 32 + ((first >> 5) & 0x3f);
    return fmt::format("mp4a.40.{}", audio_object);
}

std::optional<VideoRange> range_of(std::string_view colr) {
    Fields fields{colr};
    const FourCc kind = fields.u32();
    fields.skip(2);
    const std::uint16_t transfer = fields.u16();
    if (!fields.ok() || (kind != fourcc("nclx") && kind != fourcc("nclc"))) return std::nullopt;
    if (transfer == 16) return VideoRange::pq;
    if (transfer == 18) return VideoRange::hlg;
    return VideoRange::sdr;
}

Outcome<std::string> video_codecs(FourCc type, std::string_view children) {
    const auto config = [&](const char(&name)[5]) {
        const auto box = child(children, fourcc(name));
        return box ? box->body : std::string_view{};
    };
    switch (type) {
        case fourcc("avc1"):
        case fourcc("avc3"): return avc_codecs(type, config("avcC"));
        case fourcc("hvc1"):
        case fourcc("hev1"): return hevc_codecs(type, config("hvcC"));
        case fourcc("av01"): return av1_codecs(config("av1C"));
        default: break;
    }
    return Problem{"", fmt::format("its picture is \"{}\", which can't be taken as it is", to_text(type)),
                   "import it without --copy"};
}

Outcome<std::string> audio_codecs(FourCc type, std::string_view children) {
    switch (type) {
        case fourcc("mp4a"): {
            const auto esds = child(children, fourcc("esds"));
            return mp4a_codecs(esds ? esds->body : std::string_view{});
        }
        case fourcc("ac-3"):
        case fourcc("ec-3"):
        case fourcc("Opus"):
        case fourcc("fLaC"): return to_text(type);
        default: break;
    }
    return Problem{"", fmt::format("its sound is \"{}\", which can't be taken as it is", to_text(type)),
                   "import it without --copy"};
}

bool is_audio(FourCc type) {
    for (const FourCc audio :
         {fourcc("mp4a"), fourcc("ac-3"), fourcc("ec-3"), fourcc("Opus"), fourcc("fLaC"), fourcc("alac"),
          fourcc(".mp3"), fourcc("twos"), fourcc("sowt"), fourcc("ipcm"), fourcc("fpcm"), fourcc("dtsc")}) {
        if (type == audio) return true;
    }
    return false;
}

}  // namespace

Outcome<SampleEntry> read_sample_entry(const Box& entry) {
    SampleEntry result;
    result.type = entry.type;
    Fields fields{entry.body};
    fields.skip(8);  // reserved, data reference
    if (is_audio(entry.type)) {
        fields.skip(8);
        result.channels = fields.u16();
        fields.skip(6);
        result.sample_rate = fields.u32() >> 16;
    } else {
        fields.skip(16);
        result.width = fields.u16();
        result.height = fields.u16();
        fields.skip(50);
    }
    if (!fields.ok()) return malformed(to_text(entry.type));
    auto codecs = is_audio(entry.type) ? audio_codecs(entry.type, fields.rest())
                                       : video_codecs(entry.type, fields.rest());
    if (!codecs) return codecs.error();
    result.codecs = std::move(*codecs);
    if (const auto colr = child(fields.rest(), fourcc("colr"))) result.video_range = range_of(colr->body);
    return result;
}

}  // namespace outpost::media::mp4
