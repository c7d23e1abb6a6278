// What a write makes stale: RFC 9111 section 4.4. Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/field.hpp"
#include "base/uri.hpp"

namespace outpost::cdn::policy {

// GET, HEAD, OPTIONS and TRACE are safe (RFC 9110 section 9.2.1); unknown methods are not.
bool is_safe(std::string_view method);

// URIs (as to_text() writes them, each once) whose stored responses are to be dropped or marked stale: after
// a 2xx or 3xx answer to an unsafe method the target, and what Location and Content-Location name at the
// target's origin. Empty otherwise.
std::vector<std::string> invalidated_uris(std::string_view method, const Uri& target, int status,
                                          std::span<const http::Field> response);

}  // namespace outpost::cdn::policy
