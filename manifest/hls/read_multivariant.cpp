#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "manifest/hls/reading.hpp"
#include "manifest/hls/values.hpp"

namespace outpost::manifest::hls {
namespace {

constexpr std::array<std::pair<std::string_view, RenditionType>, 4> rendition_types{
    {{"AUDIO", RenditionType::audio},
     {"VIDEO", RenditionType::video},
     {"SUBTITLES", RenditionType::subtitles},
     {"CLOSED-CAPTIONS", RenditionType::closed_captions}}};

class MultivariantReader {
  public:
    explicit MultivariantReader(const Reading& in) : in_{in} {}

    Outcome<Multivariant> run() {
        std::optional<std::uint32_t> version;
        for (std::size_t i = 1; i < in_.document.lines.size(); ++i) {
            const Line& line = in_.document.lines[i];
            Outcome<void> taken;
            if (line.name() == "EXT-X-STREAM-INF") {
                taken = variant(i);
            } else if (line.name() == "EXT-X-I-FRAME-STREAM-INF") {
                taken = iframe_variant(i);
            } else if (line.name() == "EXT-X-MEDIA") {
                taken = rendition(i);
            } else if (line.name() == "EXT-X-INDEPENDENT-SEGMENTS") {
                out_.independent_segments = true;
            } else if (line.name() == "EXT-X-VERSION" && !take_once(version, line.value())) {
                return in_.at(i, "EXT-X-VERSION is there twice or no number");
            } else if (line.kind == LineKind::uri && i != expected_uri_) {
                return in_.at(i, "a URI without EXT-X-STREAM-INF before it");
            }
            if (!taken) return taken.error();
            if (out_.variants.size() + out_.iframe_variants.size() + out_.renditions.size() >
                in_.limits.renditions)
                return in_.at(i, fmt::format("over {} variants and renditions", in_.limits.renditions));
        }
        out_.version = version.value_or(1);
        if (Outcome<void> known = groups_exist(); !known) return known.error();
        return std::move(out_);
    }

  private:
    Outcome<void> variant(std::size_t i) {
        Outcome<Variant> read = stream(i);
        if (!read) return read.error();
        std::size_t next = i + 1;
        const auto skipped = [&] {
            const LineKind kind = in_.document.lines[next].kind;
            return kind == LineKind::blank || kind == LineKind::comment;
        };
        while (next < in_.document.lines.size() && skipped()) ++next;
        if (next >= in_.document.lines.size() || in_.document.lines[next].kind != LineKind::uri)
            return in_.at(i, "EXT-X-STREAM-INF without a URI behind it");
        expected_uri_ = next;
        read->uri = in_.document.lines[next].text;
        out_.variants.push_back(std::move(*read));
        return {};
    }

    Outcome<void> iframe_variant(std::size_t i) {
        Outcome<Variant> read = stream(i);
        if (!read) return read.error();
        if (read->uri.empty()) return in_.at(i, "EXT-X-I-FRAME-STREAM-INF without URI");
        out_.iframe_variants.push_back(std::move(*read));
        return {};
    }

    Outcome<Variant> stream(std::size_t i) const {
        const Outcome<Attributes> attributes = in_.attributes(i);
        if (!attributes) return attributes.error();
        Variant out;
        out.line = i;
        for (const Attribute& attribute : attributes->all()) {
            if (!take(out, attribute))
                return in_.at(i, fmt::format("{} has a value that can't be read", attribute.name));
        }
        if (!attributes->find("BANDWIDTH")) return in_.at(i, "BANDWIDTH is missing");
        return out;
    }

    // One attribute of a variant; false when its value is not what its name wants.
    static bool take(Variant& out, const Attribute& attribute) {
        const std::string& value = attribute.value;
        if (attribute.name == "BANDWIDTH" || attribute.name == "AVERAGE-BANDWIDTH") {
            const auto rate = parse_unsigned(value);
            if (!rate || attribute.quoted) return false;
            (attribute.name == "BANDWIDTH" ? out.bandwidth : out.average_bandwidth) = BitRate{*rate};
        } else if (attribute.name == "RESOLUTION") {
            const auto size = parse_resolution(value);
            if (!size) return false;
            out.width = size->first;
            out.height = size->second;
        } else if (attribute.name == "FRAME-RATE") {
            const auto rate = parse_decimal(value, 3);
            if (!rate || attribute.quoted) return false;
            out.frames_per_1000_seconds = static_cast<std::uint32_t>(*rate);
        } else if (attribute.name == "VIDEO-RANGE") {
            out.video_range = value;
        } else if (std::string* text = quoted_field(out, attribute.name)) {
            if (!attribute.quoted) return false;
            *text = value;
        }
        return true;
    }

    static std::string* quoted_field(Variant& out, std::string_view name) {
        if (name == "CODECS") return &out.codecs;
        if (name == "AUDIO") return &out.audio;
        if (name == "SUBTITLES") return &out.subtitles;
        if (name == "URI") return &out.uri;
        return nullptr;
    }

    Outcome<void> rendition(std::size_t i) {
        const Outcome<Attributes> attributes = in_.attributes(i);
        if (!attributes) return attributes.error();
        const auto* known =
            std::find_if(rendition_types.begin(), rendition_types.end(),
                         [&](const auto& type) { return type.first == attributes->get("TYPE"); });
        if (known == rendition_types.end()) return in_.at(i, "EXT-X-MEDIA has no TYPE that is known");
        const Attribute* group = attributes->find("GROUP-ID");
        const Attribute* name = attributes->find("NAME");
        const Attribute* uri = attributes->find("URI");
        if (!group || !group->quoted || !name || !name->quoted || (uri && !uri->quoted))
            return in_.at(i, "EXT-X-MEDIA needs GROUP-ID and NAME, in quotes as URI is");
        if (known->second == RenditionType::subtitles && !uri)
            return in_.at(i, "EXT-X-MEDIA of SUBTITLES without URI");
        if (known->second == RenditionType::closed_captions && uri)
            return in_.at(i, "EXT-X-MEDIA of CLOSED-CAPTIONS with URI");
        if (known->second == RenditionType::audio) audio_.insert(group->value);
        if (known->second == RenditionType::subtitles) subtitles_.insert(group->value);
        out_.renditions.push_back(
            {i, known->second, group->value, name->value, std::string{attributes->get("LANGUAGE")},
             uri ? uri->value : std::string{}, attributes->get("DEFAULT") == "YES",
             attributes->get("AUTOSELECT") == "YES", std::string{attributes->get("CHANNELS")}});
        return {};
    }

    Outcome<void> groups_exist() const {
        for (const Variant& variant : out_.variants) {
            if (!variant.audio.empty() && !audio_.contains(variant.audio))
                return in_.at(variant.line, "AUDIO names a group that no EXT-X-MEDIA makes");
            if (!variant.subtitles.empty() && !subtitles_.contains(variant.subtitles))
                return in_.at(variant.line, "SUBTITLES names a group that no EXT-X-MEDIA makes");
        }
        return {};
    }

    const Reading& in_;
    Multivariant out_;
    std::size_t expected_uri_ = 0;
    std::set<std::string> audio_, subtitles_;  // the groups there are
};

}  // namespace

Outcome<Multivariant> read_multivariant(const Reading& in) { return MultivariantReader{in}.run(); }

}  // namespace outpost::manifest::hls
