// What a crowd asks for: its paths in turn, "{}" in them drawn from the catalogue by popularity.
// Thread rule: immutable once made.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "bench/load/random.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

class Paths {
  public:
    Paths() = default;
    // A Problem: none at all, or one that is no path.
    static Outcome<Paths> of(const Crowd& crowd);

    // The path of a client's `turn`-th request, appended to `out`.
    void append(std::uint64_t turn, Random& random, std::string& out) const;

  private:
    struct Path {
        std::string before, behind;
        bool numbered = false;
    };
    [[nodiscard]] std::size_t draw(Random& random) const;

    std::vector<Path> paths_;
    std::uint32_t catalogue_ = 1;
    std::vector<double> reach_;  // of the n-th: how likely it is one of the first n; empty: all alike
};

}  // namespace outpost::bench
