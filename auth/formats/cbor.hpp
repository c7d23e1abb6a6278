// CBOR (RFC 8949) as tokens need it: a strict reader and a writer with one spelling for each value.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/refusal.hpp"

namespace outpost::auth::cbor {

inline constexpr std::size_t most_depth = 16;    // of arrays, maps and tags in one another
inline constexpr std::size_t most_items = 4096;  // in all

struct Entry;

class Value {
  public:
    struct Negative {
        std::uint64_t below;  // -1 - below (major type 1)
        bool operator==(const Negative&) const = default;
    };
    struct Bytes {
        std::string bytes;
        bool operator==(const Bytes&) const = default;
    };
    struct Null {
        bool operator==(const Null&) const = default;
    };
    using Text = std::string;
    using Array = std::vector<Value>;
    using Map = std::vector<Entry>;  // in the order of the bytes; write() has its own
    struct Tagged {
        std::uint64_t tag;
        std::vector<Value> content;  // exactly one
        bool operator==(const Tagged&) const;
    };

    Value() = default;
    Value(std::int64_t number);
    Value(int number) : Value{std::int64_t{number}} {}
    Value(bool truth) : held_{truth} {}
    Value(double number) : held_{number} {}
    Value(Text text) : held_{std::move(text)} {}
    Value(const char* text) : held_{Text{text}} {}
    Value(Bytes bytes) : held_{std::move(bytes)} {}
    Value(Array array) : held_{std::move(array)} {}
    Value(Map map);
    static Value natural(std::uint64_t number);
    static Value below_zero(std::uint64_t below);
    static Value tagged(std::uint64_t tag, Value content);

    // Null when it is something else.
    [[nodiscard]] const Text* text() const { return std::get_if<Text>(&held_); }
    [[nodiscard]] const std::string* bytes() const;
    [[nodiscard]] const Array* array() const { return std::get_if<Array>(&held_); }
    [[nodiscard]] const Map* map() const { return std::get_if<Map>(&held_); }
    [[nodiscard]] const Value* content_of(std::uint64_t tag) const;
    [[nodiscard]] bool is_null() const { return std::holds_alternative<Null>(held_); }
    [[nodiscard]] bool is_tagged() const { return std::holds_alternative<Tagged>(held_); }
    // Nothing when it is something else, or has no room in 64 bits with a sign.
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    [[nodiscard]] std::optional<double> number() const { return get<double>(); }  // that is no integer
    [[nodiscard]] std::optional<bool> boolean() const { return get<bool>(); }

    // What a map holds under a key; null when it has none, or this is no map.
    [[nodiscard]] const Value* find(std::int64_t key) const;

    bool operator==(const Value& other) const = default;

  private:
    friend void append(std::string& out, const Value& value);
    template <class T>
    [[nodiscard]] std::optional<T> get() const {
        const T* held = std::get_if<T>(&held_);
        return held ? std::optional<T>{*held} : std::nullopt;
    }

    std::variant<Null, std::uint64_t, Negative, Bytes, Text, Array, Map, Tagged, bool, double> held_;
};

struct Entry {
    Value key, value;
    bool operator==(const Entry&) const = default;
};

// Exactly one value, and nothing behind it. Every value that is no float has one spelling: lengths are
// definite, integers and lengths are the shortest (section 4.2.1), but maps come in any order, because not
// all who write tokens sort. Keys are integers or texts, no two of them alike; texts are UTF-8. No simple
// values but false, true and null.
Verdict<Value> read(std::string_view bytes);

// Deterministic (section 4.2.1), but that floats, which tokens of ours don't have, are always eight bytes.
// What `value` holds must be what read() takes: a map with two like keys is written as it is.
std::string write(const Value& value);

}  // namespace outpost::auth::cbor
