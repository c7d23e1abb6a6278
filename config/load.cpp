#include "config/load.hpp"

#include "base/file.hpp"
#include "config/read.hpp"
#include "config/rules.hpp"

namespace outpost::config {
namespace {

struct Reading {
    std::shared_ptr<Settings> settings = std::make_shared<Settings>();
    std::vector<Fault> faults;
};

Reading read(std::string_view text, const std::filesystem::path& path) {
    Reading reading;
    if (read_into(*reading.settings, text, path, "`outpost config` prints", reading.faults))
        check_rules(*reading.settings, reading.faults);
    return reading;
}

Loaded finish(Reading reading, const std::filesystem::path& path) {
    Loaded loaded;
    loaded.problems = problems_of(std::move(reading.faults), path);
    if (loaded.problems.empty()) loaded.settings = std::move(reading.settings);
    return loaded;
}

}  // namespace

Loaded parse(std::string_view text, const std::filesystem::path& path) {
    return finish(read(text, path), path);
}

Loaded load(const std::filesystem::path& path) {
    const auto text = read_file(path, largest_file);
    if (!text) return {nullptr, {text.error()}};
    Reading reading = read(*text, path);
    check_files(*reading.settings, reading.faults);
    return finish(std::move(reading), path);
}

}  // namespace outpost::config
