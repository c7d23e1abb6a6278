// Structured field values, RFC 9651: items, lists and dictionaries with parameters and inner lists, parsed as
// strictly as section 4.2 says, and written back in their one canonical form (section 4.1).
// Limits are those that every reader must grant (section 3): what is larger does not parse.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/http/field.hpp"

namespace outpost::cdn::policy::structured {

inline constexpr std::size_t most_bytes = 64 << 10;
inline constexpr std::size_t most_members = 1024;
inline constexpr std::size_t most_inner_items = 256;
inline constexpr std::size_t most_parameters = 256;
inline constexpr std::size_t longest_key = 64;
inline constexpr std::size_t longest_string = 1024;
inline constexpr std::size_t longest_token = 512;
inline constexpr std::size_t longest_binary = 16384;

struct Decimal {
    std::int64_t thousandths = 0;  // 1.5 is 1500
    bool operator==(const Decimal&) const = default;
};
struct Token {
    std::string text;
    bool operator==(const Token&) const = default;
};
struct Binary {
    std::string bytes;
    bool operator==(const Binary&) const = default;
};
struct Date {
    std::int64_t seconds = 0;  // since 1970
    bool operator==(const Date&) const = default;
};
struct DisplayString {
    std::string text;  // UTF-8
    bool operator==(const DisplayString&) const = default;
};
// Integers have at most 15 digits. std::string is the String type: printable ASCII.
using BareItem = std::variant<std::int64_t, Decimal, std::string, Token, Binary, bool, Date, DisplayString>;

struct Parameter {
    std::string key;
    BareItem value;
    bool operator==(const Parameter&) const = default;
};
using Parameters = std::vector<Parameter>;  // in order; a repeated key: its first place, its last value

struct Item {
    BareItem value;
    Parameters parameters{};
    bool operator==(const Item&) const = default;
};
struct InnerList {
    std::vector<Item> items;
    Parameters parameters{};
    bool operator==(const InnerList&) const = default;
};
using Member = std::variant<Item, InnerList>;
using List = std::vector<Member>;

struct DictionaryMember {
    std::string key;
    Member value;
    bool operator==(const DictionaryMember&) const = default;
};
using Dictionary =
    std::vector<DictionaryMember>;  // in order; a repeated key: its first place, its last value

// Nothing when any of it does not parse. Empty text is an empty list or dictionary, and no item.
std::optional<Item> parse_item(std::string_view text);
std::optional<List> parse_list(std::string_view text);
std::optional<Dictionary> parse_dictionary(std::string_view text);
// All lines of that name as one value (section 4.2).
std::string joined(std::span<const http::Field> fields, std::string_view name);

// Null when there is none.
const Member* find(const Dictionary& dictionary, std::string_view key);
const BareItem* find(const Parameters& parameters, std::string_view key);

// Nothing when a value can't be written: a string with other than printable ASCII, a number out of range…
std::optional<std::string> serialise(const BareItem& value);
std::optional<std::string> serialise(const Item& item);
std::optional<std::string> serialise(const List& list);
std::optional<std::string> serialise(const Dictionary& dictionary);

bool is_key(std::string_view text);    // lcalpha or '*' first, then also digits _ - . *
bool is_token(std::string_view text);  // ALPHA or '*' first, then tchar, ':' and '/'

}  // namespace outpost::cdn::policy::structured
