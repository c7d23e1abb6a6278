// Golden files: tests/golden holds what the writers must give, byte for byte.
#pragma once

#include <string>
#include <string_view>

namespace outpost::golden {

// "" when tests/golden/<name> holds exactly `actual`; else the first line that differs, for a person. With
// OUTPOST_UPDATE_GOLDEN=1 the file is written anew; the difference is told all the same, so that an update
// never passes as a success.
std::string difference(const std::string& name, std::string_view actual);

std::string first_difference(std::string_view wanted, std::string_view actual);

}  // namespace outpost::golden
