// Header fields of HTTP messages (RFC 9110 section 5): a view of one, and a list that owns its text.
// Names compare without case; order is kept. Thread rule: values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outpost::http {

struct Field {
    std::string_view name;
    std::string_view value;  // without the blanks around it
};

// The first field of that name; empty when there is none.
std::string_view find_field(std::span<const Field> fields, std::string_view name);

// All lines of a field that is a list, as the one line that they mean (section 5.3); `room` holds it when
// there is more than one.
std::string_view join_fields(std::span<const Field> fields, std::string_view name, std::string& room);

// Fields in one piece of text, so that a thousand lists are a thousand allocations and not ten thousand.
class FieldList {
  public:
    FieldList() = default;
    explicit FieldList(std::span<const Field> fields);

    // A line break or NUL in a value becomes a blank.
    void add(std::string_view name, std::string_view value);
    // Removes every field of that name, then adds one.
    void set(std::string_view name, std::string_view value);
    void remove(std::string_view name);

    [[nodiscard]] std::size_t size() const { return places_.size(); }
    [[nodiscard]] bool empty() const { return places_.empty(); }
    [[nodiscard]] Field operator[](std::size_t index) const;
    // The first of that name; empty when there is none.
    [[nodiscard]] std::string_view find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    // Views into this list: they hold until it changes or dies.
    [[nodiscard]] std::vector<Field> fields() const;
    // "Name: value\r\n"…
    [[nodiscard]] std::string text() const;
    // Bytes that it keeps in memory.
    [[nodiscard]] std::size_t footprint() const;

  private:
    struct Place {
        std::uint32_t name, name_size, value, value_size;
    };
    std::string text_;
    std::vector<Place> places_;
};

}  // namespace outpost::http
