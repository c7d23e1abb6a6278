// XML as plain values: what MPDs are read into, written through and changed in. Elements, their attributes
// and their order, text, comments and instructions stay; blanks between elements and the way of quoting don't
// (CDATA becomes text). Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace outpost::manifest::dash {

struct XmlLimits {
    std::size_t bytes = 4 << 20;
    std::size_t nodes = 200'000;
    std::size_t depth = 32;
    std::size_t attributes = 64;            // of one element
    std::size_t attribute_bytes = 4 << 10;  // of one value
};

struct XmlAttribute {
    std::string name;
    std::string value;
    bool operator==(const XmlAttribute&) const = default;
};

enum class XmlKind { element, text, comment, instruction };

struct XmlNode {
    XmlKind kind = XmlKind::element;
    std::string name;  // of an element or an instruction, with its prefix
    std::string text;  // of the others, and an instruction's content
    std::vector<XmlAttribute> attributes;
    std::vector<XmlNode> children;
    std::size_t line = 0;  // where an element was read; not part of its value

    static XmlNode element(std::string_view name);
    // The name without its namespace prefix.
    [[nodiscard]] std::string_view local_name() const;
    [[nodiscard]] const std::string* attribute(std::string_view name) const;
    // Appends, or replaces the value where it stands.
    XmlNode& set(std::string_view name, std::string_view value);
    XmlNode& set(std::string_view name, std::uint64_t value);
    // Appends a child and gives it; the reference holds until the next child.
    XmlNode& add(XmlNode child);
    // The element's own text, without blanks around it.
    [[nodiscard]] std::string own_text() const;
    bool operator==(const XmlNode& other) const;
};

struct XmlDocument {
    std::vector<XmlNode> nodes;  // one element, comments and instructions around it

    [[nodiscard]] const XmlNode& root() const;  // exists in everything that parse_xml() gave
    // Two blanks for each level; an element that holds text stands on one line.
    [[nodiscard]] std::string text() const;
    bool operator==(const XmlDocument&) const = default;
};

// Refuses what is not well formed, document types, encodings other than UTF-8 and whatever passes the limits;
// the Problem says where:line. Time and memory are linear in the text.
Outcome<XmlDocument> parse_xml(std::string_view text, std::string_view where, const XmlLimits& limits = {});

}  // namespace outpost::manifest::dash
