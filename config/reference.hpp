// The documentation of every option, from the registry: `outpost config` prints it, config/reference.toml and
// docs/configuration.md are kept equal to it by a test. Thread rule: pure functions.
#pragma once

#include <string>

namespace outpost::config {

// A configuration file that says what the defaults say, with each option's prose, type and bounds. It reads
// without a problem; required options have example values.
std::string reference_toml();
// docs/configuration.md.
std::string reference_markdown();

}  // namespace outpost::config
