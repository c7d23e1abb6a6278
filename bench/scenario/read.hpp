// A scenario file, read whole: a Scenario, or everything that is wrong with it by file:line:column. Options
// are declared once, in sections.hpp, with the machinery of config/. Thread rule: pure (load reads a file).
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

struct ReadScenario {
    std::optional<Scenario> scenario;  // nothing when there are problems
    std::vector<Problem> problems;
};

ReadScenario parse_scenario(std::string_view text, const std::filesystem::path& path);
ReadScenario load_scenario(const std::filesystem::path& path);

// docs/bench-scenarios.md: every option with its default, generated.
std::string scenario_reference();

}  // namespace outpost::bench
