// Rules about files, shared by config/rules.cpp and config/rules_edge.cpp. Thread rule: they ask the file
// system.
#pragma once

#include <filesystem>
#include <vector>

#include "config/option.hpp"
#include "config/value.hpp"

namespace outpost::config {

// That the option's path can't be read, with `error` as the system's reason.
Fault unreadable(const Option<std::filesystem::path>& option, int error);

// A file that is given is there and may be read.
void check_file(const Option<std::filesystem::path>& option, std::vector<Fault>& faults);

}  // namespace outpost::config
