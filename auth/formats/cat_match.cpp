#include <algorithm>
#include <array>

#include "auth/formats/cat_claims.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"

namespace outpost::auth::cat {
namespace {

using cbor::Value;
using Kind = TextRule::Kind;

struct Match {
    std::int64_t type;
    Kind kind;
};
constexpr std::array matches{
    Match{0, Kind::exact}, Match{1, Kind::prefix},  Match{2, Kind::suffix},      Match{3, Kind::contains},
    Match{4, Kind::regex}, Match{-1, Kind::sha256}, Match{-2, Kind::sha512_256},
};

// In the order of catu's numbers, from 0.
constexpr std::array components{
    UriComponent::scheme,   UriComponent::host,  UriComponent::port,
    UriComponent::path,     UriComponent::query, UriComponent::parent_path,
    UriComponent::filename, UriComponent::stem,  UriComponent::extension,
};

Refusal malformed(const char* what) { return {Reason::malformed, what}; }

bool is_digest(Kind kind) { return kind == Kind::sha256 || kind == Kind::sha512_256; }

std::string searched(const std::string& expression) { return ".*(" + expression + ").*"; }

Verdict<TextRule> read_digest(Kind kind, const Value& value) {
    // Bytes by the letter; some libraries write them as hexadecimal digits.
    const auto digest = value.bytes()  ? std::optional{*value.bytes()}
                        : value.text() ? decode_hex(*value.text())
                                       : std::nullopt;
    if (!digest || digest->size() != std::tuple_size_v<Sha256>) return malformed("the digest of a match");
    return TextRule{kind, *digest, {}};
}

// The expression, alone or in a list that might have flags behind it.
Verdict<TextRule> read_regex(const Value& value) {
    const Value* expression = &value;
    if (const Value::Array* list = value.array()) {
        if (list->empty()) return malformed("a match");
        if (list->size() > 1) return Refusal{Reason::unsupported, "flags of a regular expression"};
        expression = &list->front();
    }
    const std::string* text = expression->text();
    if (!text || text->size() > most_text) return malformed("a match");
    // Alone first, so that no parenthesis of its own ends ours.
    if (const auto alone = Pattern::compile(*text); !alone) return alone.error();
    Verdict<Pattern> pattern = Pattern::compile(searched(*text));
    if (!pattern) return pattern.error();
    return TextRule{Kind::regex, *text, std::move(*pattern)};
}

Verdict<TextRule> read_match(const cbor::Entry& entry) {
    for (const Match& match : matches) {
        if (entry.key.integer() != match.type) continue;
        if (is_digest(match.kind)) return read_digest(match.kind, entry.value);
        if (match.kind == Kind::regex) return read_regex(entry.value);
        const std::string* text = entry.value.text();
        if (!text || text->size() > most_text) return malformed("a match");
        return TextRule{match.kind, *text, {}};
    }
    return Refusal{Reason::unsupported, "a kind of match"};
}

std::int64_t type_of(Kind kind) {
    for (const Match& match : matches) {
        if (match.kind == kind) return match.type;
    }
    return 0;
}

// A pattern that did not come from a CAT must fit the whole.
std::string expression_of(const TextRule& rule) {
    if (!rule.pattern) return rule.text;
    const std::string& whole = rule.pattern->expression();
    return whole == searched(rule.text) ? rule.text : "^(" + whole + ")$";
}

Value write_match(const TextRule& rule) {
    if (is_digest(rule.kind)) return Value::Bytes{rule.text};
    if (rule.kind == Kind::regex) return Value::Array{expression_of(rule)};
    return rule.text;
}

// Adds to what is there under `key`. False when a kind of match is there already: a map has room for one.
bool add_match(Value::Map& map, const TextRule& rule) {
    const Value type{type_of(rule.kind)};
    for (const cbor::Entry& entry : map) {
        if (entry.key == type) return false;
    }
    map.push_back({type, write_match(rule)});
    return true;
}

Problem no_word(const char* what, const char* remedy) { return {"", what, remedy}; }

}  // namespace

Verdict<std::vector<TextRule>> read_matches(const Value& map) {
    if (!map.map() || map.map()->empty()) return malformed("matches are no map");
    std::vector<TextRule> rules;
    for (const cbor::Entry& entry : *map.map()) {
        Verdict<TextRule> rule = read_match(entry);
        if (!rule) return rule.error();
        rules.push_back(std::move(*rule));
    }
    return rules;
}

Verdict<ComponentRules> read_catu(const Value& map) {
    if (!map.map() || map.map()->empty()) return malformed("catu");
    ComponentRules all;
    for (const cbor::Entry& entry : *map.map()) {
        const auto number = entry.key.integer();
        if (!number || *number < 0 || *number >= static_cast<std::int64_t>(components.size())) {
            return Refusal{Reason::unsupported, "a component of catu"};
        }
        Verdict<std::vector<TextRule>> rules = read_matches(entry.value);
        if (!rules) return rules.error();
        all.components.push_back({components[static_cast<std::size_t>(*number)], std::move(*rules)});
    }
    return all;
}

// All matches of a field must fit, and all FieldRules must, while of one's rules any may: each match is a
// FieldRule.
Verdict<std::vector<FieldRule>> read_cath(const Value& map) {
    if (!map.map() || map.map()->empty() || map.map()->size() > most_values) return malformed("cath");
    std::vector<FieldRule> fields;
    for (const cbor::Entry& entry : *map.map()) {
        const std::string* name = entry.key.text();
        if (!name || name->size() > most_text || !is_token(*name)) return malformed("a name in cath");
        Verdict<std::vector<TextRule>> rules = read_matches(entry.value);
        if (!rules) return rules.error();
        for (TextRule& rule : *rules) fields.push_back({*name, {std::move(rule)}});
    }
    return fields;
}

Outcome<Value> write_catu(const ComponentRules& rules) {
    std::array<Value::Map, components.size()> maps;
    for (const ComponentRules::Each& each : rules.components) {
        for (const TextRule& rule : each.rules) {
            if (!add_match(maps[static_cast<std::size_t>(each.component)], rule)) {
                return no_word("two matches of one kind for one component of the URL", "keep one of them");
            }
        }
    }
    Value::Map map;
    for (std::size_t number = 0; number < maps.size(); ++number) {
        if (maps[number].empty()) continue;
        map.push_back({static_cast<std::int64_t>(number), std::move(maps[number])});
    }
    return Value{std::move(map)};
}

Outcome<Value> write_cath(const std::vector<FieldRule>& fields) {
    std::vector<std::pair<std::string_view, Value::Map>> named;
    for (const FieldRule& field : fields) {
        if (field.rules.size() != 1) {
            return no_word("a header field of which any of several matches will do", "keep one of them");
        }
        auto place = std::find_if(named.begin(), named.end(),
                                  [&](const auto& each) { return iequals(each.first, field.name); });
        if (place == named.end()) place = named.insert(named.end(), {field.name, {}});
        if (!add_match(place->second, field.rules.front())) {
            return no_word("two matches of one kind for one header field", "keep one of them");
        }
    }
    Value::Map map;
    for (auto& [name, matches] : named) map.push_back({std::string{name}, std::move(matches)});
    return Value{std::move(map)};
}

}  // namespace outpost::auth::cat
