#include "base/http/field.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace outpost::http {

std::string_view find_field(std::span<const Field> fields, std::string_view name) {
    for (const Field& field : fields) {
        if (field.name.size() == name.size() && iequals(field.name, name)) return field.value;
    }
    return {};
}

std::string_view join_fields(std::span<const Field> fields, std::string_view name, std::string& room) {
    std::string_view first;
    std::size_t lines = 0;
    for (const Field& field : fields) {
        if (field.name.size() != name.size() || !iequals(field.name, name)) continue;
        if (++lines == 1) first = field.value;
        if (lines == 2) room = first;
        if (lines > 1) room.append(", ").append(field.value);
    }
    return lines > 1 ? std::string_view{room} : first;
}

FieldList::FieldList(std::span<const Field> fields) {
    std::size_t bytes = 0;
    for (const Field& field : fields) bytes += field.name.size() + field.value.size();
    text_.reserve(bytes);
    places_.reserve(fields.size());
    for (const Field& field : fields) add(field.name, field.value);
}

void FieldList::add(std::string_view name, std::string_view value) {
    const auto size = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
    const std::size_t begin = text_.size();
    text_.append(name).append(value);
    const auto first = text_.begin() + static_cast<std::ptrdiff_t>(begin + name.size());
    std::replace_if(
        first, text_.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    places_.push_back({size(begin), size(name.size()), size(begin + name.size()), size(value.size())});
}

void FieldList::set(std::string_view name, std::string_view value) {
    const std::string kept{value};  // may be a view into what is removed now
    remove(name);
    add(name, kept);
}

// Writes the list anew: removing is rare and lists are short.
void FieldList::remove(std::string_view name) {
    if (!has(name)) return;
    const FieldList before = std::move(*this);
    *this = {};
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (!iequals(before[i].name, name)) add(before[i].name, before[i].value);
    }
}

Field FieldList::operator[](std::size_t index) const {
    const Place& place = places_[index];
    const std::string_view all = text_;
    return {all.substr(place.name, place.name_size), all.substr(place.value, place.value_size)};
}

std::string_view FieldList::find(std::string_view name) const {
    for (std::size_t i = 0; i < size(); ++i) {
        if (places_[i].name_size == name.size() && iequals((*this)[i].name, name)) return (*this)[i].value;
    }
    return {};
}

bool FieldList::has(std::string_view name) const {
    for (std::size_t i = 0; i < size(); ++i) {
        if (iequals((*this)[i].name, name)) return true;
    }
    return false;
}

std::vector<Field> FieldList::fields() const {
    std::vector<Field> all;
    all.reserve(size());
    for (std::size_t i = 0; i < size(); ++i) all.push_back((*this)[i]);
    return all;
}

std::string FieldList::text() const {
    std::string lines;
    lines.reserve(text_.size() + 4 * size());
    for (std::size_t i = 0; i < size(); ++i) {
        const Field field = (*this)[i];
        lines.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    return lines;
}

std::size_t FieldList::footprint() const { return text_.capacity() + places_.capacity() * sizeof(Place); }

}  // namespace outpost::http
