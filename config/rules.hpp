// What a file must hold to make sense as a whole, beyond each option by itself. Faults are added to `faults`.
// Thread rule: pure functions; check_files asks the file system.
#pragma once

#include <vector>

#include "config/settings.hpp"

namespace outpost::config {

// At least one listener; no two on the same address; TLS listeners have a certificate; origins,
// host names, names and hashes of accounts look like such.
void check_rules(const Settings& settings, std::vector<Fault>& faults);

// The certificates, keys and directories that the file names are there and may be read.
void check_files(const Settings& settings, std::vector<Fault>& faults);

}  // namespace outpost::config
