// The conditions by which [[route]] and [[access]] say which requests they are for. Thread rule: pure
// functions.
#pragma once

#include <algorithm>
#include <vector>

#include "config/option.hpp"

namespace outpost::config {

struct Conditions {
    const Option<std::string>& host;
    const Option<std::string>& prefix;
    const Option<std::string>& suffix;
    const Option<std::string>& pattern;
};
template <class S>
Conditions conditions_of(const S& section) {
    return {section.host, section.prefix, section.suffix, section.pattern};
}

// They look like what hosts and paths look like.
void check_conditions(const Conditions& conditions, std::vector<Fault>& faults);
// Whether every request that b is for is one that a is for.
bool covers(const Conditions& a, const Conditions& b);
// The fault of a section that an earlier one leaves nothing for.
Fault unreachable(const Section& section, const Section& earlier);

template <class S>
void check_reachable(const Repeated<S>& sections, std::vector<Fault>& faults) {
    for (auto section = sections.begin(); section != sections.end(); ++section) {
        const auto earlier = std::find_if(sections.begin(), section, [&section](const S& each) {
            return covers(conditions_of(each), conditions_of(*section));
        });
        if (earlier != section) faults.push_back(unreachable(*section, *earlier));
    }
}

}  // namespace outpost::config
