#include "manifest/hls/document.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::manifest::hls {
namespace {

constexpr std::string_view tag_prefix = "#EXT";

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

bool is_attribute_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Problem bad_attributes(std::string what) { return {"", std::move(what), "mend the playlist's writer"}; }

// Takes one NAME=VALUE from the front of `text`, which then starts at the comma behind it or is empty.
Outcome<Attribute> take_attribute(std::string_view& text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !is_attribute_name(text.substr(0, equals)))
        return bad_attributes("an attribute has no name and '='");
    Attribute attribute{std::string{text.substr(0, equals)}, {}, false};
    text.remove_prefix(equals + 1);
    if (!text.empty() && text.front() == '"') {
        const auto end = text.find('"', 1);
        if (end == std::string_view::npos)
            return bad_attributes(fmt::format("the quotes of {} don't close", attribute.name));
        attribute.value = text.substr(1, end - 1);
        attribute.quoted = true;
        text.remove_prefix(end + 1);
    } else {
        attribute.value = text.substr(0, text.find(','));
        if (attribute.value.empty() || attribute.value.find_first_of(" \t\"") != std::string::npos)
            return bad_attributes(
                fmt::format("the value of {} is empty or misses its quotes", attribute.name));
        text.remove_prefix(attribute.value.size());
    }
    if (!text.empty() && text.front() != ',')
        return bad_attributes(fmt::format("{} is not followed by a comma", attribute.name));
    return attribute;
}

LineKind kind_of(std::string_view line) {
    if (line.empty()) return LineKind::blank;
    if (line.starts_with(tag_prefix)) return LineKind::tag;
    return line.front() == '#' ? LineKind::comment : LineKind::uri;
}

}  // namespace

std::string_view Line::name() const {
    if (kind != LineKind::tag) return {};
    const std::string_view all = text;
    return all.substr(1, std::min(all.find(':'), all.size()) - 1);
}

std::string_view Line::value() const {
    if (kind != LineKind::tag) return {};
    const std::string_view all = text;
    const auto colon = all.find(':');
    return colon == std::string_view::npos ? std::string_view{} : all.substr(colon + 1);
}

void Document::tag(std::string_view name, std::string_view value) {
    lines.push_back({LineKind::tag, fmt::format("#{}:{}", name, value)});
}

std::string Document::text() const {
    std::size_t size = 0;
    for (const Line& line : lines) size += line.text.size() + 1;
    std::string out;
    out.reserve(size);
    for (const Line& line : lines) {
        out += line.text;
        out += '\n';
    }
    return out;
}

Attribute& Attributes::place(std::string_view name) {
    for (Attribute& attribute : all_) {
        if (attribute.name == name) return attribute;
    }
    all_.push_back({std::string{name}, {}, false});
    return all_.back();
}

Attributes& Attributes::set(std::string_view name, std::string_view value) {
    Attribute& attribute = place(name);
    attribute.value = value;
    attribute.quoted = false;
    return *this;
}

Attributes& Attributes::quote(std::string_view name, std::string_view value) {
    Attribute& attribute = place(name);
    attribute.value = value;
    attribute.quoted = true;
    for (char& c : attribute.value) {
        if (c == '"') c = '\'';
        if (is_control(c)) c = ' ';
    }
    return *this;
}

void Attributes::remove(std::string_view name) {
    std::erase_if(all_, [&](const Attribute& attribute) { return attribute.name == name; });
}

const Attribute* Attributes::find(std::string_view name) const {
    for (const Attribute& attribute : all_) {
        if (attribute.name == name) return &attribute;
    }
    return nullptr;
}

std::string_view Attributes::get(std::string_view name) const {
    const Attribute* attribute = find(name);
    return attribute ? std::string_view{attribute->value} : std::string_view{};
}

std::string Attributes::text() const {
    std::string out;
    for (const Attribute& attribute : all_) {
        if (!out.empty()) out += ',';
        out += attribute.name;
        out += attribute.quoted ? "=\"" : "=";
        out += attribute.value;
        if (attribute.quoted) out += '"';
    }
    return out;
}

Outcome<Attributes> Attributes::parse(std::string_view text, std::size_t most) {
    Attributes list;
    for (;;) {
        if (list.all_.size() >= most)
            return bad_attributes(fmt::format("there are over {} attributes", most));
        Outcome<Attribute> attribute = take_attribute(text);
        if (!attribute) return attribute.error();
        if (list.find(attribute->name))
            return bad_attributes(fmt::format("the attribute {} is there twice", attribute->name));
        list.all_.push_back(std::move(*attribute));
        if (text.empty()) return list;
        text.remove_prefix(1);
    }
}

Outcome<Document> parse(std::string_view text, std::string_view where, const Limits& limits) {
    Document document;
    const auto problem = [&](std::string what) {
        return Problem{fmt::format("{}:{}", where, document.lines.size() + 1), std::move(what),
                       "give an HLS playlist as in RFC 8216"};
    };
    if (text.size() > limits.bytes) return problem(fmt::format("longer than {} bytes", limits.bytes));
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (document.lines.size() >= limits.lines) return problem(fmt::format("over {} lines", limits.lines));
        if (line.size() > limits.line_bytes)
            return problem(fmt::format("a line of over {} bytes", limits.line_bytes));
        if (std::any_of(line.begin(), line.end(), is_control)) return problem("a control character");
        if (!is_utf8(line)) return problem("text that is not UTF-8");
        if (document.lines.empty() && line != "#EXTM3U") return problem("the first line is not #EXTM3U");
        document.lines.push_back({kind_of(line), std::string{line}});
    }
    if (document.lines.empty()) return problem("an empty playlist");
    return document;
}

void rewrite_uris(Document& document, const std::function<std::string(std::string_view)>& change,
                  std::size_t attributes) {
    for (Line& line : document.lines) {
        if (line.kind == LineKind::uri) {
            line.text = change(line.text);
        } else if (line.kind == LineKind::tag && line.text.find("URI=\"") != std::string::npos) {
            Outcome<Attributes> list = Attributes::parse(line.value(), attributes);
            const Attribute* uri = list ? list->find("URI") : nullptr;
            if (!uri || !uri->quoted) continue;
            list->quote("URI", change(uri->value));
            line.text = fmt::format("#{}:{}", line.name(), list->text());
        }
    }
}

}  // namespace outpost::manifest::hls
