#include "config/read.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"

namespace outpost::config {
namespace {

constexpr std::size_t most_sections = 256;  // of one name
constexpr std::size_t most_faults = 100;    // told at once

std::string header_text(std::string_view name, bool repeated) {
    return repeated ? fmt::format("[[{}]]", name) : fmt::format("[{}]", name);
}

// "did you mean …?" when a name is near; else `otherwise`. Long words are nobody's misspelling.
std::string near_or(std::string_view word, const std::vector<std::string>& names, std::string otherwise) {
    const auto near = word.size() > 64 ? std::nullopt : nearest(ascii_lower(word), names);
    return near ? fmt::format("did you mean {}?", *near) : std::move(otherwise);
}

const std::string& name_of(const Root::Part& part) {
    return std::visit([](const auto* each) -> const std::string& { return each->name(); }, part);
}

const Root::Part* find_part(const Root& root, std::string_view name) {
    for (const Root::Part& part : root.parts()) {
        if (name_of(part) == name) return &part;
    }
    return nullptr;
}

OptionBase* find_option(const Section& section, std::string_view name) {
    for (OptionBase* option : section.options()) {
        if (option->name() == name) return option;
    }
    return nullptr;
}

// A section that has an option of this name, for one that was written outside of its section.
std::string home_of(const Root& root, std::string_view option) {
    for (const Root::Part& part : root.parts()) {
        const auto* const* single = std::get_if<Section*>(&part);
        if (single != nullptr && find_option(**single, option) != nullptr)
            return header_text((*single)->name(), false);
    }
    return "its [section]";
}

Fault unknown_section(const Root& root, const Table& table, std::string_view reference) {
    std::vector<std::string> names;
    for (const Root::Part& part : root.parts()) names.push_back(name_of(part));
    return {table.at, fmt::format("there is no section {}", describe(Value{table.name})),
            near_or(table.name, names, fmt::format("{} all that there are", reference))};
}

Fault unknown_option(const Section& section, const Entry& entry, bool repeated) {
    std::vector<std::string> names;
    for (const OptionBase* option : section.options()) names.push_back(option->name());
    return {
        entry.at,
        fmt::format("{} has no option {}", header_text(section.name(), repeated), describe(Value{entry.key})),
        near_or(entry.key, names, fmt::format("it has {}", fmt::join(names, ", ")))};
}

void read_section(Section& section, const Table& table, const std::filesystem::path& directory,
                  std::vector<Fault>& faults) {
    section.set_at(table.at);
    for (const Entry& entry : table.entries) {
        OptionBase* option = find_option(section, entry.key);
        if (option == nullptr) {
            faults.push_back(unknown_option(section, entry, table.repeated));
        } else if (auto fault = option->read(entry.value, entry.value_at, directory)) {
            faults.push_back(std::move(*fault));
        }
    }
    for (const OptionBase* option : section.options()) {
        if (!option->required() || option->given()) continue;
        faults.push_back({table.at,
                          fmt::format("{} lacks {}", header_text(table.name, table.repeated), option->name()),
                          fmt::format("add {} = {}", option->name(), option->default_text())});
    }
}

void read_table(Root& root, const Table& table, const std::filesystem::path& directory,
                std::string_view reference, std::vector<Fault>& faults) {
    const Root::Part* part = find_part(root, table.name);
    if (part == nullptr) {
        faults.push_back(unknown_section(root, table, reference));
        return;
    }
    const bool repeated = std::holds_alternative<RepeatedBase*>(*part);
    if (repeated != table.repeated) {
        faults.push_back({table.at, fmt::format("{} is not written so", header_text(table.name, !repeated)),
                          fmt::format("write {}", header_text(table.name, repeated))});
    } else if (!repeated) {
        read_section(*std::get<Section*>(*part), table, directory, faults);
    } else if (RepeatedBase& all = *std::get<RepeatedBase*>(*part); all.size() < most_sections) {
        read_section(all.add(), table, directory, faults);
    } else {
        faults.push_back(
            {table.at, fmt::format("more than {} [[{}]]", most_sections, table.name), "remove some"});
    }
}

}  // namespace

bool read_into(Root& root, std::string_view text, const std::filesystem::path& path,
               std::string_view reference, std::vector<Fault>& faults) {
    if (text.size() > largest_file.count()) {
        faults.push_back({{1, 1}, "the file is larger than 1MiB", "is it the right file?"});
        return false;
    }
    const auto document = read_document(text);
    if (!document) {
        faults.push_back(document.error());
        return false;
    }
    for (const Table& table : document->tables) {
        if (!table.name.empty()) {
            read_table(root, table, path.parent_path(), reference, faults);
            continue;
        }
        for (const Entry& entry : table.entries) {
            faults.push_back({entry.at,
                              fmt::format("{} stands outside of any section", describe(Value{entry.key})),
                              fmt::format("put it below {}", home_of(root, entry.key))});
        }
    }
    return true;
}

std::vector<Problem> problems_of(std::vector<Fault> faults, const std::filesystem::path& path) {
    std::stable_sort(faults.begin(), faults.end(),
                     [](const Fault& a, const Fault& b) { return a.at < b.at; });
    if (faults.size() > most_faults) faults.resize(most_faults);
    std::vector<Problem> problems;
    for (Fault& fault : faults) {
        problems.emplace_back(fmt::format("{}:{}:{}", path.string(), fault.at.line, fault.at.column),
                              std::move(fault.what), std::move(fault.remedy));
    }
    return problems;
}

}  // namespace outpost::config
