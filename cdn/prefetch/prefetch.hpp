// What players will want next: what they say (CMCD), and what follows in the manifests that have passed. It
// decides; Edge fetches, through the same flights as clients' requests.
// Thread rule: any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cdn/fill/ask.hpp"
#include "cdn/policy/cmcd.hpp"
#include "cdn/prefetch/budget.hpp"
#include "cdn/prefetch/segment_order.hpp"
#include "cdn/prefetch/successors.hpp"

namespace outpost::cdn {

struct PrefetchOptions {
    std::size_t ahead = 0;             // objects for each request; 0: none
    BitRate rate;                      // of what prefetching takes from origins; 0: no limit
    std::size_t under_way = 64;        // objects at once
    std::size_t successors = 100'000;  // URLs whose successors are known: about 200 bytes each
    Bytes manifest = 1_MiB;            // the longest that is read
};

class Prefetch {
  public:
    explicit Prefetch(PrefetchOptions options)
        : options_{options},
          budget_{std::make_shared<PrefetchBudget>(options.under_way, options.rate)},
          successors_{options.successors} {}

    [[nodiscard]] const PrefetchOptions& options() const { return options_; }

    // What the client who asks for this will want next, its own word first; at most options().ahead.
    std::vector<policy::NextObject> after(const Request& request, const KeyHash& key);

    // Remembers the order of a manifest's segments. `key_of` gives the key of a URL that may be fetched
    // ahead. Returns the targets that have been listed now and whose turn has come.
    using KeyOf = std::function<std::optional<KeyHash>(const Uri&)>;
    std::vector<std::string> learn(ManifestKind kind, std::string_view text, const Uri& at,
                                   const KeyOf& key_of);

    PrefetchPermit permit(SteadyTime now) { return budget_->permit(now); }

  private:
    const PrefetchOptions options_;
    std::shared_ptr<PrefetchBudget> budget_;
    Successors successors_;
};

}  // namespace outpost::cdn
