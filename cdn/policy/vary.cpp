#include "cdn/policy/vary.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cdn/policy/list.hpp"

namespace outpost::cdn::policy {
namespace {

// Fields whose blanks mean nothing beside commas and semicolons.
constexpr std::array<std::string_view, 3> lists_of_preferences{"accept", "accept-charset", "accept-language"};

// What stands for one coding in Accept-Encoding: nothing when it is not named.
using Wanted = std::optional<bool>;

// qvalue of RFC 9110 section 12.4.2: whether it is above 0. One that can't be read is a refusal.
bool is_above_zero(std::string_view q) {
    if (q.empty() || q.size() > 5 || (q[0] != '0' && q[0] != '1') || (q.size() > 1 && q[1] != '.'))
        return false;
    const std::string_view digits = q.substr(std::min<std::size_t>(2, q.size()));
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
    const bool any = digits.find_first_not_of('0') != std::string_view::npos;
    return q[0] == '1' ? !any : any;
}

struct Preference {
    std::string_view name;
    bool wanted = true;
};

Preference read_preference(std::string_view member) {
    const auto semicolon = member.find(';');
    Preference out{trim_blanks(member.substr(0, semicolon))};
    if (semicolon == std::string_view::npos) return out;
    const std::string_view weight = trim_blanks(member.substr(semicolon + 1));
    out.wanted = weight.size() > 2 && iequals(weight.substr(0, 2), "q=") && is_above_zero(weight.substr(2));
    return out;
}

// Without blanks beside the separators outside quotes.
void append_compact(std::string& out, std::string_view value) {
    bool quoted = false;
    std::string kept;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (quoted && c == '\\' && i + 1 < value.size()) {
            out += c;
            out += value[++i];
            continue;
        }
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == ' ' || c == '\t')) {
            kept += c;
            continue;
        }
        const auto separates = [](char x) { return x == ',' || x == ';'; };
        const bool between = !kept.empty() && !separates(c) && !out.empty() && !separates(out.back());
        if (between) out += ' ';
        kept.clear();
        out += c;
    }
}

std::string value_for(std::string_view name, std::span<const http::Field> request, bool& present) {
    if (name == "accept-encoding") {
        const auto value = normalised_accept_encoding(request);
        present = value.has_value();
        return value.value_or("");
    }
    const bool compact = std::find(lists_of_preferences.begin(), lists_of_preferences.end(), name) !=
                         lists_of_preferences.end();
    std::string out;
    for (const http::Field& field : request) {
        if (!iequals(field.name, name)) continue;
        if (present) out += ',';
        present = true;
        if (compact) {
            append_compact(out, field.value);
        } else {
            out += trim_blanks(field.value);
        }
    }
    return name == "accept-language" ? ascii_lower(out) : out;
}

// "name\n" for absence, "name:value\n" else: names hold no colon, values no line break.
void append_selected(std::string& key, std::string_view name, std::span<const http::Field> request) {
    bool present = false;
    std::string value = value_for(name, request, present);
    std::replace(value.begin(), value.end(), '\n', ' ');
    key += name;
    if (present) {
        key += ':';
        key += value;
    }
    key += '\n';
}

}  // namespace

std::optional<VaryNames> parse_vary(std::span<const http::Field> response) {
    VaryNames names;
    for (const http::Field& field : response) {
        if (!iequals(field.name, "vary")) continue;
        Members members{field.value};
        while (const auto member = members.next()) {
            if (*member == "*" || !is_token(*member)) return std::nullopt;
            std::string name = ascii_lower(*member);
            const auto place = std::lower_bound(names.begin(), names.end(), name);
            if (place != names.end() && *place == name) continue;
            if (names.size() == most_vary_names) return std::nullopt;
            names.insert(place, std::move(name));
        }
    }
    return names;
}

std::string join(const VaryNames& names) {
    std::string out;
    for (const std::string& name : names) {
        if (!out.empty()) out += ',';
        out += name;
    }
    return out;
}

std::string selecting_key(const VaryNames& names, std::span<const http::Field> request) {
    std::string key;
    for (const std::string& name : names) append_selected(key, name, request);
    return key;
}

std::string selecting_key(std::string_view joined_names, std::span<const http::Field> request) {
    std::string key;
    while (!joined_names.empty()) {
        const auto comma = std::min(joined_names.find(','), joined_names.size());
        append_selected(key, joined_names.substr(0, comma), request);
        joined_names.remove_prefix(std::min(comma + 1, joined_names.size()));
    }
    return key;
}

std::optional<std::string> normalised_accept_encoding(std::span<const http::Field> request) {
    Wanted br, gzip, identity, any;
    bool present = false;
    for (const http::Field& field : request) {
        if (!iequals(field.name, "accept-encoding")) continue;
        present = true;
        Members members{field.value};
        while (const auto member = members.next()) {
            const Preference preference = read_preference(*member);
            const auto is = [&](std::string_view name) { return iequals(preference.name, name); };
            if (is("br")) br = preference.wanted;
            if (is("gzip") || is("x-gzip")) gzip = preference.wanted;
            if (is("identity")) identity = preference.wanted;
            if (is("*")) any = preference.wanted;
        }
    }
    if (!present) return std::nullopt;
    std::string out;
    const auto add = [&](std::string_view text) { out.append(out.empty() ? "" : ", ").append(text); };
    if (br.value_or(any.value_or(false))) add("br");
    if (gzip.value_or(any.value_or(false))) add("gzip");
    if (!identity.value_or(any.value_or(true))) add("identity;q=0");
    return out;
}

}  // namespace outpost::cdn::policy
