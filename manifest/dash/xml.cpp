#include "manifest/dash/xml.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outpost::manifest::dash {
namespace {

constexpr std::string_view blanks = " \t\r\n";

void append_escaped(std::string& out, std::string_view text, bool attribute) {
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '\r' || (attribute && (c == '\n' || c == '\t'))) {
            out += fmt::format("&#{};", static_cast<int>(c));
        } else if (c == '"' && attribute) {
            out += "&quot;";
        } else {
            out += c;
        }
    }
}

// `inside` is true where blanks would become part of a text.
void append_node(std::string& out, const XmlNode& node, std::size_t depth, bool inside) {
    if (node.kind == XmlKind::text) {
        append_escaped(out, node.text, false);
        return;
    }
    if (!inside) out.append(2 * depth, ' ');
    if (node.kind == XmlKind::comment) {
        out += fmt::format("<!--{}-->", node.text);
    } else if (node.kind == XmlKind::instruction) {
        out += fmt::format("<?{}{}{}?>", node.name, node.text.empty() ? "" : " ", node.text);
    } else {
        out += '<';
        out += node.name;
        for (const XmlAttribute& attribute : node.attributes) {
            out += fmt::format(" {}=\"", attribute.name);
            append_escaped(out, attribute.value, true);
            out += '"';
        }
        out += node.children.empty() ? "/>" : ">";
        const bool mixed = inside || std::any_of(node.children.begin(), node.children.end(),
                                                 [](const XmlNode& n) { return n.kind == XmlKind::text; });
        if (!node.children.empty()) {
            if (!mixed) out += '\n';
            for (const XmlNode& child : node.children) append_node(out, child, depth + 1, mixed);
            if (!mixed) out.append(2 * depth, ' ');
            out += fmt::format("</{}>", node.name);
        }
    }
    if (!inside) out += '\n';
}

}  // namespace

XmlNode XmlNode::element(std::string_view name) {
    XmlNode node;
    node.name = name;
    return node;
}

std::string_view XmlNode::local_name() const {
    const std::string_view all = name;
    const auto colon = all.find(':');
    return colon == std::string_view::npos ? all : all.substr(colon + 1);
}

const std::string* XmlNode::attribute(std::string_view wanted) const {
    for (const XmlAttribute& attribute : attributes) {
        if (attribute.name == wanted) return &attribute.value;
    }
    return nullptr;
}

XmlNode& XmlNode::set(std::string_view wanted, std::string_view value) {
    for (XmlAttribute& attribute : attributes) {
        if (attribute.name == wanted) {
            attribute.value = value;
            return *this;
        }
    }
    attributes.push_back({std::string{wanted}, std::string{value}});
    return *this;
}

XmlNode& XmlNode::set(std::string_view wanted, std::uint64_t value) {
    return set(wanted, std::string_view{fmt::format("{}", value)});
}

XmlNode& XmlNode::add(XmlNode child) {
    children.push_back(std::move(child));
    return children.back();
}

std::string XmlNode::own_text() const {
    std::string all;
    for (const XmlNode& child : children) {
        if (child.kind == XmlKind::text) all += child.text;
    }
    const auto first = all.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    return all.substr(first, all.find_last_not_of(blanks) - first + 1);
}

bool XmlNode::operator==(const XmlNode& other) const {
    return kind == other.kind && name == other.name && text == other.text && attributes == other.attributes &&
           children == other.children;
}

const XmlNode& XmlDocument::root() const {
    static const XmlNode nothing;
    const auto found = std::find_if(nodes.begin(), nodes.end(),
                                    [](const XmlNode& node) { return node.kind == XmlKind::element; });
    return found == nodes.end() ? nothing : *found;
}

std::string XmlDocument::text() const {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    for (const XmlNode& node : nodes) append_node(out, node, 0, false);
    return out;
}

}  // namespace outpost::manifest::dash
