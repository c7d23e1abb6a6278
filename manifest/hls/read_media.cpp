#include <fmt/format.h>

#include "manifest/hls/reading.hpp"
#include "manifest/hls/values.hpp"

namespace outpost::manifest::hls {
namespace {

class MediaReader {
  public:
    explicit MediaReader(const Reading& in) : in_{in} {}

    Outcome<MediaPlaylist> run() {
        for (std::size_t i = 1; i < in_.document.lines.size(); ++i) {
            const Line& line = in_.document.lines[i];
            if (line.kind != LineKind::tag && line.kind != LineKind::uri) continue;
            Outcome<void> taken = line.kind == LineKind::uri ? segment(i) : tag(i, line.name(), line.value());
            if (!taken) return taken.error();
        }
        const std::size_t end = in_.document.lines.size() - 1;
        if (!target_) return in_.at(end, "EXT-X-TARGETDURATION is missing");
        if (has_duration_ || byte_range_) return in_.at(end, "a segment's tags without a URI behind them");
        out_.target_duration = std::chrono::seconds{*target_};
        out_.version = version_.value_or(1);
        out_.media_sequence = sequence_.value_or(0);
        out_.discontinuity_sequence = discontinuities_.value_or(0);
        return std::move(out_);
    }

  private:
    Outcome<void> tag(std::size_t i, std::string_view name, std::string_view value) {
        if (name == "EXTINF") return inf(i, value);
        if (name == "EXT-X-MAP") return map(i);
        if (name == "EXT-X-BYTERANGE") {
            byte_range_ = parse_byte_range(value);
            if (!byte_range_) return in_.bad_value(i);
        } else if (name == "EXT-X-DISCONTINUITY") {
            next_.discontinuity = true;
            any_discontinuity_ = true;
        } else if (name == "EXT-X-GAP") {
            next_.gap = true;
        } else if (name == "EXT-X-ENDLIST") {
            out_.ended = true;
        } else if (name == "EXT-X-I-FRAMES-ONLY") {
            out_.iframes_only = true;
        } else if (name == "EXT-X-INDEPENDENT-SEGMENTS") {
            out_.independent_segments = true;
        } else if (name == "EXT-X-PLAYLIST-TYPE") {
            if (value != "VOD" && value != "EVENT") return in_.bad_value(i);
            out_.type = value == "VOD" ? PlaylistType::vod : PlaylistType::event;
        } else {
            return number(i, name, value);
        }
        return {};
    }

    Outcome<void> number(std::size_t i, std::string_view name, std::string_view value) {
        bool taken = true;
        if (name == "EXT-X-VERSION") {
            taken = take_once(version_, value);
        } else if (name == "EXT-X-TARGETDURATION") {
            taken = take_once(target_, value);
        } else if (name == "EXT-X-MEDIA-SEQUENCE") {
            taken = out_.segments.empty() && take_once(sequence_, value);
        } else if (name == "EXT-X-DISCONTINUITY-SEQUENCE") {
            taken = out_.segments.empty() && !any_discontinuity_ && take_once(discontinuities_, value);
        }
        if (!taken) return in_.at(i, fmt::format("{} is no number, out of place, or there twice", name));
        return {};
    }

    Outcome<void> inf(std::size_t i, std::string_view value) {
        if (has_duration_) return in_.at(i, "EXTINF without a URI behind it");
        const auto duration = parse_decimal(value.substr(0, value.find(',')), 9);
        if (!duration) return in_.bad_value(i);
        next_.line = i;
        next_.duration = Duration{static_cast<std::int64_t>(*duration)};
        has_duration_ = true;
        return {};
    }

    Outcome<void> map(std::size_t i) {
        const Outcome<Attributes> attributes = in_.attributes(i);
        if (!attributes) return attributes.error();
        const Attribute* uri = attributes->find("URI");
        if (!uri || !uri->quoted) return in_.at(i, "EXT-X-MAP without URI");
        Map map{i, uri->value, std::nullopt};
        if (const Attribute* text = attributes->find("BYTERANGE")) {
            const auto range = parse_byte_range(text->value);
            if (!range || !range->offset || !text->quoted) return in_.bad_value(i);
            map.range = ByteRange{*range->offset, range->length};
        }
        out_.maps.push_back(std::move(map));
        return {};
    }

    Outcome<void> segment(std::size_t i) {
        if (!has_duration_) return in_.at(i, "a URI without EXTINF before it");
        if (out_.segments.size() >= in_.limits.segments)
            return in_.at(i, fmt::format("over {} segments", in_.limits.segments));
        next_.uri_line = i;
        next_.uri = in_.document.lines[i].text;
        if (byte_range_) {
            Outcome<ByteRange> range = resolved(i);
            if (!range) return range.error();
            next_.range = *range;
        }
        if (!out_.maps.empty()) next_.map = out_.maps.size() - 1;
        std::int64_t sum = 0;
        if (__builtin_add_overflow(total_, next_.duration.count(), &sum))
            return in_.at(i, "the segments last longer than can be counted");
        total_ = sum;
        out_.segments.push_back(std::exchange(next_, {}));
        has_duration_ = false;
        byte_range_.reset();
        return {};
    }

    // RFC 8216bis section 4.4.4.2: without an offset the range begins behind the one before, of the same URI.
    Outcome<ByteRange> resolved(std::size_t i) const {
        if (byte_range_->offset) return ByteRange{*byte_range_->offset, byte_range_->length};
        if (out_.segments.empty() || !out_.segments.back().range || out_.segments.back().uri != next_.uri)
            return in_.at(i, "EXT-X-BYTERANGE without offset has no range before it to go on from");
        const std::uint64_t begin = out_.segments.back().range->end();
        if (byte_range_->length > std::numeric_limits<std::uint64_t>::max() - begin)
            return in_.at(i, "EXT-X-BYTERANGE ends beyond what can be counted");
        return ByteRange{begin, byte_range_->length};
    }

    const Reading& in_;
    MediaPlaylist out_;
    MediaSegment next_;  // what the tags so far say of the next URI
    bool has_duration_ = false;
    bool any_discontinuity_ = false;
    std::optional<RangeText> byte_range_;
    std::optional<std::uint32_t> version_, target_;
    std::optional<std::uint64_t> sequence_, discontinuities_;
    std::int64_t total_ = 0;
};

}  // namespace

Duration MediaPlaylist::duration() const {
    Duration sum{0};
    for (const MediaSegment& segment : segments) sum += segment.duration;
    return sum;
}

Outcome<MediaPlaylist> read_media(const Reading& in) { return MediaReader{in}.run(); }

}  // namespace outpost::manifest::hls
