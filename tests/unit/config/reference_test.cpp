#include "config/reference.hpp"

#include <set>

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "config/load.hpp"

using namespace outpost;
using namespace outpost::config;

namespace {

std::string source_file(const std::string& name) {
    const auto text = read_file(std::string{OUTPOST_SOURCE_DIR} + "/" + name, 1_MiB);
    REQUIRE(text.has_value());
    return *text;
}

std::string first_line_of(const Loaded& loaded) { return loaded ? "" : loaded.problems.front().line(); }

// take(section, option, header)
template <class Take>
void for_each_option(const Settings& settings, Take&& take) {
    for (const Root::Part& part : settings.parts()) {
        const auto* const* single = std::get_if<Section*>(&part);
        const auto sample = single != nullptr ? nullptr : std::get<RepeatedBase*>(part)->sample();
        const Section& section = single != nullptr ? **single : *sample;
        const std::string header =
            single != nullptr ? "[" + section.name() + "]" : "[[" + section.name() + "]]";
        for (const OptionBase* option : section.options()) take(section, *option, header);
    }
}

}  // namespace

TEST_CASE("config/reference.toml and docs/configuration.md are what the program prints") {
    CHECK_MESSAGE(source_file("config/reference.toml") == reference_toml(),
                  "run: outpost config > config/reference.toml");
    CHECK_MESSAGE(source_file("docs/configuration.md") == reference_markdown(),
                  "run: outpost config --markdown > docs/configuration.md");
}

TEST_CASE("the reference reads without a problem and gives every option of the sections that stand once") {
    const Loaded loaded = parse(reference_toml(), "reference.toml");
    REQUIRE_MESSAGE(loaded, first_line_of(loaded));
    for (const Root::Part& part : loaded.settings->parts()) {
        const auto* const* single = std::get_if<Section*>(&part);
        if (single == nullptr) continue;
        for (const OptionBase* option : (*single)->options()) {
            CAPTURE(option->name());
            CHECK(option->given());
        }
    }
    const Settings fresh;
    CHECK(loaded.settings->limits.idle() == fresh.limits.idle());
    CHECK(loaded.settings->limits.send_rate_min() == fresh.limits.send_rate_min());
    CHECK(loaded.settings->access_log.path() == fresh.access_log.path());
    CHECK(loaded.settings->cors.origins() == fresh.cors.origins());
}

TEST_CASE("every option has prose that is a sentence, and a name of its own in its section") {
    const Settings settings;
    std::set<std::string> names;
    for_each_option(settings, [&](const Section& section, const OptionBase& option, const std::string&) {
        CAPTURE(option.name());
        CHECK(names.insert(section.name() + "." + option.name()).second);
        CHECK(option.doc().size() >= 20);
        CHECK(option.doc().ends_with("."));
        CHECK(section.doc().ends_with("."));
    });
    CHECK(names.size() > 100);
}

TEST_CASE("every default is within its bounds") {
    const Settings settings;
    for_each_option(settings, [](const Section&, const OptionBase& option, const std::string& header) {
        // The option by itself in a file, with the value that the reference gives it.
        const std::string text = header + "\n" + option.name() + " = " + option.default_text() + "\n";
        CAPTURE(text);
        for (const Problem& problem : parse(text, "o.toml").problems) {
            CAPTURE(problem.line());
            CHECK_FALSE(problem.where == "o.toml:2:" + std::to_string(option.name().size() + 4));
        }
    });
}

TEST_CASE("the examples are right, whatever files this machine has") {
    // parse() looks at no other file; load() may only miss those that the examples name.
    for (const char* name :
         {"config/all-in-one.toml", "config/origin.toml", "config/edge.toml", "config/shield.toml"}) {
        CAPTURE(name);
        const Loaded loaded = parse(source_file(name), name);
        REQUIRE_MESSAGE(loaded, first_line_of(loaded));
        CHECK(loaded.settings->library.given() != loaded.settings->edge.given());
        for (const Problem& problem : load(std::string{OUTPOST_SOURCE_DIR} + "/" + name).problems) {
            CAPTURE(problem.line());
            CHECK(problem.what.find("can't be ") != std::string::npos);
        }
    }
}
