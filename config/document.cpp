// The only file that knows the TOML library.
#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.hpp"
#include "config/value.hpp"

namespace outpost::config {
namespace {

// Deepest table that a header or a dotted key may open. Options lie at a depth of 2; the library's own
// recursion has no bound for headers, so the text is held to this before it is parsed.
constexpr std::size_t most_dots = 16;

Position position_of(const toml::source_region& source) { return {source.begin.line, source.begin.column}; }

Value value_of(const toml::node& node) {
    if (const auto* boolean = node.as_boolean()) return boolean->get();
    if (const auto* integer = node.as_integer()) return integer->get();
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* list = node.as_array()) {
        std::vector<std::string> texts;
        for (const toml::node& each : *list) {
            const auto* text = each.as_string();
            if (text == nullptr) return Foreign{"a list of other things than texts"};
            texts.push_back(text->get());
        }
        return texts;
    }
    if (node.is_table()) return Foreign{"a table"};
    const auto* decimal = node.as_floating_point();
    if (decimal == nullptr) return Foreign{"a date or time of day"};
    const double number = decimal->get();
    return Foreign{"a decimal number", std::isfinite(number) ? std::optional{number} : std::nullopt};
}

void sort_by_place(auto& things) {
    std::stable_sort(things.begin(), things.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
}

Entry entry_of(const toml::key& key, const toml::node& node) {
    return {std::string{key.str()}, position_of(key.source()), value_of(node), position_of(node.source())};
}

Table table_of(const toml::key& key, const toml::table& table, bool repeated) {
    // A table opened by a dotted key has no header: its first key stands for it.
    Position at = position_of(repeated ? table.source() : key.source());
    if (at.line == 0) at = position_of(key.source());
    Table made{std::string{key.str()}, at, repeated, {}};
    for (auto&& [name, node] : table) made.entries.push_back(entry_of(name, node));
    sort_by_place(made.entries);
    return made;
}

Document document_of(const toml::table& root) {
    Document document;
    Table bare{"", {1, 1}, false, {}};
    for (auto&& [key, node] : root) {
        const auto* list = node.as_array();
        if (const auto* table = node.as_table()) {
            document.tables.push_back(table_of(key, *table, false));
        } else if (list != nullptr && list->is_array_of_tables()) {
            for (const toml::node& each : *list)
                document.tables.push_back(table_of(key, *each.as_table(), true));
        } else {
            bare.entries.push_back(entry_of(key, node));
        }
    }
    sort_by_place(bare.entries);
    if (!bare.entries.empty()) document.tables.push_back(std::move(bare));
    sort_by_place(document.tables);
    return document;
}

// Whether a quote after this character opens a string. After any other it is a mistake, which the parser
// goes on to read as part of what it is glued to.
bool may_precede_string(char c) { return std::string_view{" \t\n[{,=."}.find(c) != std::string_view::npos; }

// Whether a line that begins with "[" is a header without a name.
bool names_nothing(std::string_view line) {
    line.remove_prefix(line.starts_with("[[") ? 2 : 1);
    const auto name = line.find_first_not_of(" \t");
    if (name == std::string_view::npos) return true;
    const char c = ascii_lower(line[name]);
    return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view{"_-\"'"}.find(c) != std::string_view::npos);
}

// The part of TOML that configuration needs, so that nothing hostile reaches the library:
//  - few dots in a line outside of strings (see most_dots);
//  - outside of strings and comments printable ASCII, as TOML 1.0 says, no string of several lines, no table
//    in braces (no option is either) and no header without a name: on these toml++ 3.3 goes on from
//    assumptions that don't hold (its issues 190, 294 and 295).
std::optional<Fault> beyond_our_toml(std::string_view text) {
    Position at{1, 0};
    std::size_t dots = 0;
    char end = '\0';  // what closes the string or comment that we are in
    char before = '\n';
    bool first = true;  // nothing but blanks so far in this line
    for (std::size_t i = 0; i < text.size(); before = text[i], ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) != 0x80 || at.column == 0) ++at.column;  // characters, not the bytes of one
        if (c == '\n') {
            at = {at.line + 1, 0};
            dots = 0;
            end = '\0';
            first = true;
            continue;
        }
        if (end == '"' && c == '\\' && i + 1 < text.size() && text[i + 1] != '\n') {
            ++i;  // what is escaped closes nothing
            ++at.column;
        } else if (end != '\0') {
            if (c == end) end = '\0';
        } else if ((c == '"' || c == '\'') && may_precede_string(before)) {
            if (text.substr(i, 3) == std::string(3, c))
                return Fault{at, "a text of several lines",
                             "no option is one: write it on one line in \" marks"};
            end = c;
        } else if (c == '#') {
            end = '\n';
        } else if (byte >= 0x7F || (byte < ' ' && c != '\t' && c != '\r')) {
            return Fault{at, "not TOML: a character that is not printable ASCII outside of quotes", ""};
        } else if (c == '{' || c == '}') {
            return Fault{at, "a table in braces", "no option is one: write [section] and option = value"};
        } else if (c == '[' && first && names_nothing(text.substr(i))) {
            return Fault{at, "not TOML: a header without a name", "write [section]"};
        } else if (c == '.' && ++dots > most_dots) {
            return Fault{at, "a name is nested too deeply", "write [section] and option = value"};
        }
        first = first && (c == ' ' || c == '\t');
    }
    return std::nullopt;
}

}  // namespace

boost::system::result<Document, Fault> read_document(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the mark that Windows editors leave
    if (auto fault = beyond_our_toml(text)) return *fault;
    try {
        return document_of(toml::parse(text));
    } catch (const toml::parse_error& error) {
        std::string_view what = error.description();
        if (what.starts_with("Error ")) what.remove_prefix(6);
        Position at = position_of(error.source());
        if (at.line == 0) at = {1, 1};
        return Fault{at, fmt::format("not TOML: {}", what), ""};
    }
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string describe(const Value& value) {
    if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* foreign = std::get_if<Foreign>(&value)) return foreign->kind;
    if (std::holds_alternative<std::vector<std::string>>(value)) return "a list";
    const auto& text = std::get<std::string>(value);
    constexpr std::size_t most = 60;
    if (text.size() <= most) return toml_string(text);
    std::size_t cut = most;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
        --cut;  // not inside a character
    return toml_string(text.substr(0, cut) + "…");
}

}  // namespace outpost::config
