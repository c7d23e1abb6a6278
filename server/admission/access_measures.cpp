#include "server/admission/access_measures.hpp"

#include <array>
#include <memory>

namespace outpost::server::measures {
namespace {

metrics::Family refusals{"counter", "outpost_access_refused_total",
                         "Requests that were not let through, by why.", "reason"};
metrics::Family verified{
    "counter", "outpost_tokens_verified_total",
    "Tokens whose signature was checked; those that are remembered are not checked again.", "format"};

// One counter for each value of an enum.
template <class Enum, std::size_t count>
struct Table {
    explicit Table(const metrics::Family& family) {
        for (std::size_t i = 0; i < count; ++i)
            counters[i] = std::make_unique<metrics::Counter>(family, to_text(static_cast<Enum>(i)));
    }
    std::array<std::unique_ptr<metrics::Counter>, count> counters;
};
Table<auth::Reason, auth::reason_count> by_reason{refusals};
Table<auth::Format, auth::format_count> by_format{verified};

}  // namespace

metrics::Counter& refused(auth::Reason reason) {
    return *by_reason.counters[static_cast<std::size_t>(reason)];
}
metrics::Counter& tokens_verified(auth::Format format) {
    return *by_format.counters[static_cast<std::size_t>(format)];
}

metrics::Counter tokens_replayed{"outpost_tokens_replayed_total",
                                 "Tokens that may be used once (catreplay) and came again."};
metrics::Counter renewals{"outpost_tokens_renewed_total", "Tokens made to follow one that comes to its end."};
metrics::Counter renewals_failed{"outpost_tokens_renewals_failed_total",
                                 "Renewals that a token allowed and no key here could sign."};
metrics::Counter jwks_failed{"outpost_jwks_failed_total",
                             "Fetches of published key sets that failed; the last good set stays in use."};
metrics::Gauge tokens_remembered{"outpost_tokens_remembered", "Tokens that are remembered as verified."};
metrics::Gauge keys{"outpost_keys", "Keys that tokens are verified with."};

}  // namespace outpost::server::measures
