#include "cdn/policy/cmcd.hpp"

#include "base/text.hpp"
#include "cdn/policy/structured.hpp"

namespace outpost::cdn::policy {
namespace {

constexpr std::string_view parameter = "CMCD=";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Any byte may come out: who reads it decides. Nothing when an escape is malformed.
std::optional<std::string> decode_escapes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high < 0 ? -1 : hex_value(text[i + 2]);
        if (low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

// The value of the one CMCD parameter.
std::optional<std::string> from_query(std::string_view raw_query) {
    std::optional<std::string_view> value;
    for (const std::string_view part : split(raw_query, '&')) {
        if (!part.starts_with(parameter)) continue;
        if (value) return std::nullopt;
        value = part.substr(parameter.size());
    }
    return value ? decode_escapes(*value) : std::nullopt;
}

const structured::BareItem* first_item(const structured::Member& member) {
    if (const auto* item = std::get_if<structured::Item>(&member)) return &item->value;
    const auto& items = std::get<structured::InnerList>(member).items;
    return items.empty() ? nullptr : &items.front().value;
}

// "100-199": both ends, the last included.
std::optional<ByteRange> parse_next_range(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = parse_unsigned(text.substr(0, dash)), last = parse_unsigned(text.substr(dash + 1));
    if (!first || !last || *last < *first || *last - *first >= most_next_range.count()) return std::nullopt;
    return ByteRange{*first, *last - *first + 1};
}

bool hides_something(std::string_view path) {
    const std::string lower = ascii_lower(path);
    for (const std::string_view hidden : {"%2e", "%2f", "%5c", "%00"}) {
        if (lower.find(hidden) != std::string::npos) return true;
    }
    return false;
}

// The path of a reference, and how deep the directory lies that it begins in.
struct Descent {
    std::string_view path;
    int depth = 0;
};

Descent descent_of(std::string_view reference, std::string_view base_path) {
    Descent descent{reference.substr(0, reference.find_first_of("?#"))};
    const auto colon = descent.path.substr(0, descent.path.find('/')).find(':');
    const std::size_t after_scheme = colon == std::string_view::npos ? 0 : colon + 1;
    if (descent.path.substr(after_scheme).starts_with("//")) {
        const auto slash = descent.path.find('/', after_scheme + 2);
        descent.path = slash == std::string_view::npos ? std::string_view{} : descent.path.substr(slash);
    } else if (!descent.path.starts_with('/')) {
        for (const char c : base_path) descent.depth += c == '/';
        --descent.depth;
    }
    if (descent.path.starts_with('/')) descent.path.remove_prefix(1);
    return descent;
}

bool climbs_out(Descent descent) {
    for (const std::string_view segment : split(descent.path, '/')) {
        if (segment == "..") {
            if (--descent.depth < 0) return true;
        } else if (segment != ".") {
            ++descent.depth;
        }
    }
    return false;
}

// All keys of the query, or those of one of the fields.
std::optional<structured::Dictionary> keys_of(std::string_view raw_query, std::span<const http::Field> fields,
                                              std::string_view field_name) {
    std::optional<std::string> text;
    if (raw_query.find(parameter) != std::string_view::npos) {
        text = from_query(raw_query);
    } else if (!http::find_field(fields, field_name).empty()) {
        text = structured::joined(fields, field_name);
    }
    if (!text || text->size() > structured::most_bytes) return std::nullopt;
    return structured::parse_dictionary(*text);
}

const std::string* string_of(const structured::Dictionary& keys, std::string_view key) {
    const structured::Member* member = structured::find(keys, key);
    const structured::BareItem* item = member ? first_item(*member) : nullptr;
    return item ? std::get_if<std::string>(item) : nullptr;
}

}  // namespace

std::string session_id(std::string_view raw_query, std::span<const http::Field> fields) {
    const auto keys = keys_of(raw_query, fields, "CMCD-Session");
    const std::string* id = keys ? string_of(*keys, "sid") : nullptr;
    return id != nullptr && id->size() <= most_session_id ? *id : std::string{};
}

std::optional<NextHint> next_hint(std::string_view raw_query, std::span<const http::Field> fields) {
    const auto keys = keys_of(raw_query, fields, "CMCD-Request");
    if (!keys) return std::nullopt;
    NextHint hint;
    const std::string* reference = string_of(*keys, "nor");
    const std::string* range = string_of(*keys, "nrr");
    if (!reference && structured::find(*keys, "nor")) return std::nullopt;
    if (reference) {
        auto decoded = decode_escapes(*reference);
        if (!decoded || decoded->empty()) return std::nullopt;
        hint.reference = std::move(*decoded);
    }
    if (range) {
        hint.range = parse_next_range(*range);
        if (!hint.range) return std::nullopt;
    }
    if (!reference && !range) return std::nullopt;
    return hint;
}

std::optional<NextObject> next_object(const Uri& requested, const NextHint& hint) {
    if (hint.reference.empty()) return NextObject{requested.target(), hint.range};
    const Descent descent = descent_of(hint.reference, requested.path);
    if (hides_something(descent.path) || climbs_out(descent)) return std::nullopt;
    const auto uri = resolve(requested, hint.reference);
    if (!uri || !same_origin(*uri, requested)) return std::nullopt;
    return NextObject{uri->target(), hint.range};
}

}  // namespace outpost::cdn::policy
