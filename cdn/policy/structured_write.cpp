// The serialising algorithms of RFC 9651 section 4.1. Each adds to `out` and says whether the value can be
// written.
#include <algorithm>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "cdn/policy/list.hpp"
#include "cdn/policy/structured.hpp"

namespace outpost::cdn::policy::structured {
namespace {

constexpr std::int64_t largest_integer = 999'999'999'999'999;

bool is_printable(char c) { return c >= 0x20 && c <= 0x7E; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_lower_or_star(char c) { return (c >= 'a' && c <= 'z') || c == '*'; }

struct Writer {
    std::string& out;

    bool operator()(std::int64_t value) const {
        if (value > largest_integer || value < -largest_integer) return false;
        out += fmt::format("{}", value);
        return true;
    }
    bool operator()(const Decimal& value) const {
        const std::int64_t n = value.thousandths;
        if (n > largest_integer || n < -largest_integer) return false;
        const std::int64_t size = n < 0 ? -n : n;
        std::string fraction = fmt::format("{:03}", size % 1000);
        while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
        out += fmt::format("{}{}.{}", n < 0 ? "-" : "", size / 1000, fraction);
        return true;
    }
    bool operator()(const std::string& value) const {
        if (!std::all_of(value.begin(), value.end(), is_printable)) return false;
        out += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
        return true;
    }
    bool operator()(const Token& value) const {
        if (!structured::is_token(value.text)) return false;
        out += value.text;
        return true;
    }
    bool operator()(const Binary& value) const {
        out += ':';
        out += encode_base64(value.bytes);
        out += ':';
        return true;
    }
    bool operator()(bool value) const {
        out += value ? "?1" : "?0";
        return true;
    }
    bool operator()(const Date& value) const {
        out += '@';
        return (*this)(value.seconds);
    }
    bool operator()(const DisplayString& value) const {
        if (!is_utf8(value.text)) return false;
        out += "%\"";
        for (const char c : value.text) {
            if (c == '%' || c == '"' || !is_printable(c)) {
                out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
            } else {
                out += c;
            }
        }
        out += '"';
        return true;
    }
};

bool write(std::string& out, const BareItem& value) { return std::visit(Writer{out}, value); }

bool write(std::string& out, const Parameters& parameters) {
    for (const Parameter& parameter : parameters) {
        if (!is_key(parameter.key)) return false;
        out += ';';
        out += parameter.key;
        const auto* flag = std::get_if<bool>(&parameter.value);
        if (flag != nullptr && *flag) continue;
        out += '=';
        if (!write(out, parameter.value)) return false;
    }
    return true;
}

bool write(std::string& out, const Item& item) {
    return write(out, item.value) && write(out, item.parameters);
}

bool write(std::string& out, const InnerList& inner) {
    out += '(';
    for (const Item& item : inner.items) {
        if (&item != &inner.items.front()) out += ' ';
        if (!write(out, item)) return false;
    }
    out += ')';
    return write(out, inner.parameters);
}

bool write(std::string& out, const Member& member) {
    return std::visit([&](const auto& value) { return write(out, value); }, member);
}

bool write(std::string& out, const DictionaryMember& member) {
    if (!is_key(member.key)) return false;
    out += member.key;
    const auto* item = std::get_if<Item>(&member.value);
    const auto* flag = item == nullptr ? nullptr : std::get_if<bool>(&item->value);
    if (flag != nullptr && *flag) return write(out, item->parameters);
    out += '=';
    return write(out, member.value);
}

template <class Members>
std::optional<std::string> serialise_members(const Members& members) {
    std::string out;
    for (const auto& member : members) {
        if (&member != &members.front()) out += ", ";
        if (!write(out, member)) return std::nullopt;
    }
    return out;
}

}  // namespace

bool is_key(std::string_view text) {
    return !text.empty() && text.size() <= longest_key && is_lower_or_star(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_lower_or_star(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
           });
}

bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= longest_token && (is_alpha(text.front()) || text.front() == '*') &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_tchar(c) || c == ':' || c == '/'; });
}

const Member* find(const Dictionary& dictionary, std::string_view key) {
    const auto found = std::find_if(dictionary.begin(), dictionary.end(),
                                    [&](const DictionaryMember& member) { return member.key == key; });
    return found == dictionary.end() ? nullptr : &found->value;
}

const BareItem* find(const Parameters& parameters, std::string_view key) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Parameter& parameter) { return parameter.key == key; });
    return found == parameters.end() ? nullptr : &found->value;
}

std::optional<std::string> serialise(const BareItem& value) {
    std::string out;
    if (!write(out, value)) return std::nullopt;
    return out;
}

std::optional<std::string> serialise(const Item& item) {
    std::string out;
    if (!write(out, item)) return std::nullopt;
    return out;
}

std::optional<std::string> serialise(const List& list) { return serialise_members(list); }
std::optional<std::string> serialise(const Dictionary& dictionary) { return serialise_members(dictionary); }

}  // namespace outpost::cdn::policy::structured
