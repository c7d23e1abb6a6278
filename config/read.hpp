// A TOML file taken over into the options of any Root: the server's Settings, a scenario of the bench.
// Unknown names with the nearest known, types, bounds and what is lacking; what the options mean together is
// for whoever declares them. Thread rule: pure functions.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/option.hpp"

namespace outpost::config {

constexpr Bytes largest_file = 1_MiB;

// The text of a file called `path`: relative paths in it are taken from that file's directory. False when it
// is no TOML: the root is as it was then, and what it holds need not be looked at. `reference` begins the
// sentence "… all that there are", said of an unknown section. Faults are added in no order.
bool read_into(Root& root, std::string_view text, const std::filesystem::path& path,
               std::string_view reference, std::vector<Fault>& faults);

// For people: in the order of the file's lines, with "file:line:column"; a bounded number of them.
std::vector<Problem> problems_of(std::vector<Fault> faults, const std::filesystem::path& path);

}  // namespace outpost::config
