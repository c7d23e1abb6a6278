#include "bench/player/adaptation.hpp"

#include <algorithm>
#include <cmath>

namespace outpost::bench {
namespace {

using namespace std::chrono_literals;

double bits(BitRate rate) { return static_cast<double>(rate.bits_per_second()); }

bool usable(const AdaptationFacts& facts, std::size_t i) {
    return facts.usable[i] || std::find(facts.usable.begin(), facts.usable.end(), true) == facts.usable.end();
}

std::size_t lowest(const AdaptationFacts& facts) {
    std::size_t i = 0;
    while (!usable(facts, i)) ++i;
    return i;
}

// The highest that takes no more than `rate`, or the lowest there is.
std::size_t highest_within(const AdaptationFacts& facts, double rate) {
    std::size_t best = lowest(facts);
    for (std::size_t i = best; i < facts.rates.size(); ++i) {
        if (usable(facts, i) && bits(facts.rates[i]) <= rate) best = i;
    }
    return best;
}

std::size_t by_throughput(const AdaptationFacts& facts) {
    const double estimate = bits(facts.estimate);
    const std::size_t within = highest_within(facts, estimate * facts.up);
    if (!facts.current || *facts.current < within || !usable(facts, *facts.current)) return within;
    // Down only as far as it takes: the present rendition may stay on a wider part of the estimate.
    return std::min(*facts.current, std::max(within, highest_within(facts, estimate * facts.keep)));
}

std::size_t as_exoplayer(const AdaptationFacts& facts) {
    const std::size_t ideal = highest_within(facts, bits(facts.estimate) * 0.7);
    if (!facts.current || !usable(facts, *facts.current)) return ideal;
    if (ideal > *facts.current && facts.buffered < 10s) return *facts.current;
    if (ideal < *facts.current && facts.buffered >= 25s) return *facts.current;
    return ideal;
}

// Before there is a segment's worth in the buffer, its level says nothing.
std::size_t bola_or_throughput(const AdaptationFacts& facts) {
    return facts.buffered < facts.segment ? by_throughput(facts) : bola(facts);
}

}  // namespace

Nanoseconds bola_buffer(std::size_t renditions) {
    return std::max<Nanoseconds>(18s, 10s + 2s * static_cast<std::int64_t>(renditions));
}

std::size_t bola(const AdaptationFacts& facts) {
    const double lowest_rate = bits(facts.rates.front());
    const double highest_utility = std::log(bits(facts.rates.back()) / lowest_rate);  // u_max - 1
    if (lowest_rate == 0 || highest_utility == 0) return lowest(facts);
    const double capacity = std::chrono::duration<double>{bola_buffer(facts.rates.size())}.count();
    const double gp = highest_utility / (capacity / 10 - 1);
    const double vp = 10 / gp;
    const double level = std::chrono::duration<double>{facts.buffered}.count();
    std::size_t best = lowest(facts);
    double best_score = -HUGE_VAL;
    for (std::size_t i = best; i < facts.rates.size(); ++i) {
        if (!usable(facts, i)) continue;
        const double utility = std::log(bits(facts.rates[i]) / lowest_rate);
        const double score = (vp * (utility + gp) - level) / bits(facts.rates[i]);
        if (score >= best_score) {
            best_score = score;
            best = i;
        }
    }
    return best;
}

Choice choose(Adaptation rule, const AdaptationFacts& facts) {
    switch (rule) {
        case Adaptation::fixed:
            return {facts.fixed == BitRate{} ? highest_within(facts, HUGE_VAL)
                                             : highest_within(facts, bits(facts.fixed))};
        case Adaptation::throughput: return {by_throughput(facts)};
        case Adaptation::bola: return {bola_or_throughput(facts)};
        case Adaptation::exoplayer: return {as_exoplayer(facts)};
        case Adaptation::dynamic: break;
    }
    const bool on = facts.bola_on ? facts.buffered >= 9s : facts.buffered >= 18s;
    return {on ? bola(facts) : by_throughput(facts), on};
}

}  // namespace outpost::bench
