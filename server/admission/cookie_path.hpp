// Which requests a renewed token's cookie is sent with (RFC 6265 section 5.2.4, RFC 9246 section 2.1.16).
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace outpost::server {

// `path` is the request's without its token; `scope` the beginning of the path as it was sent, up to and with
// the segment that held a token ("" when none did): it comes first, for the next URLs begin with it. Else so
// many segments as `depth` says, and all of the site without one. Nothing when the path has fewer: then there
// is no renewal.
std::optional<std::string> cookie_path(std::string_view path, std::string_view scope,
                                       std::optional<int> depth);

}  // namespace outpost::server
