// outpost fill at work: asks an edge for each URL whether it is there, and fetches what is not, on several
// connections at once. Thread rule: one thread calls; it starts and joins the others.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/uri.hpp"
#include "server/commands/fill/client.hpp"
#include "server/commands/fill/pace.hpp"
#include "server/commands/fill/plan.hpp"
#include "server/commands/fill/state.hpp"

namespace outpost::server {

struct FillOptions {
    config::Address edge;
    std::string host;  // in place of the URLs' own; "" is none
    BitRate max_rate;  // 0: no limit
    std::optional<Between> between;
    std::size_t parallel = 4;
    bool only_check = false;
};

struct FillMissing {
    std::string url, why;
};

struct FillResult {
    std::size_t total = 0, there = 0, fetched = 0;
    std::uint64_t bytes = 0;
    std::vector<FillMissing> missing;  // in the order of the URLs
    std::optional<Problem> problem;    // why it ended before its end
    [[nodiscard]] std::size_t ready() const { return there + fetched; }
};

class FillRun {
  public:
    // `state` may be null.
    FillRun(FillOptions options, FillState* state, Cancellation& cancellation);

    // A manifest's text, by way of the edge; without asking its origin when only checking.
    Outcome<std::string> read_manifest(const Uri& at);
    // All of them; less when it is called off or the state can't be written.
    FillResult run(const std::vector<Uri>& urls);

  private:
    // What became of one URL.
    struct Verdict {
        enum class Kind { there, fetched, missing, called_off } kind = Kind::missing;
        std::string why;
    };
    struct Work;

    [[nodiscard]] EdgeAsk ask_for(const Uri& uri) const;
    void wait_until_open();
    void work(Work& work);
    Verdict look_at(EdgeConnection& connection, const Uri& uri);
    Verdict fetch(EdgeConnection& connection, const Uri& uri);
    // Sleeps until then, or until it is called off.
    void sleep_until(SteadyTime time) const;
    bool take(std::string_view piece);
    void note(Work& work, std::size_t place, const Verdict& verdict);
    void show(Work& work, bool now);

    FillOptions options_;
    FillState* state_;
    Cancellation& cancellation_;
    Pace pace_;
    std::atomic<std::uint64_t> bytes_{0};
    bool terminal_, drawn_ = false;
};

}  // namespace outpost::server
