#include "cdn/policy/cache_control.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cdn/policy/list.hpp"
#include "cdn/policy/structured.hpp"

namespace outpost::cdn::policy {
namespace {

constexpr std::size_t most_field_names = 64;

struct Directive {
    std::string_view name;
    std::string_view argument;  // a token or a quoted string, as it came
    bool has_argument = false;
    bool malformed = false;  // something stands behind the name that is neither
};

Directive read_directive(std::string_view member) {
    const auto end =
        static_cast<std::size_t>(std::find_if_not(member.begin(), member.end(), is_tchar) - member.begin());
    Directive out{member.substr(0, end), {}};
    const std::string_view rest = member.substr(end);
    if (rest.empty()) return out;
    out.has_argument = true;
    out.argument = rest.substr(1);
    const bool is_value = is_token(out.argument) || unquote(out.argument).has_value();
    out.malformed = rest.front() != '=' || !is_value;
    return out;
}

// Delta-seconds: digits, also in quotes. Too large a number is the longest.
std::optional<Seconds> read_delta(const Directive& directive) {
    if (!directive.has_argument || directive.malformed) return std::nullopt;
    std::string_view digits = directive.argument;
    if (digits.front() == '"') digits = digits.substr(1, digits.size() - 2);
    const bool all_digits =
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits.empty() || !all_digits) return std::nullopt;
    const auto value = parse_unsigned(digits);
    const auto longest = static_cast<std::uint64_t>(longest_delta.count());
    return value && *value < longest ? Seconds{*value} : longest_delta;
}

void keep_smallest(std::optional<Seconds>& slot, Seconds value) {
    slot = slot ? std::min(*slot, value) : value;
}

// Adds the lower-case names of a list; false when one of them is no name, or there is none, or too many.
bool add_field_names(std::string_view list, std::vector<std::string>& names) {
    bool any = false;
    for (const std::string_view part : split(list, ',')) {
        const std::string_view name = trim_blanks(part);
        if (name.empty()) continue;
        if (!is_token(name) || names.size() >= most_field_names) return false;
        std::string lower = ascii_lower(name);
        if (std::find(names.begin(), names.end(), lower) == names.end()) names.push_back(std::move(lower));
        any = true;
    }
    return any;
}

void read_qualified(const Directive& directive, bool& unqualified, std::vector<std::string>& names) {
    if (!directive.has_argument || directive.malformed) {
        unqualified = true;
        return;
    }
    const auto quoted = unquote(directive.argument);
    if (!add_field_names(quoted ? std::string_view{*quoted} : directive.argument, names)) unqualified = true;
}

struct Delta {
    std::string_view name;
    std::optional<Seconds> CacheControl::*slot;
};
constexpr std::array<Delta, 4> deltas{{
    {"max-age", &CacheControl::max_age},
    {"s-maxage", &CacheControl::s_maxage},
    {"stale-while-revalidate", &CacheControl::stale_while_revalidate},
    {"stale-if-error", &CacheControl::stale_if_error},
}};

struct Switch {
    std::string_view name;
    bool CacheControl::*slot;
    bool permits;  // makes more storing or reuse possible
};
constexpr std::array<Switch, 8> switches{{
    {"no-store", &CacheControl::no_store, false},
    {"public", &CacheControl::is_public, true},
    {"must-revalidate", &CacheControl::must_revalidate, false},
    {"proxy-revalidate", &CacheControl::proxy_revalidate, false},
    {"must-understand", &CacheControl::must_understand, true},
    {"no-transform", &CacheControl::no_transform, false},
    {"only-if-cached", &CacheControl::only_if_cached, false},
    {"immutable", &CacheControl::immutable, true},
}};

void read_max_stale(const Directive& directive, CacheControl& out) {
    if (!directive.has_argument && !directive.malformed) {
        out.max_stale_any = true;
    } else {
        keep_smallest(out.max_stale, read_delta(directive).value_or(Seconds{0}));
    }
}

void apply(const Directive& directive, CacheControl& out) {
    const auto is = [&](std::string_view name) { return iequals(directive.name, name); };
    for (const Delta& delta : deltas) {
        if (is(delta.name)) return keep_smallest(out.*delta.slot, read_delta(directive).value_or(Seconds{0}));
    }
    for (const Switch& flag : switches) {
        if (!is(flag.name)) continue;
        if (!directive.has_argument || !flag.permits) out.*flag.slot = true;
        return;
    }
    if (is("no-cache")) return read_qualified(directive, out.no_cache, out.no_cache_fields);
    if (is("private")) return read_qualified(directive, out.is_private, out.private_fields);
    if (is("max-stale")) return read_max_stale(directive, out);
    if (is("min-fresh")) {
        const auto value = read_delta(directive);
        if (value) out.min_fresh = std::max(*value, out.min_fresh.value_or(*value));
    }
}

// An Integer within bounds, else nothing: the member is skipped then.
std::optional<Seconds> delta_of(const structured::BareItem& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr) return std::nullopt;
    return Seconds{std::clamp<std::int64_t>(*number, 0, longest_delta.count())};
}

void apply_qualified(const structured::BareItem& value, bool& unqualified, std::vector<std::string>& names) {
    if (const auto* flag = std::get_if<bool>(&value)) {
        unqualified = unqualified || *flag;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        if (!add_field_names(*text, names)) unqualified = true;
    } else if (const auto* token = std::get_if<structured::Token>(&value)) {
        if (!add_field_names(token->text, names)) unqualified = true;
    }
}

void apply_targeted(std::string_view name, const structured::BareItem& value, CacheControl& out) {
    for (const Delta& delta : deltas) {
        if (name != delta.name) continue;
        if (const auto seconds = delta_of(value)) out.*delta.slot = *seconds;
        return;
    }
    for (const Switch& flag : switches) {
        if (name != flag.name) continue;
        if (const auto* set = std::get_if<bool>(&value)) out.*flag.slot = *set;
        return;
    }
    if (name == "no-cache") apply_qualified(value, out.no_cache, out.no_cache_fields);
    if (name == "private") apply_qualified(value, out.is_private, out.private_fields);
}

}  // namespace

CacheControl parse_cache_control(std::span<const http::Field> fields, std::string_view name) {
    CacheControl out;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, name)) continue;
        Members members{field.value};
        while (const auto member = members.next()) apply(read_directive(*member), out);
    }
    if (out.max_stale) out.max_stale_any = false;
    return out;
}

std::optional<CacheControl> parse_targeted(std::span<const http::Field> fields, std::string_view name) {
    const bool present = std::any_of(fields.begin(), fields.end(),
                                     [&](const http::Field& field) { return iequals(field.name, name); });
    if (!present) return std::nullopt;
    const auto dictionary = structured::parse_dictionary(structured::joined(fields, name));
    if (!dictionary || dictionary->empty()) return std::nullopt;
    CacheControl out;
    for (const structured::DictionaryMember& member : *dictionary) {
        if (const auto* item = std::get_if<structured::Item>(&member.value))
            apply_targeted(member.key, item->value, out);
    }
    return out;
}

}  // namespace outpost::cdn::policy
