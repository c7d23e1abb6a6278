#include "manifest/hls/view.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "manifest/carrier.hpp"
#include "manifest/hls/reader.hpp"

namespace outpost::manifest::hls {
namespace {

using Query = ViewOptions::Query;

constexpr std::uint64_t version_of_queryparam = 11;  // RFC 8216bis section 8
constexpr std::string_view define_tag = "EXT-X-DEFINE";
constexpr std::string_view version_tag = "EXT-X-VERSION";
// The attributes by which a variant names its groups are the TYPEs of these.
constexpr std::array<std::string_view, 4> group_types{"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"};
constexpr std::array<std::string_view, 2> uri_attributes{"URI", "SERVER-URI"};

// Type and id.
using Groups = std::set<std::pair<std::string, std::string>>;

bool is_above(const Variant& variant, const ViewOptions& options) {
    return (options.max_height != 0 && variant.height > options.max_height) ||
           (options.max_bandwidth != BitRate{} && variant.bandwidth > options.max_bandwidth);
}

Attributes attributes_of(const Line& line) {
    Outcome<Attributes> list = Attributes::parse(line.value(), Limits{}.attributes);
    return list ? std::move(*list) : Attributes{};
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

// Leaves out what lies above the cap.
class Capping {
  public:
    Capping(Document& document, const Multivariant& facts, const ViewOptions& options)
        : document_{document}, facts_{facts}, options_{options}, gone_(document.lines.size()) {}

    // False when no variant is left of those that there were. Pictures for winding count only where there is
    // nothing else.
    bool run() {
        std::size_t left = 0;
        std::size_t left_for_winding = 0;
        for (const Variant& variant : facts_.variants) left += judge(variant) ? 1 : 0;
        for (const Variant& variant : facts_.iframe_variants) left_for_winding += judge(variant) ? 1 : 0;
        if (left == 0 && !facts_.variants.empty()) return false;
        if (left + left_for_winding == 0 && !facts_.iframe_variants.empty()) return false;
        drop_renditions();
        std::size_t to = 0;
        for (std::size_t i = 0; i < gone_.size(); ++i) {
            if (gone_[i]) continue;
            if (to != i) document_.lines[to] = std::move(document_.lines[i]);
            ++to;
        }
        document_.lines.resize(to);
        return true;
    }

  private:
    // True when it stays.
    bool judge(const Variant& variant) {
        const bool stays = !is_above(variant, options_);
        note_groups(document_.lines[variant.line], stays ? kept_ : dropped_);
        if (stays) return true;
        gone_[variant.line] = true;
        if (document_.lines[variant.line].name() != "EXT-X-STREAM-INF") return false;
        std::size_t uri = variant.line;
        while (document_.lines[uri].kind != LineKind::uri) ++uri;  // the reader has seen it
        gone_[uri] = true;
        return false;
    }

    static void note_groups(const Line& line, Groups& into) {
        const Attributes list = attributes_of(line);
        for (const std::string_view type : group_types) {
            const Attribute* group = list.find(type);
            if (group && group->quoted) into.emplace(type, group->value);
        }
    }

    // A group that only variants above the cap had. One that nobody ever named is none of ours to judge.
    void drop_renditions() {
        for (const Rendition& rendition : facts_.renditions) {
            const std::pair key{std::string{group_types.at(static_cast<std::size_t>(place(rendition.type)))},
                                rendition.group};
            gone_[rendition.line] = dropped_.contains(key) && !kept_.contains(key);
        }
    }

    static int place(RenditionType type) {
        switch (type) {
            case RenditionType::audio: return 0;
            case RenditionType::video: return 1;
            case RenditionType::subtitles: return 2;
            case RenditionType::closed_captions: break;
        }
        return 3;
    }

    Document& document_;
    const Multivariant& facts_;
    const ViewOptions& options_;
    std::vector<bool> gone_;
    Groups kept_, dropped_;
};

// What the playlist's own EXT-X-DEFINEs say.
struct Definitions {
    std::map<std::string, std::string, std::less<>> values;  // NAME and VALUE
    std::set<std::string, std::less<>> from_elsewhere;       // QUERYPARAM and IMPORT
};

Definitions definitions_of(const Document& document) {
    Definitions out;
    for (const Line& line : document.lines) {
        if (line.name() != define_tag) continue;
        const Attributes list = attributes_of(line);
        if (list.find("NAME")) out.values.emplace(list.get("NAME"), list.get("VALUE"));
        if (list.find("QUERYPARAM")) out.from_elsewhere.emplace(list.get("QUERYPARAM"));
        if (list.find("IMPORT")) out.from_elsewhere.emplace(list.get("IMPORT"));
    }
    return out;
}

// Whether the URI leads to us also when its first variable is part of what names the host.
bool leads_to_us(std::string_view uri, const Definitions& definitions, const Carrier& carrier) {
    const std::size_t at = uri.starts_with('/') ? 1 : 0;
    if (!uri.substr(at).starts_with("{$")) return true;  // the carrier sees the rest
    const auto end = uri.find('}');
    if (end == std::string_view::npos) return true;
    const auto found = definitions.values.find(uri.substr(at + 2, end - at - 2));
    if (found == definitions.values.end()) return false;
    const std::string meant = fmt::format("{}{}{}", uri.substr(0, at), found->second, uri.substr(end + 1));
    const std::string_view behind = std::string_view{meant}.substr(meant.starts_with('/') ? 1 : 0);
    return !behind.starts_with("{$") && carrier.is_ours(meant);
}

void raise_version(Document& document) {
    for (Line& line : document.lines) {
        if (line.name() != version_tag) continue;
        const auto version = parse_unsigned(line.value());
        if (version && *version < version_of_queryparam)
            line.text = fmt::format("#{}:{}", version_tag, version_of_queryparam);
        return;
    }
    document.lines.insert(document.lines.begin() + 1,
                          {LineKind::tag, fmt::format("#{}:{}", version_tag, version_of_queryparam)});
}

// Before every use of it: right behind the first line, or the version that stands there.
void define(Document& document, std::string_view name) {
    const bool versioned = document.lines.size() > 1 && document.lines[1].name() == version_tag;
    document.lines.insert(document.lines.begin() + (versioned ? 2 : 1),
                          {LineKind::tag, fmt::format("#{}:QUERYPARAM=\"{}\"", define_tag, name)});
}

void carry(Document& document, const Definitions& definitions, Carrier& carrier) {
    const auto change = [&](std::string_view uri) {
        return leads_to_us(uri, definitions, carrier) ? carrier.carried(uri) : std::string{uri};
    };
    for (Line& line : document.lines) {
        if (line.kind == LineKind::uri) {
            line.text = change(line.text);
        } else if (line.kind == LineKind::tag && line.text.find("URI=\"") != std::string::npos) {
            Outcome<Attributes> list = Attributes::parse(line.value(), Limits{}.attributes);
            if (!list) continue;  // no tag with a URI that players know is like that
            for (const std::string_view name : uri_attributes) {
                const Attribute* uri = list->find(name);
                if (uri && uri->quoted) list->quote(name, change(uri->value));
            }
            line.text = fmt::format("#{}:{}", line.name(), list->text());
        }
    }
}

}  // namespace

Outcome<View> view(std::string_view text, std::string_view where, const ViewOptions& options) {
    Outcome<Playlist> playlist = read(text, where);
    if (!playlist) return playlist.error();
    Document& document = playlist->document;
    View out;
    if (const Multivariant* facts = playlist->multivariant()) {
        if (!Capping{document, *facts, options}.run()) {
            out.nothing_left = true;
            return out;
        }
    }
    if (options.query != Query::none) {
        const bool by_variable = options.query == Query::define && is_variable_name(options.query_name);
        const Definitions definitions = definitions_of(document);
        if (by_variable) {
            if (definitions.values.contains(options.query_name)) {
                return Problem{std::string{where},
                               fmt::format("it defines the variable {}, which is the token's parameter",
                                           options.query_name),
                               "give the variable another name, or have tokens appended"};
            }
            raise_version(document);
            if (!definitions.from_elsewhere.contains(options.query_name))
                define(document, options.query_name);
        }
        Carrier carrier{options, by_variable ? fmt::format("{{${}}}", options.query_name)
                                             : query_escaped(options.query_value)};
        carry(document, definitions, carrier);
        if (carrier.too_much()) return too_long_view(where);
        out.holds_value = !by_variable;
    }
    out.text = document.text();
    return out;
}

}  // namespace outpost::manifest::hls
