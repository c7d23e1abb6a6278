#include "cdn/policy/balance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace outpost::cdn::policy {
namespace {

constexpr double first_share = 0.05;

// Every bit of the key and of the id moves every bit of the result (the finalizer of SplitMix64).
std::uint64_t mixed(std::uint64_t key, std::uint64_t id) {
    std::uint64_t x = key ^ (id * 0x9E3779B97F4A7C15U);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

// The highest score wins; each wins in proportion to its weight (weighted rendezvous hashing).
double score(std::uint64_t key, const Candidate& candidate) {
    constexpr double span = 0x1p-53;
    const double uniform = (static_cast<double>(mixed(key, candidate.id) >> 11) + 0.5) * span;
    return -candidate.weight / std::log(uniform);
}

// The indices among which to choose: the usable ones of the best kind that there is.
std::vector<std::size_t> eligible(std::span<const Candidate> candidates) {
    std::vector<std::size_t> chosen;
    for (const bool tried : {false, true}) {
        for (const bool backup : {false, true}) {
            for (std::size_t i = 0; i < candidates.size(); ++i) {
                const Candidate& c = candidates[i];
                if (c.usable && c.weight > 0 && c.tried == tried && c.backup == backup) chosen.push_back(i);
            }
            if (!chosen.empty()) return chosen;
        }
    }
    return chosen;
}

}  // namespace

std::optional<std::size_t> choose_by_hash(std::span<const Candidate> candidates, std::uint64_t key,
                                          unsigned load_bound) {
    std::vector<std::size_t> order = eligible(candidates);
    if (order.empty()) return std::nullopt;
    double load = 1, weight = 0;  // the call to be placed counts
    for (const std::size_t i : order) {
        load += candidates[i].load;
        weight += candidates[i].weight;
    }
    std::vector<std::pair<double, std::size_t>> ranked;
    ranked.reserve(order.size());
    for (const std::size_t i : order) ranked.emplace_back(score(key, candidates[i]), i);
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [points, i] : ranked) {
        const double share = load * candidates[i].weight / weight;
        if (candidates[i].load + 1 <= std::ceil(share * load_bound / 100)) return i;
    }
    return ranked.front().second;
}

std::optional<std::size_t> choose_by_weight(std::span<const Candidate> candidates, double uniform) {
    const std::vector<std::size_t> order = eligible(candidates);
    if (order.empty()) return std::nullopt;
    double weight = 0;
    for (const std::size_t i : order) weight += candidates[i].weight;
    double left = uniform * weight;
    for (const std::size_t i : order) {
        left -= candidates[i].weight;
        if (left < 0) return i;
    }
    return order.back();
}

double slow_start_share(SteadyTime returned, SteadyTime now, Milliseconds span) {
    if (now - returned >= span) return 1;
    const std::chrono::duration<double> passed = now - returned, all = span;
    return std::max(first_share, passed / all);
}

}  // namespace outpost::cdn::policy
