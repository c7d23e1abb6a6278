#include "bench/commands/rounds.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outpost::bench {
namespace {

constexpr std::uint32_t most_of_catalogue = 2000;

Comparison comparison_of(const std::string& what, std::string unit, const std::vector<std::string>& servers,
                         const std::vector<std::vector<double>>& values) {
    const auto ours = std::find_if(servers.begin(), servers.end(),
                                   [](const std::string& name) { return name.starts_with("outpost"); });
    Comparison comparison{what, std::move(unit), {}};
    for (std::size_t i = 0; i < servers.size(); ++i) {
        CompareRow row{servers[i], values[i], {}};
        if (ours != servers.end()) {
            const auto& own = values[static_cast<std::size_t>(ours - servers.begin())];
            for (std::size_t k = 0; k < std::min(own.size(), row.values.size()); ++k)
                if (row.values[k] > 0) row.ratios.push_back(own[k] / row.values[k]);
        }
        comparison.rows.push_back(std::move(row));
    }
    return comparison;
}

}  // namespace

std::vector<std::size_t> order_of_round(std::size_t round, std::size_t contestants) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < contestants; ++i) order.push_back((round + i) % contestants);
    return order;
}

std::vector<Comparison> comparisons_of(const std::string& what, const std::vector<std::string>& servers,
                                       const std::vector<std::vector<RoundCost>>& costs) {
    std::vector<std::vector<double>> requests, gigabytes;
    bool bodies = false;
    for (const auto& rounds : costs) {
        requests.emplace_back();
        gigabytes.emplace_back();
        for (const RoundCost& cost : rounds) {
            requests.back().push_back(cost.per_request * 1e6);
            gigabytes.back().push_back(cost.per_gigabyte);
            bodies = bodies || cost.per_gigabyte > 0;
        }
    }
    std::vector<Comparison> all{comparison_of(what, "CPU µs/request", servers, requests)};
    if (bodies) all.push_back(comparison_of(what, "CPU s/GB", servers, gigabytes));
    return all;
}

Scenario asking_once(const Scenario& scenario) {
    Scenario once = scenario;
    once.crowds.clear();
    once.events.clear();
    once.warm_up = Milliseconds{0};
    once.lasts = std::chrono::minutes{2};  // whoever runs it ends it when all was answered
    for (const Crowd& crowd : scenario.crowds) {
        if (crowd.activity == Activity::play) continue;
        for (const std::string& path : crowd.paths) {
            const std::size_t hole = path.find("{}");
            const std::uint32_t titles =
                hole == std::string::npos ? 1 : std::min(crowd.catalogue, most_of_catalogue);
            for (std::uint32_t n = 1; n <= titles; ++n) {
                Crowd one = crowd;
                one.name = fmt::format("warm-up {}", once.crowds.size() + 1);
                one.activity = Activity::hold;
                one.count = one.connections = one.catalogue = 1;
                one.arrival = Arrival::at_once;
                one.start = one.over = one.stay = Milliseconds{0};
                one.zipf = one.rate = 0;
                one.receive_rate = BitRate{};
                std::string asked = path;
                if (hole != std::string::npos) asked.replace(hole, 2, fmt::to_string(n));
                one.paths = {asked};
                once.crowds.push_back(std::move(one));
            }
        }
    }
    return once;
}

}  // namespace outpost::bench
