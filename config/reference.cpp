#include "config/reference.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include <fmt/format.h>

#include "base/text.hpp"
#include "config/settings.hpp"

namespace outpost::config {
namespace {

constexpr std::size_t width = 100;

constexpr std::string_view toml_head =
    "Every option of Outpost, with its default. `outpost config` prints this file and `outpost check` tries "
    "one. A file needs only what differs from it: a [[listen]], and what the node is to do.";

constexpr std::string_view markdown_head =
    R"(<!-- Written by `outpost config --markdown`; the prose is next to each option in config/sections*.hpp. -->
# Configuration

Outpost reads one [TOML](https://toml.io/en/v1.0.0) file: `outpost serve --config outpost.toml`. The sections that
the file has decide what the node does; an option that the file leaves out has the default given here. Whole examples:
[all-in-one.toml](../config/all-in-one.toml), [origin.toml](../config/origin.toml), [edge.toml](../config/edge.toml) and
[shield.toml](../config/shield.toml); every option with its default as a file:
[reference.toml](../config/reference.toml), which `outpost config` prints.

`outpost check --config outpost.toml` tells everything that is wrong with a file, a line for each problem, before a
server meets it:

```
outpost.toml:7:1: [limits] has no option "idel"; did you mean idle?
outpost.toml:8:13: head_time is 10, not a time; write a number and one of ms s min h d, in quotes, such as "10s"
```

Of TOML, a file needs and may hold only `[section]`, `[[section]]`, `option = value` and comments; texts stand on one
line. Quantities carry their units, in quotes:

| Type | Written as |
|---|---|
| time | `"250ms"`, `"10s"`, `"1.5min"`, `"6h"`, `"7d"` |
| size | `"64KiB"`, `"1MiB"` (powers of 1024), `"64KB"`, `"1MB"` (powers of 1000), `"512B"` |
| bit rate | `"500kbps"`, `"25Mbps"` (powers of 1000) |
| address | `"192.0.2.1:8080"`, `"0.0.0.0:8080"`, `"[::]:8080"` |
| path | `"certificate.pem"`: taken from the directory of the configuration file, unless it begins with `/` |
)";

// Calls take(section, heading) for each section in order; of those that repeat, for one with its defaults.
template <class Take>
void for_each_section(const Root& root, Take&& take) {
    for (const Root::Part& part : root.parts()) {
        if (const auto* const* single = std::get_if<Section*>(&part)) {
            take(**single, fmt::format("[{}]", (*single)->name()));
        } else {
            const auto sample = std::get<RepeatedBase*>(part)->sample();
            take(*sample, fmt::format("[[{}]]", sample->name()));
        }
    }
}

void append_comment(std::string& out, std::string_view prose) {
    std::string line = "#";
    for (const std::string_view word : split(prose, ' ')) {
        if (line.size() + 1 + word.size() > width) {
            out += line + '\n';
            line = "#";
        }
        line += ' ';
        line += word;
    }
    out += line + '\n';
}

// "time, 1s to 1h", "path, required".
std::string facts_of(const OptionBase& option) {
    std::string facts = option.type_text();
    if (const std::string bounds = option.bounds_text(); !bounds.empty()) facts += ", " + bounds;
    if (option.required()) facts += ", required";
    return facts;
}

// Text of a Markdown table: what would end the cell or begin emphasis is escaped.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|' || c == '*') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

std::string reference_toml() {
    const Settings settings;
    std::string out;
    append_comment(out, toml_head);
    for_each_section(settings, [&out](const Section& section, const std::string& heading) {
        out += '\n';
        append_comment(out, section.doc());
        out += heading + '\n';
        for (const OptionBase* option : section.options()) {
            append_comment(out, option->doc());
            append_comment(out, fmt::format("({})", facts_of(*option)));
            out += fmt::format("{} = {}\n", option->name(), option->default_text());
        }
    });
    return out;
}

std::string reference_markdown() {
    const Settings settings;
    return std::string{markdown_head} + sections_markdown(settings);
}

std::string sections_markdown(const Root& root) {
    std::string out;
    for_each_section(root, [&out](const Section& section, const std::string& heading) {
        out += fmt::format("\n## `{}`\n{}\n\n| Option | Type | Default | |\n|---|---|---|---|\n", heading,
                           section.doc());
        for (const OptionBase* option : section.options()) {
            const std::string standing =
                option->required() ? "required" : fmt::format("`{}`", option->default_text());
            const std::string bounds = option->bounds_text();
            out += fmt::format("| `{}` | {} | {} | {} |\n", option->name(),
                               cell(option->type_text() + (bounds.empty() ? "" : ", " + bounds)), standing,
                               cell(option->doc()));
        }
    });
    return out;
}

}  // namespace outpost::config
