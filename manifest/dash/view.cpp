#include "manifest/dash/view.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "manifest/carrier.hpp"
#include "manifest/dash/reader.hpp"

namespace outpost::manifest::dash {
namespace {

constexpr std::string_view trick_mode_scheme = "http://dashif.org/guidelines/trickmode";

bool is_above(const Representation& representation, const ViewOptions& options) {
    return (options.max_height != 0 && representation.height > options.max_height) ||
           (options.max_bandwidth != BitRate{} && representation.bandwidth > options.max_bandwidth);
}

bool is_video(const AdaptationSet& set) {
    if (!set.content_type.empty()) return set.content_type == "video";
    return std::any_of(set.representations.begin(), set.representations.end(), [](const Representation& r) {
        return r.height != 0 || r.mime_type.starts_with("video/");
    });
}

// Pictures for winding alone: nobody can watch them.
bool is_trick_mode(const XmlNode& set) {
    return std::any_of(set.children.begin(), set.children.end(), [](const XmlNode& child) {
        const std::string* scheme = child.attribute("schemeIdUri");
        return scheme && *scheme == trick_mode_scheme && child.local_name() == "EssentialProperty";
    });
}

// ---- the cap

// Leaves out what lies above it. The facts were read from the same document: elements and facts come in the
// same order.
class Capping {
  public:
    explicit Capping(const ViewOptions& options) : options_{options} {}

    // False when the period can't be played any more.
    bool period(XmlNode& node, PeriodFacts& facts) const {
        const Left before = left_in(node, facts);
        std::vector<XmlNode> kept;
        std::vector<AdaptationSet> kept_facts;
        std::size_t at = 0;
        for (XmlNode& child : node.children) {
            const bool set = child.local_name() == "AdaptationSet";
            AdaptationSet* known = set ? &facts.sets[at++] : nullptr;
            if (set && !adaptation_set(child, *known)) continue;
            kept.push_back(std::move(child));
            if (set) kept_facts.push_back(std::move(*known));
        }
        node.children = std::move(kept);
        facts.sets = std::move(kept_facts);
        const Left after = left_in(node, facts);
        return (after.any || !before.any) && (after.video || !before.video);
    }

  private:
    struct Left {
        bool any = false, video = false;
    };
    static Left left_in(const XmlNode& period, const PeriodFacts& facts) {
        Left out;
        std::size_t at = 0;
        for (const XmlNode& child : period.children) {
            if (child.local_name() != "AdaptationSet") continue;
            const AdaptationSet& set = facts.sets[at++];
            if (set.representations.empty()) continue;
            out.any = true;
            out.video = out.video || (is_video(set) && !is_trick_mode(child));
        }
        return out;
    }

    // False when it had representations and has none left.
    bool adaptation_set(XmlNode& node, AdaptationSet& facts) const {
        const std::size_t before = facts.representations.size();
        std::vector<XmlNode> kept;
        std::size_t at = 0;
        for (XmlNode& child : node.children) {
            const bool above =
                child.local_name() == "Representation" && is_above(facts.representations[at++], options_);
            if (!above) kept.push_back(std::move(child));
        }
        node.children = std::move(kept);
        std::erase_if(facts.representations, [&](const Representation& r) { return is_above(r, options_); });
        if (facts.representations.size() == before) return true;
        if (facts.representations.empty()) return false;
        correct_bounds(node, facts.representations);
        return true;
    }

    // What the set says of all that it holds.
    static void correct_bounds(XmlNode& set, const std::vector<Representation>& left) {
        correct(set, "Bandwidth", left,
                [](const Representation& r) { return r.bandwidth.bits_per_second(); });
        correct(set, "Width", left, [](const Representation& r) { return std::uint64_t{r.width}; });
        correct(set, "Height", left, [](const Representation& r) { return std::uint64_t{r.height}; });
        std::vector<Ratio> rates;
        for (const Representation& r : left) {
            if (r.frame_rate) rates.push_back(*r.frame_rate);
        }
        if (rates.empty()) return;
        const auto [slowest, fastest] =
            std::minmax_element(rates.begin(), rates.end(), [](const Ratio& a, const Ratio& b) {
                return std::uint64_t{a.numerator} * b.denominator <
                       std::uint64_t{b.numerator} * a.denominator;
            });
        replace(set, "minFrameRate", rate_text(*slowest));
        replace(set, "maxFrameRate", rate_text(*fastest));
    }

