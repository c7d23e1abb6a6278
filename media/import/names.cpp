#include "media/import/names.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "base/text.hpp"

namespace outpost::media {
namespace {

constexpr std::size_t longest_id = 64;
constexpr std::size_t longest_character = 4;  // bytes, in UTF-8

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// The character that `text` begins with; empty when it is none.
std::string_view first_character(std::string_view text) {
    for (std::size_t size = 1; size <= std::min(longest_character, text.size()); ++size) {
        if (is_utf8(text.substr(0, size))) return text.substr(0, size);
    }
    return {};
}

}  // namespace

Outcome<void> check_name(const std::string& where, std::string_view name, std::size_t most) {
    const std::string bound = fmt::format("write at most {} bytes of UTF-8 without control characters", most);
    if (name.size() > most) return Problem{where, fmt::format("is {} bytes long", name.size()), bound};
    if (!is_utf8(name)) return Problem{where, "is not UTF-8", bound};
    if (std::any_of(name.begin(), name.end(), is_control))
        return Problem{where, "holds control characters", bound};
    if (trim_blanks(name).empty()) return Problem{where, "is blank", bound};
    return {};
}

std::string clean_name(std::string_view name, std::size_t most) {
    std::string clean;
    while (!name.empty()) {
        const std::string_view character = first_character(name);
        name.remove_prefix(std::max<std::size_t>(character.size(), 1));
        if (character.empty() || is_control(character.front())) continue;
        if (clean.size() + character.size() > most) break;
        clean += character;
    }
    return std::string{trim_blanks(clean)};
}

std::string id_from_name(const std::filesystem::path& path) {
    const std::string stem = path.stem().string();
    std::string id;
    for (const char raw : stem) {
        const char c = ascii_lower(raw);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain) {
            id += c;
        } else if (!id.empty() && id.back() != '-') {
            id += '-';
        }
    }
    const bool is_ascii =
        std::all_of(stem.begin(), stem.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    const std::string mark = is_ascii ? "" : "-" + to_hex(XXH3_64bits(stem.data(), stem.size())).substr(0, 8);
    id.resize(std::min(id.size(), longest_id - mark.size()));
    while (!id.empty() && id.back() == '-') id.pop_back();
    return (id.empty() ? "film" : id) + mark;
}

}  // namespace outpost::media
