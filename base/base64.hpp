// Base64 (RFC 4648): the standard alphabet with padding, and the one for URLs and file names without. Strict:
// one text for each run of bytes, so that no two spellings of a token are the same token. Thread rule: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace outpost {

std::string encode_base64(std::string_view bytes);                   // section 4, padded
std::optional<std::string> decode_base64(std::string_view text);     // the same, and nothing else
std::string encode_base64url(std::string_view bytes);                // section 5, not padded
std::optional<std::string> decode_base64url(std::string_view text);  // the same, and nothing else

// Two lower-case digits a byte.
std::string encode_hex(std::string_view bytes);
// Digits of either case, two a byte.
std::optional<std::string> decode_hex(std::string_view text);

}  // namespace outpost
