// The documentation of every option, from the registry: `outpost config` prints it, config/reference.toml and
// docs/configuration.md are kept equal to it by a test. Thread rule: pure functions.
#pragma once

#include <string>

#include "config/option.hpp"

namespace outpost::config {

// A configuration file that says what the defaults say, with each option's prose, type and bounds. It reads
// without a problem; required options have example values.
std::string reference_toml();
// docs/configuration.md.
std::string reference_markdown();
// A table of the options of each section of a file, below a heading for each.
std::string sections_markdown(const Root& root);

}  // namespace outpost::config
