#include "media/mp4/fragment.hpp"

#include <fmt/format.h>

namespace outpost::media::mp4 {
namespace {

constexpr std::uint32_t not_sync = 0x10000;  // sample_is_non_sync_sample

Problem malformed(std::string_view what) { return {"", fmt::format("its {} box is malformed", what), ""}; }

std::uint32_t read_timescale(std::string_view mdhd) {
    Fields fields{mdhd};
    const auto version = take_version(fields).version;
    fields.skip(version == 1 ? 16 : 8);
    return fields.u32();
}

std::uint32_t read_track_id(std::string_view tkhd) {
    Fields fields{tkhd};
    const auto version = take_version(fields).version;
    fields.skip(version == 1 ? 16 : 8);
    return fields.u32();
}

std::string_view body_of(std::string_view parent, const char (&name)[5]) {
    const auto box = child(parent, fourcc(name));
    return box ? box->body : std::string_view{};
}

void read_defaults(std::string_view moov, TrackHeader& header) {
    Boxes boxes{body_of(moov, "mvex")};
    while (const auto box = boxes.next()) {
        if (box->type != fourcc("trex")) continue;
        Fields fields{box->body};
        fields.skip(4);
        if (fields.u32() != header.track_id) continue;
        fields.skip(4);
        header.default_duration = fields.u32();
        header.default_size = fields.u32();
        header.default_flags = fields.u32();
    }
}

// tfhd's view of the defaults (ISO/IEC 14496-12 section 8.8.7).
struct FragmentDefaults {
    std::uint32_t duration = 0, size = 0, flags = 0;
    std::int64_t media_time = 0;
};

std::optional<FragmentDefaults> read_tfhd(std::string_view tfhd, const TrackHeader& header) {
    Fields fields{tfhd};
    const auto flags = take_version(fields).flags;
    if (fields.u32() != header.track_id) return std::nullopt;
    if ((flags & 0x1) != 0) return std::nullopt;  // an absolute base offset: not CMAF
    FragmentDefaults defaults{header.default_duration, header.default_size, header.default_flags,
                              header.media_time};
    if ((flags & 0x2) != 0) fields.skip(4);
    if ((flags & 0x8) != 0) defaults.duration = fields.u32();
    if ((flags & 0x10) != 0) defaults.size = fields.u32();
    if ((flags & 0x20) != 0) defaults.flags = fields.u32();
    if (!fields.ok()) return std::nullopt;
    return defaults;
}

// The one edit that says where in the media presentation begins (section 8.6.6); other lists say nothing to
// us.
std::int64_t read_media_time(std::string_view elst) {
    Fields fields{elst};
    const auto version = take_version(fields).version;
    if (fields.u32() != 1) return 0;
    fields.skip(version == 1 ? 8 : 4);
    const std::uint64_t time = version == 1 ? fields.u64() : fields.u32();
    return fields.ok() && time < (std::uint64_t{1} << 31) ? static_cast<std::int64_t>(time) : 0;
}

std::optional<std::int64_t> read_tfdt(std::string_view tfdt) {
    Fields fields{tfdt};
    const auto version = take_version(fields).version;
    const std::uint64_t time = version == 1 ? fields.u64() : fields.u32();
    if (!fields.ok() || time > static_cast<std::uint64_t>(most_ticks)) return std::nullopt;
    return static_cast<std::int64_t>(time);
}

// One trun (section 8.8.8), appended. `time` and `offset` go on where the one before ended.
bool read_trun(std::string_view trun, const FragmentDefaults& defaults, std::int64_t& time,
               std::uint64_t& offset, std::vector<Sample>& samples) {
    Fields fields{trun};
    const auto [version, flags] = take_version(fields);
    const std::uint32_t count = fields.u32();
    if (count > most_samples - samples.size()) return false;
    if ((flags & 0x1) != 0) {
        const auto data_offset = static_cast<std::int32_t>(fields.u32());
        if (data_offset < 0) return false;
        offset = static_cast<std::uint64_t>(data_offset);
    }
    std::uint32_t first_flags = defaults.flags;
    const bool has_first = (flags & 0x4) != 0;
    if (has_first) first_flags = fields.u32();
    for (std::uint32_t i = 0; i < count; ++i) {
        Sample sample;
        sample.duration = (flags & 0x100) != 0 ? fields.u32() : defaults.duration;
        sample.size = (flags & 0x200) != 0 ? fields.u32() : defaults.size;
        std::uint32_t sample_flags = i == 0 && has_first ? first_flags : defaults.flags;
        if ((flags & 0x400) != 0) sample_flags = fields.u32();
        std::int64_t shift = 0;
        if ((flags & 0x800) != 0) {
            const std::uint32_t raw = fields.u32();
            shift = version == 0 ? std::int64_t{raw} : std::int64_t{static_cast<std::int32_t>(raw)};
        }
        if (!fields.ok() || time > most_ticks) return false;
        sample.sync = (sample_flags & not_sync) == 0;
        sample.decode_time = time;
        sample.presentation_time = time + shift - defaults.media_time;
        sample.offset = offset;
        time += sample.duration;
        offset += sample.size;
        samples.push_back(sample);
    }
    return true;
}

}  // namespace

Outcome<TrackHeader> read_header(std::string_view moov_body) {
    TrackHeader header;
    std::optional<Box> track;
    Boxes boxes{moov_body};
    while (const auto box = boxes.next()) {
        if (box->type != fourcc("trak")) continue;
        if (track) return Problem{"", "it has more than one track where one is wanted", ""};
        track = box;
    }
    if (boxes.broken() || !track) return malformed("moov");
    const std::string_view media = body_of(track->body, "mdia");
    header.track_id = read_track_id(body_of(track->body, "tkhd"));
    header.timescale = read_timescale(body_of(media, "mdhd"));
    header.media_time = read_media_time(body_of(body_of(track->body, "edts"), "elst"));
    Fields handler{body_of(media, "hdlr")};
    handler.skip(8);
    header.handler = handler.u32();
    if (header.track_id == 0 || header.timescale == 0 || !handler.ok()) return malformed("trak");
    const std::string_view table = body_of(body_of(media, "minf"), "stbl");
    Fields description{body_of(table, "stsd")};
    description.skip(8);
    const auto first = Boxes{description.rest()}.next();
    if (!first) return malformed("stsd");
    auto entry = read_sample_entry(*first);
    if (!entry) return entry.error();
    header.entry = std::move(*entry);
    read_defaults(moov_body, header);
    return header;
}

Outcome<std::vector<Sample>> read_samples(std::string_view moof, const TrackHeader& header) {
    const auto outer = Boxes{moof}.next();
    if (!outer || outer->type != fourcc("moof")) return malformed("moof");
    const auto traf = child(outer->body, fourcc("traf"));
    if (!traf) return malformed("moof");
    const auto defaults = read_tfhd(body_of(traf->body, "tfhd"), header);
    const auto start = read_tfdt(body_of(traf->body, "tfdt"));
    if (!defaults || !start) return malformed("traf");
    std::vector<Sample> samples;
    std::int64_t time = *start;
    std::uint64_t offset = moof.size() + 8;  // when no trun says otherwise: right behind, past mdat's head
    Boxes boxes{traf->body};
    while (const auto box = boxes.next()) {
        if (box->type == fourcc("trun") && !read_trun(box->body, *defaults, time, offset, samples)) {
            return malformed("trun");
        }
    }
    if (boxes.broken()) return malformed("traf");
    return samples;
}

}  // namespace outpost::media::mp4
