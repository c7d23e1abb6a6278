// A node to try out: one directory with all that it needs.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace outpost::server {

// Makes the directory's configuration, library and demo certificate where they are missing; the
// configuration's path.
Outcome<std::filesystem::path> prepare_demo(const std::filesystem::path& directory);

}  // namespace outpost::server
