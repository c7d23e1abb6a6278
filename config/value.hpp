// What a configuration file holds, free of the TOML library: tables of values, each with its place.
// Thread rule: values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

namespace outpost::config {

// Both count from 1; 0 means that the file doesn't hold it.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    auto operator<=>(const Position&) const = default;
};

// Something wrong at a place of the file.
struct Fault {
    Position at;
    std::string what;
    std::string remedy;
};

// A value that is none of the others: "a date or time of day", "a decimal number", "a table".
struct Foreign {
    std::string kind;
    std::optional<double> decimal = std::nullopt;  // of a decimal number that is finite
};
using Value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>, Foreign>;

struct Entry {
    std::string key;
    Position at;
    Value value;
    Position value_at;
};

// One [name], or one of several [[name]]. What stands before the first header is the table named "".
struct Table {
    std::string name;
    Position at;
    bool repeated = false;
    std::vector<Entry> entries;
};

struct Document {
    std::vector<Table> tables;  // in the order of the file
};

// The text of a TOML file, or what makes it none. Text nested deeper than any option is refused before it can
// exhaust the stack.
boost::system::result<Document, Fault> read_document(std::string_view text);

// A value as a message shows it: "12 parsecs" in its quotes, cut when long; a list or a table by its kind.
std::string describe(const Value& value);
// Text in TOML's double quotes.
std::string toml_string(std::string_view text);

}  // namespace outpost::config
