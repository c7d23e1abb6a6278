// Any text is either Settings or problems with a place in the text; never a crash, never both or neither.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "config/load.hpp"

namespace {

// "f:line:column", both from 1, the line one of the text's.
bool is_place(std::string_view where, std::string_view text) {
    const auto parts = outpost::split(where, ':');
    if (parts.size() != 3) return false;
    const auto line = outpost::parse_unsigned(parts[1]);
    const auto column = outpost::parse_unsigned(parts[2]);
    const auto lines = outpost::split(text, '\n').size();
    return line && column && *line >= 1 && *line <= lines && *column >= 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto loaded = outpost::config::parse(text, "f");
    if (static_cast<bool>(loaded) != loaded.problems.empty()) std::abort();
    for (const outpost::Problem& problem : loaded.problems) {
        if (!is_place(problem.where, text) || problem.what.empty()) std::abort();
    }
    return 0;
}
