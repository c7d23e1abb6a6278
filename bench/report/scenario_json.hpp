// A scenario as a result keeps it, and as one process gives it to another. Thread rule: pure.
#pragma once

#include <boost/json/value.hpp>

#include "bench/report/fields.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

boost::json::value scenario_to_json(const Scenario& scenario);
// What is wrong goes to the Fields' complaint.
Scenario scenario_from_json(Fields fields);

}  // namespace outpost::bench
