// The one file that knows pugixml. Its parser works in place and without recursion; we bound what it may
// allocate before it runs, and check afterwards what it lets pass.
#include <algorithm>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/text.hpp"
#include "manifest/dash/xml.hpp"

namespace outpost::manifest::dash {
namespace {

constexpr unsigned parse_flags = pugi::parse_full;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// Characters of XML 1.0, as far as they are not UTF-8's business.
bool is_clean(std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
           });
}

class Converter {
  public:
    Converter(std::string_view text, std::string_view where, const XmlLimits& limits)
        : text_{text}, where_{where}, limits_{limits} {}

    Outcome<XmlDocument> run() {
        if (text_.size() > limits_.bytes) return problem(fmt::format("longer than {} bytes", limits_.bytes));
        if (!is_clean(text_)) return problem("text that is not UTF-8, or control characters");
        // Every element, comment and text costs a "<" before it; half of them may be end tags.
        const auto marks = std::count(text_.begin(), text_.end(), '<');
        if (static_cast<std::size_t>(marks) / 2 > limits_.nodes)
            return problem(fmt::format("over {} elements", limits_.nodes));
        pugi::xml_document source;
        const pugi::xml_parse_result result =
            source.load_buffer(text_.data(), text_.size(), parse_flags, pugi::encoding_utf8);
        if (!result) {
            advance(result.offset);
            return problem(fmt::format("not well formed: {}", ascii_lower(result.description())));
        }
        XmlDocument out;
        bool first = true;
        std::size_t roots = 0;
        for (const pugi::xml_node child : source.children()) {
            if (child.type() == pugi::node_declaration && first) {
                if (Outcome<void> fine = declaration(child); !fine) return fine.error();
            } else if (Outcome<void> added = append(out.nodes, child, 1); !added) {
                return added.error();
            }
            roots += child.type() == pugi::node_element ? 1 : 0;
            first = false;
        }
        if (roots != 1) return problem("not exactly one root element");
        return out;
    }

  private:
    [[nodiscard]] Problem problem(std::string what) const {
        return {fmt::format("{}:{}", where_, line_), std::move(what), "give well-formed XML in UTF-8"};
    }

    // Counts lines up to `offset`; nodes come in document order, so the text is walked once.
    void advance(std::ptrdiff_t offset) {
        const std::size_t to =
            std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0)), text_.size());
        for (; at_ < to; ++at_) line_ += text_[at_] == '\n' ? 1 : 0;
    }

    Outcome<void> declaration(const pugi::xml_node& node) const {
        const pugi::xml_attribute encoding = node.attribute("encoding");
        if (encoding && !iequals(encoding.value(), "utf-8")) return problem("an encoding other than UTF-8");
        return {};
    }

    Outcome<void> append(std::vector<XmlNode>& into, const pugi::xml_node& node, std::size_t depth) {
        advance(node.offset_debug());
        if (depth > limits_.depth) return problem(fmt::format("elements nested over {} deep", limits_.depth));
        if (++nodes_ > limits_.nodes) return problem(fmt::format("over {} elements", limits_.nodes));
        switch (node.type()) {
            case pugi::node_element: return append_element(into, node, depth);
            case pugi::node_pcdata:
            case pugi::node_cdata: return append_text(into, node.value());
            case pugi::node_comment: {
                const std::string_view text = node.value();
                if (!is_clean(text) || text.find("--") != std::string_view::npos || text.ends_with('-'))
                    return problem("a comment with -- in it");
                into.push_back({XmlKind::comment, {}, std::string{text}, {}, {}, line_});
                return {};
            }
            case pugi::node_pi:
                into.push_back({XmlKind::instruction, node.name(), node.value(), {}, {}, line_});
                return {};
            case pugi::node_doctype: return problem("a document type, which is not read");
            default: return problem("an XML declaration that is not at the front");
        }
    }

    Outcome<void> append_text(std::vector<XmlNode>& into, std::string_view text) const {
        if (!is_clean(text)) return problem("a character that XML doesn't allow");
        if (!into.empty() && into.back().kind == XmlKind::text) {
            into.back().text += text;
        } else {
            into.push_back({XmlKind::text, {}, std::string{text}, {}, {}, line_});
        }
        return {};
    }

    Outcome<void> append_element(std::vector<XmlNode>& into, const pugi::xml_node& source,
                                 std::size_t depth) {
        XmlNode node = XmlNode::element(source.name());
        node.line = line_;
        for (const pugi::xml_attribute attribute : source.attributes()) {
            const std::string_view value = attribute.value();
            if (node.attributes.size() >= limits_.attributes || value.size() > limits_.attribute_bytes)
                return problem(fmt::format("over {} attributes, or over {} bytes in one", limits_.attributes,
                                           limits_.attribute_bytes));
            if (node.attribute(attribute.name()))
                return problem(fmt::format("the attribute {} is there twice", attribute.name()));
            if (!is_clean(value)) return problem("a character that XML doesn't allow");
            node.attributes.push_back({attribute.name(), std::string{value}});
        }
        for (const pugi::xml_node child : source.children()) {
            if (Outcome<void> added = append(node.children, child, depth + 1); !added) return added;
        }
        // Blanks alone, as CDATA or character references give them, are between elements, not text.
        std::erase_if(node.children, [](const XmlNode& child) {
            return child.kind == XmlKind::text && is_blank(child.text);
        });
        into.push_back(std::move(node));
        return {};
    }

    std::string_view text_;
    std::string_view where_;
    const XmlLimits& limits_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t nodes_ = 0;
};

}  // namespace

Outcome<XmlDocument> parse_xml(std::string_view text, std::string_view where, const XmlLimits& limits) {
    return Converter{text, where, limits}.run();
}

}  // namespace outpost::manifest::dash
