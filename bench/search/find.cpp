#include "bench/search/find.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace outpost::bench {
namespace {

using Try = std::function<std::optional<Judgement>(double load)>;

struct Votes {
    unsigned held = 0, failed = 0;
};

constexpr unsigned most_widenings = 8;

// The steps of one search; what each is for is said at find_limit(). A step is false once it was called off.
class Search {
  public:
    Search(const FindOptions& options, const Try& trial)
        : options_{options}, trial_{trial}, most_{std::max(1.0, std::floor(options.most))} {}

    // Doubles until a load does not hold, or the most does.
    bool bracket() {
        double load = std::clamp(std::round(options_.first), 1.0, most_);
        while (refused_ == 0 && sustained_ < most_) {
            if (!decide(load)) return false;
            load = std::min(most_, load * 2);
        }
        return true;
    }

    // Loads are whole clients: at a gap of one there is nothing between.
    bool halve() {
        while (refused_ != 0 && refused_ - sustained_ > 1 &&
               refused_ - sustained_ > options_.precision * refused_) {
            if (!decide(std::floor((sustained_ + refused_) / 2))) return false;
        }
        return true;
    }

    // A majority stands after two of three; the ends of the interval have to be unanimous in all of them.
    bool confirm() {
        for (double load = low(); load != 0 && lacks(load); load = low()) {
            if (!try_once(load)) return false;
        }
        if (refused_ == 0) return true;
        for (unsigned widened = 0; widened < most_widenings;) {
            double load = high();
            if (load != 0 && !lacks(load)) break;
            if (load == 0) {
                const double top = votes_.rbegin()->first;
                if (top >= most_) break;
                load = std::min(most_, std::ceil(top * (1 + std::max(options_.precision, 0.01))));
                ++widened;
            }
            if (!try_once(load)) return false;
        }
        return true;
    }

    Found result() && {
        found_.sustained = sustained_;
        found_.refused = refused_;
        found_.low = low();
        found_.high = high();
        return std::move(found_);
    }

  private:
    [[nodiscard]] unsigned repeats() const { return std::max(1U, options_.repeats); }
    [[nodiscard]] bool lacks(double load) const {
        const Votes& votes = votes_.at(load);
        return votes.held + votes.failed < repeats();
    }

    bool try_once(double load) {
        auto judgement = trial_(load);
        if (!judgement) return false;
        ++(judgement->holds ? votes_[load].held : votes_[load].failed);
        found_.trials.push_back({load, std::move(*judgement)});
        return true;
    }

    // By the majority of trials, and no more of them than it takes. A tie is no.
    bool decide(double load) {
        const Votes& votes = votes_[load];
        const unsigned half = repeats() / 2;
        while (votes.held <= half && votes.failed <= half && lacks(load)) {
            if (!try_once(load)) return false;
        }
        (votes.held > votes.failed ? sustained_ : refused_) = load;
        return true;
    }

    [[nodiscard]] double low() const {
        double last = 0;
        for (const auto& [load, votes] : votes_) {
            if (votes.failed > 0) break;
            last = load;
        }
        return last;
    }
    [[nodiscard]] double high() const {
        double last = 0;
        for (auto each = votes_.rbegin(); each != votes_.rend() && each->second.held == 0; ++each)
            last = each->first;
        return last;
    }

    const FindOptions& options_;
    const Try& trial_;
    double most_;
    double sustained_ = 0, refused_ = 0;  // the bracket; 0: none yet
    std::map<double, Votes> votes_;
    Found found_;
};

Judgement broken(std::string why) { return {false, std::move(why)}; }

double seconds(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

Judgement judge(const Recording& recording, const Objective& objective) {
    const Recording::Totals& totals = recording.totals();
    if (totals.requests == 0) return broken("no request counted: nothing was asked after the warm-up");
    if (totals.stalls > objective.stalls)
        return broken(fmt::format("{} stall{}, {:.1f} s in all, more than {}", totals.stalls,
                                  totals.stalls == 1 ? "" : "s", seconds(totals.stalled_for),
                                  objective.stalls));
    const double errors = static_cast<double>(totals.failed()) / static_cast<double>(totals.requests);
    if (errors > objective.errors)
        return broken(fmt::format("{} of {} requests failed, more than {:g} of all", totals.failed(),
                                  totals.requests, objective.errors));
    const double part = seconds(recording.segment_part().quantile(0.99));
    if (objective.segment_time > 0 && part > objective.segment_time)
        return broken(fmt::format("p99 of a segment's time is {:.2f} of its duration, more than {:.2f}", part,
                                  objective.segment_time));
    const Nanoseconds first = recording.first_byte().quantile(0.99);
    if (objective.first_byte_p99 > Milliseconds{0} && first > objective.first_byte_p99)
        return broken(fmt::format("p99 of the first byte is {:.1f} ms, more than {} ms", seconds(first) * 1e3,
                                  objective.first_byte_p99.count()));
    return {true,
            fmt::format("p99 of a segment's time is {:.2f} of its duration, of the first byte {:.1f} ms",
                        part, seconds(first) * 1e3)};
}

std::optional<Found> find_limit(const FindOptions& options, const Try& trial) {
    Search search{options, trial};
    if (!search.bracket() || !search.halve() || !search.confirm()) return std::nullopt;
    return std::move(search).result();
}

}  // namespace outpost::bench
