// What the sections about who may watch must hold together. Faults are added to `faults`. Thread rule: pure
// functions; check_auth_files asks the file system.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace outpost::config {

// The names that [[access]] formats and places may hold: auth's own (a unit test holds them equal).
std::span<const std::string> token_formats();
std::span<const std::string> token_places();

// [auth] has rules and keys to go by, and nobody else has rules; names, networks, claims and intervals are
// such; every rule can be reached.
void check_auth_rules(const Settings& settings, std::vector<Fault>& faults);

// The directories of keys and state are there and may be used.
void check_auth_files(const Settings& settings, std::vector<Fault>& faults);

}  // namespace outpost::config