    template <class Value>
    static void correct(XmlNode& set, std::string_view what, const std::vector<Representation>& left,
                        Value value) {
        std::uint64_t least = 0;
        std::uint64_t most = 0;
        for (const Representation& representation : left) {
            const std::uint64_t each = value(representation);
            if (each == 0) continue;  // it does not say
            least = least == 0 ? each : std::min(least, each);
            most = std::max(most, each);
        }
        if (most == 0) return;
        replace(set, fmt::format("min{}", what), fmt::format("{}", least));
        replace(set, fmt::format("max{}", what), fmt::format("{}", most));
    }

    static void replace(XmlNode& set, std::string_view attribute, std::string_view value) {
        if (set.attribute(attribute) != nullptr) set.set(attribute, value);
    }

    static std::string rate_text(const Ratio& rate) {
        if (rate.denominator == 1) return fmt::format("{}", rate.numerator);
        return fmt::format("{}/{}", rate.numerator, rate.denominator);
    }

    const ViewOptions& options_;
};

// ---- the query parameter

// What a level hands down to the ones inside it.
struct Level {
    bool ours = true;        // where relative URLs lead
    bool based = false;      // a BaseURL was given
    bool addressed = false;  // a template or list names the media: the base URL alone is none
    std::string base_query;  // of the innermost BaseURL
};

bool holds_levels(const XmlNode& node) {
    const std::string_view name = node.local_name();
    return name == "Period" || name == "AdaptationSet" || name == "Representation";
}

class Carrying {
  public:
    explicit Carrying(Carrier& carrier) : carrier_{carrier} {}

    void run(XmlNode& mpd) { level(mpd, Level{}); }

  private:
    void level(XmlNode& node, Level at) {
        const bool outer_is_ours = at.ours;
        enter(node, at);
        const bool reaches_us = leads_to_us(node, at.ours);
        for (XmlNode& child : node.children) {
            const std::string_view name = child.local_name();
            if (name == "SegmentTemplate" || name == "SegmentList" || name == "SegmentBase") {
                addressing(child, reaches_us);
            } else if (name == "Location" || name == "PatchLocation" || name == "ContentSteering") {
                set_text(child, carrier_.carried(child.own_text()));
            } else if (holds_levels(child)) {
                level(child, at);
            }
        }
        if (node.local_name() == "Representation" && !at.addressed) leaf(node, at, outer_is_ours);
    }

    // Several BaseURLs say the same of several places: the parameter is for us if one of them is.
    void enter(const XmlNode& node, Level& at) const {
        bool any = false;
        bool any_ours = false;
        for (const XmlNode& child : node.children) {
            if (child.local_name() == "BaseURL") {
                const std::string url = child.own_text();
                any_ours = any_ours || carrier_.is_ours(url, at.ours);
                if (!any) at.base_query = query_of(url);
                any = true;
            }
            at.addressed = at.addressed || names_media(child);
        }
        if (!any) return;
        at.based = true;
        at.ours = any_ours;
    }

    static std::string query_of(std::string_view url) {
        url = url.substr(0, url.find('#'));
        const auto mark = url.find('?');
        return std::string{mark == std::string_view::npos ? "" : url.substr(mark + 1)};
    }

    static bool names_media(const XmlNode& node) {
        if (node.local_name() == "SegmentTemplate") return node.attribute("media") != nullptr;
        return node.local_name() == "SegmentList" &&
               std::any_of(node.children.begin(), node.children.end(), [](const XmlNode& child) {
                   return child.local_name() == "SegmentURL" && child.attribute("media") != nullptr;
               });
    }

