#include "media/mp4/write.hpp"

namespace outpost::media::mp4 {
namespace {

void put(std::string& out, std::uint64_t value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

void put_at(std::string& out, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(value >> (24 - 8 * i) & 0xff);
}

// Opens a box; its size is filled in when it goes out of scope.
class OpenBox {
  public:
    OpenBox(std::string& out, FourCc type) : out_{out}, at_{out.size()} {
        put(out_, 0, 4);
        put(out_, type, 4);
    }
    OpenBox(const OpenBox&) = delete;
    OpenBox& operator=(const OpenBox&) = delete;
    ~OpenBox() { put_at(out_, at_, static_cast<std::uint32_t>(out_.size() - at_)); }

  private:
    std::string& out_;
    std::size_t at_;
};

constexpr std::uint32_t flags_sync = 0x02000000;      // depends on no other sample
constexpr std::uint32_t flags_not_sync = 0x01010000;  // depends on others, not a sync sample

bool left_out(FourCc type) {
    return type == fourcc("edts") || type == fourcc("udta") || type == fourcc("meta");
}

// One entry that lasts as long as the media (ISO/IEC 14496-12 section 8.6.6).
void put_edit_list(std::string& out, std::int64_t media_time) {
    const OpenBox edts{out, fourcc("edts")};
    const OpenBox elst{out, fourcc("elst")};
    put(out, 0, 4);
    put(out, 1, 4);  // entries
    put(out, 0, 4);  // duration: all of it
    put(out, static_cast<std::uint64_t>(media_time), 4);
    put(out, 0x00010000, 4);  // rate 1
}

void copy_track(std::string& out, std::string_view trak_body, std::int64_t media_time) {
    const OpenBox trak{out, fourcc("trak")};
    Boxes boxes{trak_body};
    while (const auto box = boxes.next()) {
        if (!left_out(box->type)) out += box->whole;
        if (box->type == fourcc("tkhd") && media_time > 0) put_edit_list(out, media_time);
    }
}

}  // namespace

Outcome<std::string> write_init(std::string_view moov_body, std::int64_t media_time) {
    std::string out;
    {
        const OpenBox ftyp{out, fourcc("ftyp")};
        put(out, fourcc("iso6"), 4);
        put(out, 0, 4);
        for (const FourCc brand : {fourcc("iso6"), fourcc("cmfc"), fourcc("dash")}) put(out, brand, 4);
        if (media_time == 0) put(out, fourcc("cmf2"), 4);  // no edit list
    }
    Boxes boxes{moov_body};
    {
        const OpenBox moov{out, fourcc("moov")};
        while (const auto box = boxes.next()) {
            if (box->type == fourcc("trak")) {
                copy_track(out, box->body, media_time);
            } else if (!left_out(box->type)) {
                out += box->whole;
            }
        }
    }
    if (boxes.broken()) return Problem{"", "its moov box is malformed", ""};
    return out;
}

std::string write_segment_head(std::uint32_t sequence, std::uint32_t track_id, std::int64_t media_time,
                               std::span<const Sample> samples) {
    std::string out;
    std::uint64_t payload = 0;
    std::size_t data_offset_at = 0;
    {
        const OpenBox moof{out, fourcc("moof")};
        {
            const OpenBox mfhd{out, fourcc("mfhd")};
            put(out, 0, 4);
            put(out, sequence, 4);
        }
        const OpenBox traf{out, fourcc("traf")};
        {
            const OpenBox tfhd{out, fourcc("tfhd")};
            put(out, 0x020000, 4);  // default-base-is-moof
            put(out, track_id, 4);
        }
        {
            const OpenBox tfdt{out, fourcc("tfdt")};
            put(out, 1U << 24, 4);
            put(out, static_cast<std::uint64_t>(samples.empty() ? 0 : samples.front().decode_time), 8);
        }
        const OpenBox trun{out, fourcc("trun")};
        put(out, 1U << 24 | 0xf01, 4);  // signed offsets; duration, size, flags, composition offset each
        put(out, samples.size(), 4);
        data_offset_at = out.size();
        put(out, 0, 4);
        for (const Sample& sample : samples) {
            put(out, sample.duration, 4);
            put(out, sample.size, 4);
            put(out, sample.sync ? flags_sync : flags_not_sync, 4);
            put(out, static_cast<std::uint32_t>(sample.presentation_time - sample.decode_time + media_time),
                4);
            payload += sample.size;
        }
    }
    put_at(out, data_offset_at, static_cast<std::uint32_t>(out.size() + 8));
    put(out, payload + 8, 4);
    put(out, fourcc("mdat"), 4);
    return out;
}

}  // namespace outpost::media::mp4
