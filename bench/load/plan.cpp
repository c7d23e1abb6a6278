#include "bench/load/plan.hpp"

#include <algorithm>
#include <sys/resource.h>

#include <fmt/format.h>

#include "base/file.hpp"
#include "bench/load/arrivals.hpp"
#include "bench/load/fetch.hpp"

namespace outpost::bench {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds reach_limit = 5s;
constexpr std::uint64_t lanes_of_a_box = 3;  // video and sound, and one that is being left behind
constexpr std::uint64_t our_own = 64;

Outcome<Checksums> read_checksums(const LoadOptions& options, const Endpoint& target) {
    if (!options.checksums.empty()) {
        const auto text = read_file(options.checksums, 16_MiB);
        if (!text) return text.error();
        return Checksums::parse(*text, options.checksums);
    }
    const auto text = fetch(target, options.ca_file, "/checksums.txt");
    if (!text)
        return Problem{text.error().where, text.error().what,
                       "name a file with checksums, or let crowds not verify"};
    return Checksums::parse(*text, target.authority + "/checksums.txt");
}

bool is_open_loop(const Crowd& crowd) { return crowd.activity == Activity::request && crowd.rate > 0; }

}  // namespace

Outcome<std::unique_ptr<Plan>> make_plan(const Scenario& scenario, const LoadOptions& options,
                                         const Cancellation& cancellation) {
    const auto uri = parse_uri(options.target);
    if (!uri) return Problem{options.target, "is no http or https URL", "write http://host:port"};
    auto plan = std::make_unique<Plan>();
    auto target = reach(*uri, reach_limit, cancellation);
    if (!target) return target.error();
    plan->target = std::move(*target);
    const bool verifies = std::any_of(scenario.crowds.begin(), scenario.crowds.end(),
                                      [](const Crowd& crowd) { return crowd.verify; });
    if (verifies) {
        auto checksums = read_checksums(options, plan->target);
        if (!checksums) return checksums.error();
        plan->checksums = std::move(*checksums);
    }
    Random random{scenario.seed};
    for (const Crowd& crowd : scenario.crowds) {
        CrowdPlan made;
        made.crowd = &crowd;
        made.seed = random.next();
        if (crowd.activity != Activity::play) {
            auto paths = Paths::of(crowd);
            if (!paths) return paths.error();
            made.paths = std::move(*paths);
        }
        auto tokens = Tokens::mint(crowd, *uri, wall_now());
        if (!tokens) return tokens.error();
        made.tokens = std::move(*tokens);
        if (crowd.verify) made.checksums = &plan->checksums;
        const std::uint32_t clients = clients_of(crowd);
        made.arrivals = is_open_loop(crowd)
                            ? std::vector<Nanoseconds>(clients, crowd.start)
                            : arrivals(crowd.arrival, clients, crowd.start, crowd.over, made.seed);
        const std::uint64_t each = crowd.activity == Activity::play ? lanes_of_a_box : 1;
        plan->descriptors += (clients / std::max(options.shares, 1U) + 1) * each;
        plan->crowds.push_back(std::move(made));
    }
    plan->descriptors += our_own + 4 * std::uint64_t{options.threads};
    return plan;
}

std::vector<std::vector<Duty::Coming>> deal(const std::vector<CrowdPlan>& crowds, unsigned share,
                                            unsigned shares, unsigned threads) {
    std::vector<std::vector<Duty::Coming>> dealt(threads);
    std::uint64_t client = 0;
    for (std::size_t c = 0; c < crowds.size(); ++c) {
        std::vector<std::size_t> open(threads, ~std::size_t{0});  // where a thread's OpenRequester is
        for (std::uint32_t i = 0; i < crowds[c].arrivals.size(); ++i, ++client) {
            if (client % shares != share) continue;
            const auto thread = static_cast<std::size_t>(client / shares % threads);
            std::vector<Duty::Coming>& hand = dealt[thread];
            if (open[thread] < hand.size()) {
                ++hand[open[thread]].connections;
                continue;
            }
            if (is_open_loop(*crowds[c].crowd)) open[thread] = hand.size();
            hand.push_back({crowds[c].arrivals[i], c, i, 1});
        }
    }
    for (std::vector<Duty::Coming>& hand : dealt) {
        std::stable_sort(hand.begin(), hand.end(),
                         [](const Duty::Coming& a, const Duty::Coming& b) { return a.at < b.at; });
    }
    return dealt;
}

Outcome<void> make_room(std::uint64_t descriptors) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < descriptors) {
        rlimit wanted{std::max<rlim_t>(limit.rlim_max, descriptors),
                      std::max<rlim_t>(limit.rlim_max, descriptors)};
        if (::setrlimit(RLIMIT_NOFILE, &wanted) != 0) {  // more than the hard limit is root's to give
            wanted = {limit.rlim_max, limit.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &wanted);
        }
        ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= descriptors) return {};
    return Problem{"limit of descriptors",
                   fmt::format("{} may be needed, and {} are allowed", descriptors, limit.rlim_cur),
                   "raise it with ulimit -Hn, or share the load among processes"};
}

}  // namespace outpost::bench