    // Whether anything in there is fetched from us: what is said for all of it then carries the parameter.
    bool leads_to_us(const XmlNode& node, bool ours) const {
        bool inner = false;
        for (const XmlNode& child : node.children) {
            if (!holds_levels(child)) continue;
            inner = true;
            Level at;
            at.ours = ours;
            enter(child, at);
            if (leads_to_us(child, at.ours)) return true;
        }
        return !inner && ours;
    }

    // SegmentTemplate, SegmentList, SegmentBase and what is in them. The parameter's letters are none that a
    // template or XML reads in its own way.
    void addressing(XmlNode& node, bool ours) {
        for (const std::string_view name : {"media", "initialization", "index", "bitstreamSwitching"})
            attribute(node, name, ours);
        for (XmlNode& child : node.children) {
            const std::string_view name = child.local_name();
            if (name == "SegmentURL") {
                attribute(child, "media", ours);
                attribute(child, "index", ours);
            } else if (name == "Initialization" || name == "RepresentationIndex" ||
                       name == "BitstreamSwitching") {
                attribute(child, "sourceURL", ours);
            }
        }
    }

    void attribute(XmlNode& node, std::string_view name, bool ours) {
        const std::string* value = node.attribute(name);
        if (value == nullptr) return;
        const std::string changed = carrier_.carried(*value, ours);
        node.set(name, changed);
    }

    // A Representation whose base URL is its media. If it has none of its own, one is made that is a query
    // alone: it names the same thing with another query (RFC 3986 section 5.2.2).
    void leaf(XmlNode& node, const Level& at, bool outer_is_ours) {
        bool own = false;
        for (XmlNode& child : node.children) {
            if (child.local_name() != "BaseURL") continue;
            own = true;
            set_text(child, carrier_.carried(child.own_text(), outer_is_ours));
        }
        if (own || !at.based || !at.ours) return;
        const auto colon = node.name.find(':');
        const std::string prefix = colon == std::string::npos ? "" : node.name.substr(0, colon + 1);
        XmlNode base = XmlNode::element(prefix + "BaseURL");
        set_text(base, carrier_.carried("?" + at.base_query, at.ours));
        // The schema wants it before what says how the media is cut.
        const auto behind =
            std::find_if(node.children.begin(), node.children.end(), [](const XmlNode& child) {
                const std::string_view name = child.local_name();
                return name == "ExtendedBandwidth" || name == "SubRepresentation" ||
                       name.starts_with("Segment");
            });
        node.children.insert(behind, std::move(base));
    }

    static void set_text(XmlNode& node, std::string text) {
        if (text.empty()) return;
        std::erase_if(node.children, [](const XmlNode& child) { return child.kind == XmlKind::text; });
        node.children.push_back({XmlKind::text, {}, std::move(text), {}, {}, 0});
    }

    Carrier& carrier_;
};

XmlNode* root_of(XmlDocument& document) {
    const auto found = std::find_if(document.nodes.begin(), document.nodes.end(),
                                    [](const XmlNode& node) { return node.kind == XmlKind::element; });
    return found == document.nodes.end() ? nullptr : &*found;
}

}  // namespace

Outcome<View> view(std::string_view text, std::string_view where, const ViewOptions& options) {
    Outcome<Mpd> mpd = read(text, where);
    if (!mpd) return mpd.error();
    View out;
    XmlNode* root = root_of(mpd->document);
    if (root == nullptr) return out;  // the reader has refused it
    const Capping capping{options};
    std::size_t at = 0;
    for (XmlNode& child : root->children) {
        if (child.local_name() != "Period") continue;
        PeriodFacts& facts = mpd->periods[at++];
        if (capping.period(child, facts)) continue;
        out.nothing_left = true;
        return out;
    }
    if (options.query != ViewOptions::Query::none) {
        Carrier carrier{options, query_escaped(options.query_value)};
        Carrying{carrier}.run(*root);
        if (carrier.too_much()) return too_long_view(where);
        out.holds_value = true;
    }
    out.text = mpd->document.text();
    return out;
}

}  // namespace outpost::manifest::dash
