// Strict text: parsers that take the whole input or nothing. ASCII only, no locale.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outpost {

// Decimal digits only: no sign, blank, or overflow.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

char ascii_lower(char c);
std::string ascii_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);
std::string_view trim_blanks(std::string_view text);  // spaces and tabs (OWS of RFC 9110)
std::vector<std::string_view> split(std::string_view text, char separator);

// %XX decoded once (RFC 3986). Nothing when an escape is malformed or names NUL, a slash or a backslash.
std::optional<std::string> decode_path(std::string_view path);
// Escapes all that a path segment must not hold bare.
std::string encode_path_segment(std::string_view segment);

// In decimal. Cheaper than any formatting: for texts that are made for each reply.
void append_number(std::string& out, std::uint64_t value);
void append_number(std::string& out, std::int64_t value);

// Quotes and escapes as a JSON string; bytes that are not UTF-8 become U+FFFD, so that any log line stays
// JSON.
void append_json(std::string& out, std::string_view text);
// Text for XML content or a double-quoted attribute; characters that XML 1.0 forbids are dropped.
std::string xml_escape(std::string_view text);

bool is_utf8(std::string_view text);  // RFC 3629: no overlong forms, no surrogates

std::string to_hex(std::uint64_t value);  // 16 lower-case digits

// The candidate with the least edit distance to `word`, if it is near enough to be what was meant;
// else the first that `word` shortens ("warn" for "warning").
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace outpost
