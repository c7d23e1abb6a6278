#include "bench/load/paths.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/uri.hpp"

namespace outpost::bench {

Outcome<Paths> Paths::of(const Crowd& crowd) {
    Paths made;
    made.catalogue_ = std::max(crowd.catalogue, 1U);
    for (const std::string& text : crowd.paths) {
        Path path;
        const auto place = text.find("{}");
        path.before = text.substr(0, place);
        path.numbered = place != std::string::npos;
        if (path.numbered) path.behind = text.substr(place + 2);
        if (!parse_uri("http://a" + path.before + path.behind) || !path.before.starts_with('/'))
            return Problem{fmt::format("crowd \"{}\"", crowd.name), "\"" + text + "\" is no path",
                           "begin it with a slash, without host and blanks"};
        made.paths_.push_back(std::move(path));
    }
    if (made.paths_.empty())
        return Problem{fmt::format("crowd \"{}\"", crowd.name), "asks for nothing", "give it paths"};
    if (crowd.zipf > 0) {
        double sum = 0;
        made.reach_.reserve(made.catalogue_);
        for (std::uint32_t n = 1; n <= made.catalogue_; ++n)
            made.reach_.push_back(sum += std::pow(n, -crowd.zipf));
        for (double& each : made.reach_) each /= sum;
    }
    return made;
}

std::size_t Paths::draw(Random& random) const {
    const double at = random.unit();
    if (reach_.empty()) return static_cast<std::size_t>(at * catalogue_);
    const auto found = std::upper_bound(reach_.begin(), reach_.end(), at);
    return std::min<std::size_t>(static_cast<std::size_t>(found - reach_.begin()), catalogue_ - 1);
}

void Paths::append(std::uint64_t turn, Random& random, std::string& out) const {
    const Path& path = paths_[turn % paths_.size()];
    out += path.before;
    if (!path.numbered) return;
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, draw(random) + 1).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
    out += path.behind;
}

}  // namespace outpost::bench
