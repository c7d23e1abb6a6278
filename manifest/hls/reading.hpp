// Inside of the reader: what its two halves share. Include hls/reader.hpp instead.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"
#include "manifest/hls/reader.hpp"

namespace outpost::manifest::hls {

struct Reading {
    const Document& document;
    std::string_view where;
    const Limits& limits;

    [[nodiscard]] Problem at(std::size_t line, std::string what) const {
        return {fmt::format("{}:{}", where, line + 1), std::move(what),
                "give an HLS playlist as in RFC 8216"};
    }
    [[nodiscard]] Problem bad_value(std::size_t line) const {
        return at(line, fmt::format("{} has a value that can't be read", document.lines[line].name()));
    }
    [[nodiscard]] Outcome<Attributes> attributes(std::size_t line) const {
        Outcome<Attributes> parsed = Attributes::parse(document.lines[line].value(), limits.attributes);
        if (!parsed) return at(line, parsed.error().what);
        return parsed;
    }
};

// A tag that stands once: its number, within the type's bounds. False when it is there twice or unreadable.
template <class Int>
bool take_once(std::optional<Int>& into, std::string_view value) {
    const auto number = parse_unsigned(value);
    if (into || !number || *number > static_cast<std::uint64_t>(std::numeric_limits<Int>::max()))
        return false;
    into = static_cast<Int>(*number);
    return true;
}

Outcome<Multivariant> read_multivariant(const Reading& in);
Outcome<MediaPlaylist> read_media(const Reading& in);

}  // namespace outpost::manifest::hls
