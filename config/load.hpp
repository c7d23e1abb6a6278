// A configuration file, read whole: either Settings or everything that is wrong with it, in the order of the
// file's lines. Thread rule: pure functions (load reads files).
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace outpost::config {

struct Loaded {
    std::shared_ptr<const Settings> settings;  // nullptr when there are problems
    std::vector<Problem> problems;             // where: "file:line:column", or the file

    explicit operator bool() const { return settings != nullptr; }
};

// The text of a file called `path`: relative paths in it are taken from that file's directory. Looks at no
// other file.
Loaded parse(std::string_view text, const std::filesystem::path& path);

// Reads `path` and looks that the files which it names can be read. Certificates are not opened up: what
// is in them is for the server to tell.
Loaded load(const std::filesystem::path& path);

}  // namespace outpost::config
