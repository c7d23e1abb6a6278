// What the sections of an edge must hold together. Faults are added to `faults`. Thread rule: pure functions;
// check_edge_files asks the file system.
#pragma once

#include <vector>

#include "config/settings.hpp"

namespace outpost::config {

// An edge has pools with origins, and nobody else has. Names are known and used once, URLs, paths and
// patterns are such, every route can be reached, no directory is used for two things.
void check_edge_rules(const Settings& settings, std::vector<Fault>& faults);

// Certificates and secrets may be read; the disks' directories are there, apart from each other, may be
// written to and can hold what they shall.
void check_edge_files(const Settings& settings, std::vector<Fault>& faults);

}  // namespace outpost::config
