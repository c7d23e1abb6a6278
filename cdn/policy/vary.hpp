// Secondary keys: RFC 9111 section 4.1. Thread rule: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/field.hpp"

namespace outpost::cdn::policy {

using VaryNames = std::vector<std::string>;  // lower case, sorted, each once

inline constexpr std::size_t most_vary_names = 16;

// All lines. Nothing when the response matches no other request: "*", a name that is none, more than 16
// names. Empty when it varies on nothing.
std::optional<VaryNames> parse_vary(std::span<const http::Field> response);

// "accept-encoding,origin": what to keep of it; selecting_key() takes it back.
std::string join(const VaryNames& names);

// Equal keys: the stored response answers the request. Empty for no names. An absent field matches only
// absence. Whitespace of Accept, Accept-Charset, Accept-Encoding and Accept-Language does not count, nor case
// in Accept-Language; Accept-Encoding counts as normalised_accept_encoding() has it. Other fields must be the
// same text.
std::string selecting_key(const VaryNames& names, std::span<const http::Field> request);
std::string selecting_key(std::string_view joined_names, std::span<const http::Field> request);

// What this cache tells apart, as a field value: of br and gzip those that the client takes (in this order,
// whatever it prefers), and "identity;q=0" when it refuses the plain form. Empty: only plain. The fill must
// send this upstream in the place of what the client sent, else a key could cover encodings that another
// client can't read. Nothing when the request has no Accept-Encoding.
std::optional<std::string> normalised_accept_encoding(std::span<const http::Field> request);

}  // namespace outpost::cdn::policy
