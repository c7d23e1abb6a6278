// outpost-cache-simulator [SEED]: how eviction policies do on made-up video traffic. See docs/eviction.md.
#include <cstdio>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tests/simulator/policies.hpp"

namespace outpost::simulator {
namespace {

constexpr std::array percents{1U, 5U, 10U, 20U};

std::string_view verdict(const Score& ours, const Score& lru) {
    const bool objects = ours.hits > lru.hits;
    const bool bytes = ours.hit_bytes > lru.hit_bytes;
    if (objects && bytes) return "ahead";
    if (objects) return "in objects only";
    return bytes ? "in bytes only" : "behind";
}

void print_scores(const Trace& trace) {
    for (const unsigned percent : percents) {
        const Bytes capacity{trace.catalogue.count() / 100 * percent};
        const Score lru = replay(trace, Policy::lru, capacity);
        for (const Policy policy : policies) {
            const Score score = policy == Policy::lru ? lru : replay(trace, policy, capacity);
            fmt::print("{:<10} {:>3} %   {:<8} {:>8.2f} % {:>8.2f} %   {}\n", trace.name, percent,
                       name_of(policy), 100 * score.object_hit_ratio(), 100 * score.byte_hit_ratio(),
                       policy == Policy::s3_fifo ? verdict(score, lru) : "");
        }
    }
}

void simulate(std::uint64_t seed) {
    std::vector<Trace> traces;
    fmt::print("seed {}\n\n{:<10} {:>10} {:>10} {:>12}\n", seed, "trace", "requests", "objects", "catalogue");
    for (const Traffic& traffic : usual_traffic(1)) {
        const Trace& trace = traces.emplace_back(make_trace(traffic, seed));
        fmt::print("{:<10} {:>10} {:>10} {:>9} GB\n", trace.name, trace.requests.size(), trace.sizes.size(),
                   trace.catalogue.count() / 1'000'000'000);
    }
    fmt::print("\n{:<10} {:>5}   {:<8} {:>10} {:>10}   {}\n", "trace", "cache", "policy", "object hit",
               "byte hit", "S3-FIFO against LRU");
    for (const Trace& trace : traces) print_scores(trace);
}

}  // namespace
}  // namespace outpost::simulator

int main(int argc, char** argv) {
    const std::span words{argv, static_cast<std::size_t>(argc)};
    const auto seed = words.size() > 1 ? outpost::parse_unsigned(words[1]) : std::optional<std::uint64_t>{1};
    if (!seed || words.size() > 2) {
        std::fputs("usage: outpost-cache-simulator [SEED]\n", stderr);
        return 2;
    }
    outpost::simulator::simulate(*seed);
}
