#include "config/rules_match.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "config/url.hpp"

namespace outpost::config {
namespace {

void check_path_text(const Option<std::string>& option, bool whole, std::vector<Fault>& faults) {
    if (!option.given() || option().empty()) return;
    if (option().find_first_of("?#") != std::string::npos) {
        faults.push_back(
            {option.at(),
             fmt::format("{} is {}, which no path holds", option.name(), describe(Value{option()})),
             "leave out ? and #: what comes after them is no part of the path"});
    } else if (whole && option().front() != '/') {
        faults.push_back(
            {option.at(),
             fmt::format("{} is {}, and paths begin with /", option.name(), describe(Value{option()})),
             fmt::format("write {}", toml_string("/" + option()))});
    }
}

}  // namespace

void check_conditions(const Conditions& c, std::vector<Fault>& faults) {
    if (!c.host().empty() && !is_host(c.host()))
        faults.push_back({c.host.at(), fmt::format("host is {}, not a host", describe(Value{c.host()})),
                          "write a name without a port, such as \"films.example.org\""});
    check_path_text(c.prefix, true, faults);
    check_path_text(c.suffix, false, faults);
    // "**" may stand first: it takes the first slash too.
    check_path_text(c.pattern, !c.pattern().starts_with("**"), faults);
    if (c.pattern().find("***") != std::string::npos)
        faults.push_back({c.pattern.at(),
                          fmt::format("pattern is {}, and *** says nothing", describe(Value{c.pattern()})),
                          "write * for a segment of the path, or ** for anything"});
}

bool covers(const Conditions& a, const Conditions& b) {
    return (a.host().empty() || iequals(a.host(), b.host())) && b.prefix().starts_with(a.prefix()) &&
           b.suffix().ends_with(a.suffix()) && (a.pattern().empty() || a.pattern() == b.pattern());
}

Fault unreachable(const Section& section, const Section& earlier) {
    return {section.at(),
            fmt::format("no request comes to this [[{}]], for that of line {} takes them all", section.name(),
                        earlier.at().line),
            "put this one before it"};
}

}  // namespace outpost::config
