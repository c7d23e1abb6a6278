// The parsing algorithms of RFC 9651 section 4.2, one function each and in its order.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cdn/policy/list.hpp"
#include "cdn/policy/structured.hpp"

namespace outpost::cdn::policy::structured {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alpha(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

// Six bits of a character of base64's alphabet; -1 for any other.
int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (is_lower(c)) return c - 'a' + 26;
    if (is_digit(c)) return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// Padding may be missing and the bits beside it are not looked at, as the RFC advises.
std::optional<std::string> decode_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    unsigned bits = 0, held = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFU;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>(bits >> held & 0xFFU);
    }
    return out;
}

int lower_hex(char c) { return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

class Parser {
  public:
    explicit Parser(std::string_view text) : rest_{text} {}

    std::optional<Item> whole_item() {
        skip_spaces();
        auto item = parse_item();
        skip_spaces();
        if (!item || !rest_.empty()) return std::nullopt;
        return item;
    }

    std::optional<List> whole_list() {
        List list;
        skip_spaces();
        while (!rest_.empty()) {
            auto member = parse_member();
            if (!member || list.size() == most_members) return std::nullopt;
            list.push_back(std::move(*member));
            if (!next_member()) return std::nullopt;
        }
        return list;
    }

    std::optional<Dictionary> whole_dictionary() {
        Dictionary dictionary;
        skip_spaces();
        while (!rest_.empty()) {
            auto member = parse_pair();
            if (!member) return std::nullopt;
            const auto old = std::find_if(dictionary.begin(), dictionary.end(),
                                          [&](const DictionaryMember& m) { return m.key == member->key; });
            if (old != dictionary.end()) {
                old->value = std::move(member->value);
            } else if (dictionary.size() < most_members) {
                dictionary.push_back(std::move(*member));
            } else {
                return std::nullopt;
            }
            if (!next_member()) return std::nullopt;
        }
        return dictionary;
    }

  private:
    [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool take(char c) {
        if (!at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    template <class Wanted>
    std::string_view take_while(Wanted wanted) {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), wanted);
        const auto taken = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    void skip_spaces() {
        take_while([](char c) { return c == ' '; });
    }
    void skip_blanks() {
        take_while([](char c) { return c == ' ' || c == '\t'; });
    }

    // Behind a member: the end, or a comma and something after it.
    bool next_member() {
        skip_blanks();
        if (rest_.empty()) return true;
        if (!take(',')) return false;
        skip_blanks();
        return !rest_.empty();
    }

    std::optional<DictionaryMember> parse_pair() {
        auto key = parse_key();
        if (!key) return std::nullopt;
        if (take('=')) {
            auto member = parse_member();
            if (!member) return std::nullopt;
            return DictionaryMember{std::move(*key), std::move(*member)};
        }
        auto parameters = parse_parameters();
        if (!parameters) return std::nullopt;
        return DictionaryMember{std::move(*key), Item{true, std::move(*parameters)}};
    }

    std::optional<Member> parse_member() {
        if (at('(')) {
            auto inner = parse_inner_list();
            if (!inner) return std::nullopt;
            return Member{std::move(*inner)};
        }
        auto item = parse_item();
        if (!item) return std::nullopt;
        return Member{std::move(*item)};
    }

    std::optional<InnerList> parse_inner_list() {
        InnerList inner;
        take('(');
        while (true) {
            skip_spaces();
            if (take(')')) break;
            auto item = parse_item();
            if (!item || inner.items.size() == most_inner_items) return std::nullopt;
            inner.items.push_back(std::move(*item));
            if (!at(' ') && !at(')')) return std::nullopt;
        }
        auto parameters = parse_parameters();
        if (!parameters) return std::nullopt;
        inner.parameters = std::move(*parameters);
        return inner;
    }

    std::optional<Item> parse_item() {
        auto value = parse_bare_item();
        if (!value) return std::nullopt;
        auto parameters = parse_parameters();
        if (!parameters) return std::nullopt;
        return Item{std::move(*value), std::move(*parameters)};
    }

    std::optional<Parameters> parse_parameters() {
        Parameters parameters;
        while (take(';')) {
            skip_spaces();
            auto key = parse_key();
            if (!key) return std::nullopt;
            BareItem value = true;
            if (take('=')) {
                auto given = parse_bare_item();
                if (!given) return std::nullopt;
                value = std::move(*given);
            }
            // A repeated key keeps its first place and its last value.
            const auto old = std::find_if(parameters.begin(), parameters.end(),
                                          [&](const Parameter& p) { return p.key == *key; });
            if (old != parameters.end()) {
                old->value = std::move(value);
                continue;
            }
            if (parameters.size() == most_parameters) return std::nullopt;
            parameters.push_back({std::move(*key), std::move(value)});
        }
        return parameters;
    }

    std::optional<std::string> parse_key() {
        if (rest_.empty() || (!is_lower(rest_.front()) && rest_.front() != '*')) return std::nullopt;
        const auto key = take_while([](char c) {
            return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
        });
        if (key.size() > longest_key) return std::nullopt;
        return std::string{key};
    }

    std::optional<BareItem> parse_bare_item() {
        if (rest_.empty()) return std::nullopt;
        const char first = rest_.front();
        if (first == '-' || is_digit(first)) return parse_number();
        if (first == '"') return parse_string();
        if (first == '*' || is_alpha(first)) return parse_token();
        if (first == ':') return parse_binary();
        if (first == '?') return parse_boolean();
        if (first == '@') return parse_date();
        if (first == '%') return parse_display_string();
        return std::nullopt;
    }

    std::optional<BareItem> parse_number() {
        const std::int64_t sign = take('-') ? -1 : 1;
        const std::string_view whole = take_while(is_digit);
        if (whole.empty() || whole.size() > 15) return std::nullopt;
        const auto units = static_cast<std::int64_t>(parse_unsigned(whole).value_or(0));
        if (!take('.')) return BareItem{sign * units};
        const std::string_view fraction = take_while(is_digit);
        if (whole.size() > 12 || fraction.empty() || fraction.size() > 3) return std::nullopt;
        auto thousandths = static_cast<std::int64_t>(parse_unsigned(fraction).value_or(0));
        for (std::size_t i = fraction.size(); i < 3; ++i) thousandths *= 10;
        return BareItem{Decimal{sign * (units * 1000 + thousandths)}};
    }

    std::optional<BareItem> parse_string() {
        std::string out;
        take('"');
        while (!rest_.empty() && out.size() <= longest_string) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return BareItem{std::move(out)};
            if (c < 0x20 || c > 0x7E) return std::nullopt;
            if (c != '\\') {
                out += c;
            } else if (at('"') || at('\\')) {
                out += rest_.front();
                rest_.remove_prefix(1);
            } else {
                return std::nullopt;
            }
        }
        return std::nullopt;
    }

    std::optional<BareItem> parse_token() {
        const auto text = take_while([](char c) { return is_tchar(c) || c == ':' || c == '/'; });
        if (text.size() > longest_token) return std::nullopt;
        return BareItem{Token{std::string{text}}};
    }

    std::optional<BareItem> parse_binary() {
        take(':');
        const auto text = take_while([](char c) { return c != ':'; });
        if (!take(':')) return std::nullopt;
        auto bytes = decode_base64(text);
        if (!bytes || bytes->size() > longest_binary) return std::nullopt;
        return BareItem{Binary{std::move(*bytes)}};
    }

    std::optional<BareItem> parse_boolean() {
        take('?');
        if (take('1')) return BareItem{true};
        if (take('0')) return BareItem{false};
        return std::nullopt;
    }

    std::optional<BareItem> parse_date() {
        take('@');
        if (!at('-') && (rest_.empty() || !is_digit(rest_.front()))) return std::nullopt;
        const auto number = parse_number();
        if (!number || !std::holds_alternative<std::int64_t>(*number)) return std::nullopt;
        return BareItem{Date{std::get<std::int64_t>(*number)}};
    }

    std::optional<BareItem> parse_display_string() {
        take('%');
        if (!take('"')) return std::nullopt;
        std::string out;
        while (!rest_.empty() && out.size() <= longest_string) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c < 0x20 || c > 0x7E) return std::nullopt;
            if (c == '"') {
                if (!is_utf8(out)) return std::nullopt;
                return BareItem{DisplayString{std::move(out)}};
            }
            if (c != '%') {
                out += c;
                continue;
            }
            const int high = rest_.empty() ? -1 : lower_hex(rest_[0]);
            const int low = rest_.size() < 2 ? -1 : lower_hex(rest_[1]);
            if (high < 0 || low < 0) return std::nullopt;
            rest_.remove_prefix(2);
            out += static_cast<char>(high * 16 + low);
        }
        return std::nullopt;
    }

    std::string_view rest_;
};

}  // namespace

std::optional<Item> parse_item(std::string_view text) {
    return text.size() > most_bytes ? std::nullopt : Parser{text}.whole_item();
}

std::optional<List> parse_list(std::string_view text) {
    return text.size() > most_bytes ? std::nullopt : Parser{text}.whole_list();
}

std::optional<Dictionary> parse_dictionary(std::string_view text) {
    return text.size() > most_bytes ? std::nullopt : Parser{text}.whole_dictionary();
}

std::string joined(std::span<const http::Field> fields, std::string_view name) {
    std::string out;
    bool first = true;
    for (const http::Field& field : fields) {
        if (!iequals(field.name, name)) continue;
        if (!first) out += ", ";
        out += field.value;
        first = false;
    }
    return out;
}

}  // namespace outpost::cdn::policy::structured
