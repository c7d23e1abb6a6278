#include "bench/scenario/read.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "bench/scenario/sections.hpp"
#include "config/read.hpp"
#include "config/reference.hpp"

namespace outpost::bench {
namespace {

constexpr std::string_view head =
    R"(<!-- Written by `outpost-bench scenarios`; the prose is next to each option in bench/scenario/sections.hpp. -->
# Scenarios of outpost-bench

A scenario says what a load is made of: crowds of clients that arrive by a schedule, what each of them does, and what else
happens meanwhile. It is one [TOML](https://toml.io/en/v1.0.0) file; those in [bench/scenarios](../bench/scenarios) are
commented and ready to run. Arrivals are open-loop: clients come when the schedule says so, whatever the server does, and every
time is measured from when a request was due.

```toml
[scenario]
lasts = "2min"

[[crowd]]
name = "boxes"
count = 205
arrival = "poisson"
over = "30s"
titles = ["/vod/county/index.m3u8"]
```

What is wrong with a file is told with its place, all of it at once:

```
evening.toml:6:1: [[crowd]] has no option "cuont"; did you mean count?
evening.toml:7:11: arrival "poisson" needs a time in which they come; write over = "30s"
```

Of TOML, a file needs and may hold only `[section]`, `[[section]]`, `option = value` and comments; texts stand on one
line. Quantities carry their units, in quotes: `"90s"`, `"1.5min"`, `"1h"`; `"500kbps"`, `"25Mbps"` (powers of 1000). A path
is taken from the directory of the scenario, unless it begins with `/`.
)";

Crowd crowd_of(const CrowdOptions& options) {
    Crowd crowd;
    crowd.name = options.name;
    crowd.activity = options.activity;
    crowd.count = options.count;
    crowd.arrival = options.arrival;
    crowd.start = options.start;
    crowd.over = options.over;
    crowd.stay = options.stay;
    crowd.titles = options.titles;
    crowd.catalogue = options.catalogue;
    crowd.zipf = options.zipf;
    crowd.adaptation = options.adaptation;
    crowd.profile = options.profile;
    crowd.bit_rate = options.bit_rate;
    crowd.zap_every = options.zap_every;
    crowd.seek_every = options.seek_every;
    crowd.pause_every = options.pause_every;
    crowd.pause_for = options.pause_for;
    crowd.cmcd = options.cmcd;
    crowd.loop = options.loop;
    crowd.paths = options.paths;
    crowd.rate = options.rate;
    crowd.connections = options.connections;
    crowd.receive_rate = options.receive_rate;
    crowd.verify = options.verify;
    crowd.tls_resume = options.tls_resume;
    crowd.token = options.token;
    crowd.tokens = options.tokens;
    crowd.token_key = options.token_key().string();
    crowd.token_life = options.token_life;
    return crowd;
}

std::string content_name(Content content) {
    for (const auto& each : config::names_of<Content>()) {
        if (each.value == content) return std::string{each.name};
    }
    return {};
}

Scenario scenario_of(const ScenarioFile& file, const std::filesystem::path& path) {
    Scenario scenario;
    const ScenarioOptions& run = file.scenario;
    scenario.name = run.name().empty() ? path.stem().string() : run.name();
    scenario.doc = run.about;
    scenario.seed = run.seed;
    scenario.lasts = run.lasts;
    scenario.warm_up = run.warm_up;
    scenario.content = content_name(run.content);
    scenario.objective.stalls = file.objective.stalls;
    scenario.objective.errors = file.objective.errors;
    scenario.objective.segment_time = file.objective.segment_time;
    scenario.objective.first_byte_p99 = file.objective.first_byte_p99;
    for (const CrowdOptions& crowd : file.crowd) scenario.crowds.push_back(crowd_of(crowd));
    for (const EventOptions& event : file.event)
        scenario.events.push_back({event.at, event.what, event.lasts});
    std::stable_sort(scenario.events.begin(), scenario.events.end(),
                     [](const Event& a, const Event& b) { return a.at < b.at; });
    return scenario;
}

}  // namespace

ReadScenario parse_scenario(std::string_view text, const std::filesystem::path& path) {
    ScenarioFile file;
    std::vector<config::Fault> faults;
    if (config::read_into(file, text, path, "docs/bench-scenarios.md has", faults))
        check_scenario(file, faults);
    ReadScenario read;
    read.problems = config::problems_of(std::move(faults), path);
    if (read.problems.empty()) read.scenario = scenario_of(file, path);
    return read;
}

ReadScenario load_scenario(const std::filesystem::path& path) {
    const auto text = read_file(path, config::largest_file);
    if (!text) return {std::nullopt, {text.error()}};
    return parse_scenario(*text, path);
}

std::string scenario_reference() {
    const ScenarioFile file;
    return std::string{head} + config::sections_markdown(file);
}

}  // namespace outpost::bench
