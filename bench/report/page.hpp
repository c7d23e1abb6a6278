// The parts of the page, each in a file of its own; result.hpp's to_html() puts them together.
// Thread rule: pure.
#pragma once

#include <string>
#include <string_view>

#include "bench/report/result.hpp"

namespace outpost::bench {

std::string_view page_style();
std::string run_section(const Result& result, const RunResult& run);  // page_run.cpp
// `named`: with its heading, which several in a row share.
std::string comparison_section(const Comparison& comparison, bool named);     // page_tables.cpp
std::string capacity_section(const Result& result);                           // page_tables.cpp
std::string overview_section(const std::vector<Result>& results);             // page_tables.cpp
std::string details_section(const Result& result);                            // page_details.cpp
std::string charts_of(const Result& result, const RunResult& run);            // page_charts.cpp
std::string by_percentile(const Recording& recording);                        // page_charts.cpp
std::string verdict(const Judgement& judgement, std::string_view objective);  // page_run.cpp

}  // namespace outpost::bench
