#include "bench/report/result.hpp"

#include <algorithm>

namespace outpost::bench {

std::uint64_t RunResult::requests() const {
    std::uint64_t all = 0;
    for (const Slice& slice : recording.slices()) all += slice.requests;
    return all;
}

std::uint64_t RunResult::bytes() const {
    std::uint64_t all = 0;
    for (const Slice& slice : recording.slices()) all += slice.bytes;
    return all;
}

double RunResult::cpu_seconds() const {
    if (cost.size() < 2) return 0;
    return std::max(0.0, cost.back().cost.cpu_seconds - cost.front().cost.cpu_seconds);
}

double RunResult::cpu_per_request() const {
    const std::uint64_t all = requests();
    return all == 0 ? 0 : cpu_seconds() / static_cast<double>(all);
}

double RunResult::cpu_per_gigabyte() const {
    const std::uint64_t all = bytes();
    return all == 0 ? 0 : cpu_seconds() * 1e9 / static_cast<double>(all);
}

std::vector<double> Comparison::above_floor(const CompareRow& row) const {
    const auto floor =
        std::find_if(rows.begin(), rows.end(), [](const CompareRow& each) { return each.server == "floor"; });
    if (floor == rows.end()) return {};
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(row.values.size(), floor->values.size()); ++i)
        if (floor->values[i] > 0) ratios.push_back(row.values[i] / floor->values[i]);
    return ratios;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Spread spread_of(const std::vector<double>& values) {
    if (values.empty()) return {};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {median(values), *low, *high};
}

}  // namespace outpost::bench
