// From the path on the wire to the path that routes see.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.hpp"

namespace outpost::server {

// Decodes percent escapes once. Nothing when an escape is malformed or hides a slash, a backslash or NUL, or
// when a segment is "." or "..", parameters or not: those are attacks or faults, and never files of ours.
std::optional<std::string> clean_path(std::string_view raw);
// The answer to a path that is none.
Reply unclean_path();

}  // namespace outpost::server
