// What pools and origins must hold together: a part of config/rules_edge.hpp. Thread rule: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace outpost::config {

void check_origins(const Settings& settings, std::vector<Fault>& faults);

// That `pool` names a [[pool]], when there is any.
void check_pool_name(const Settings& settings, const Option<std::string>& pool, std::vector<Fault>& faults);

// Letters, digits, - . and _, at least one: a name that needs no quotes anywhere.
bool is_plain_name(std::string_view text);
bool is_digit_or_mark(char c);

}  // namespace outpost::config
