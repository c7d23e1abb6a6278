// Header fields of a Reply as they will be sent, "Name: value\r\n"…, read and changed. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>

namespace outpost::server {

// All lines of that name as one value (RFC 9110 section 5.3); "" when there is none.
std::string joined_lines(std::string_view lines, std::string_view name);

// What is left of a whole reply's lines for a reply with other bytes made of it: all but what described the
// bytes or comes anew with the others (type, length, codings, ranges, digests, validators, caching). A reply
// that is for one client alone also loses what is said to shared caches only.
std::string lines_for_other_bytes(std::string_view lines, bool is_private);

// Cache-Control for one client alone: private, with what it said of lifetimes and of storing for that client.
std::string private_cache_control(std::string_view value);

}  // namespace outpost::server
