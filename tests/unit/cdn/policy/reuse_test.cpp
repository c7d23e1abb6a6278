#include "cdn/policy/reuse.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

using Why = ReuseReason;

struct Row {
    std::string_view rule;
    std::string_view says;  // the response's Cache-Control
    std::string_view asks;  // the request's
    Seconds later;          // than it was made and stored
    Reuse verdict;
    Why reason;
    FreshnessRules rules{};
};

constexpr auto fresh = Reuse::fresh, must_validate = Reuse::must_validate,
               stale_allowed = Reuse::stale_allowed, in_background = Reuse::stale_while_revalidate,
               gateway_timeout = Reuse::gateway_timeout;

void check(const std::vector<Row>& table) {
    for (const Row& row : table) {
        CAPTURE(row.rule);
        const ResponseFacts facts = ok_with(row.says);
        const Stored stored{facts, freshness_lifetime(facts, row.rules)};
        const RequestFacts request = row.asks.empty() ? get() : get_with(row.asks);
        const ReuseDecision decision = decide_reuse(request, stored, row.rules, then + row.later);
        CHECK(decision.verdict == row.verdict);
        CHECK(to_text(decision.reason) == to_text(row.reason));
    }
}

}  // namespace

TEST_CASE("a response is fresh while it is younger than its lifetime") {
    check({
        {"new", "max-age=60", "", 0s, fresh, Why::fresh},
        {"a second before", "max-age=60", "", 59s, fresh, Why::fresh},
        {"at its end", "max-age=60", "", 60s, must_validate, Why::stale},
        {"after", "max-age=60", "", 61s, must_validate, Why::stale},
        {"never", "max-age=0", "", 0s, must_validate, Why::stale},
        {"must-revalidate does not touch the fresh", "max-age=60, must-revalidate", "", 59s, fresh,
         Why::fresh},
        {"no-cache touches the fresh", "max-age=60, no-cache", "", 0s, must_validate, Why::response_no_cache},
        {"no-cache with names does not", "max-age=60, no-cache=\"x-a\"", "", 0s, fresh, Why::fresh},
        {"a request's no-store does not", "max-age=60", "no-store", 0s, fresh, Why::fresh},
    });
}

TEST_CASE("a client may ask for more than the origin does") {
    check({
        {"no-cache", "max-age=60", "no-cache", 1s, must_validate, Why::request_no_cache},
        {"max-age that it passed", "max-age=60", "max-age=10", 11s, must_validate, Why::request_max_age},
        {"max-age that it did not", "max-age=60", "max-age=10", 10s, fresh, Why::fresh},
        {"max-age=0", "max-age=60", "max-age=0", 1s, must_validate, Why::request_max_age},
        {"max-age=0 of what was made this moment", "max-age=60", "max-age=0", 0s, fresh, Why::fresh},
        {"max-age that can't be read", "max-age=60", "max-age=x", 1s, must_validate, Why::request_max_age},
        {"max-age does not make the stale fresh", "max-age=60", "max-age=100", 70s, must_validate,
         Why::request_max_age},
        {"max-age with max-stale tolerates the sum", "max-age=60", "max-age=10, max-stale=5", 15s, fresh,
         Why::fresh},
        {"max-age with max-stale ends at the sum", "max-age=60", "max-age=10, max-stale=5", 16s,
         must_validate, Why::request_max_age},
        {"min-fresh that it has", "max-age=60", "min-fresh=10", 50s, fresh, Why::fresh},
        {"min-fresh that it has not", "max-age=60", "min-fresh=10", 51s, must_validate,
         Why::request_min_fresh},
        {"min-fresh of more than all", "max-age=60", "min-fresh=61", 0s, must_validate,
         Why::request_min_fresh},
    });
}

TEST_CASE("a client has no say where the route gives it none") {
    const FreshnessRules deaf{.obey_client = false};
    check({
        {"no-cache", "max-age=60", "no-cache", 1s, fresh, Why::fresh, deaf},
        {"max-age", "max-age=60", "max-age=0", 1s, fresh, Why::fresh, deaf},
        {"min-fresh", "max-age=60", "min-fresh=100", 1s, fresh, Why::fresh, deaf},
        {"max-stale", "max-age=60", "max-stale=100", 70s, must_validate, Why::stale, deaf},
        {"the origin's no-cache counts as ever", "no-cache", "", 1s, must_validate, Why::response_no_cache,
         deaf},
        {"only-if-cached counts as ever", "max-age=60", "only-if-cached", 70s, gateway_timeout, Why::stale,
         deaf},
    });
}

TEST_CASE("immutable spares a reload the validation, while fresh") {
    check({
        {"a reload", "max-age=60, immutable", "max-age=0", 10s, fresh, Why::fresh},
        {"a forced reload", "max-age=60, immutable", "no-cache", 10s, must_validate, Why::request_no_cache},
        {"a reload of the stale", "max-age=60, immutable", "max-age=0", 70s, must_validate,
         Why::request_max_age},
        {"stale is stale", "max-age=60, immutable", "", 70s, must_validate, Why::stale},
    });
}

TEST_CASE("max-stale reaches as far as it says, unless the origin forbids") {
    check({
        {"within", "max-age=60", "max-stale=10", 70s, stale_allowed, Why::max_stale},
        {"beyond", "max-age=60", "max-stale=10", 71s, must_validate, Why::stale},
        {"any", "max-age=60", "max-stale", 100'000s, stale_allowed, Why::max_stale},
        {"none", "max-age=60", "max-stale=0", 61s, must_validate, Why::stale},
        {"fresh is fresh", "max-age=60", "max-stale", 1s, fresh, Why::fresh},
        {"must-revalidate forbids", "max-age=60, must-revalidate", "max-stale", 61s, must_validate,
         Why::must_revalidate},
        {"proxy-revalidate forbids", "max-age=60, proxy-revalidate", "max-stale", 61s, must_validate,
         Why::must_revalidate},
        {"s-maxage forbids", "s-maxage=60", "max-stale", 61s, must_validate, Why::must_revalidate},
        {"no-cache forbids", "no-cache", "max-stale", 61s, must_validate, Why::response_no_cache},
    });
}

TEST_CASE("stale-while-revalidate serves and validates behind") {
    check({
        {"within", "max-age=60, stale-while-revalidate=30", "", 90s, in_background,
         Why::stale_while_revalidate},
        {"beyond", "max-age=60, stale-while-revalidate=30", "", 91s, must_validate, Why::stale},
        {"fresh needs it not", "max-age=60, stale-while-revalidate=30", "", 59s, fresh, Why::fresh},
        {"the route's, when the response has none",
         "max-age=60",
         "",
         70s,
         in_background,
         Why::stale_while_revalidate,
         {.stale_while_revalidate = 10s}},
        {"not the route's, when the response has its own",
         "max-age=60, stale-while-revalidate=0",
         "",
         61s,
         must_validate,
         Why::stale,
         {.stale_while_revalidate = 10s}},
        {"s-maxage forbids", "s-maxage=60, stale-while-revalidate=30", "", 61s, must_validate,
         Why::must_revalidate},
        {"must-revalidate forbids the route's",
         "max-age=60, must-revalidate",
         "",
         61s,
         must_validate,
         Why::must_revalidate,
         {.stale_while_revalidate = 10s}},
        {"a client's max-age without max-stale wants nothing stale", "max-age=60, stale-while-revalidate=30",
         "max-age=90", 70s, must_validate, Why::request_max_age},
        {"a client's min-fresh wants nothing stale", "max-age=60, stale-while-revalidate=30", "min-fresh=1",
         70s, must_validate, Why::request_min_fresh},
        {"it comes before max-stale", "max-age=60, stale-while-revalidate=30", "max-stale=30", 70s,
         in_background, Why::stale_while_revalidate},
    });
}

TEST_CASE("only-if-cached answers from here or not at all") {
    check({
        {"fresh", "max-age=60", "only-if-cached", 1s, fresh, Why::fresh},
        {"stale", "max-age=60", "only-if-cached", 61s, gateway_timeout, Why::stale},
        {"stale within max-stale", "max-age=60", "only-if-cached, max-stale=5", 61s, stale_allowed,
         Why::max_stale},
        {"no-cache", "no-cache", "only-if-cached", 1s, gateway_timeout, Why::response_no_cache},
        {"its own no-cache", "max-age=60", "only-if-cached, no-cache", 1s, gateway_timeout,
         Why::request_no_cache},
    });
}

TEST_CASE("Pragma: no-cache asks for validation") {
    const ResponseFacts facts = ok_with("max-age=60");
    const auto decision = decide_reuse(get({{"Pragma", "no-cache"}}), {facts, 60s}, {}, then);
    CHECK(decision.reason == Why::request_no_cache);
}

TEST_CASE("age and ttl are told in whole seconds, ttl negative when stale") {
    const ResponseFacts facts = ok_with("max-age=60");
    const auto at = [&](Milliseconds later) { return decide_reuse(get(), {facts, 60s}, {}, then + later); };
    CHECK(at(1999ms).age == 1s);
    CHECK(at(1999ms).ttl == 58s);
    CHECK(at(59'500ms).ttl == 0s);
    CHECK(at(59'500ms).served());
    CHECK(at(60'500ms).ttl == -1s);
    CHECK_FALSE(at(60'500ms).served());
    CHECK(at(90s).age == 90s);
    CHECK(at(90s).ttl == -30s);
}

TEST_CASE("a soft purge makes stale from its time on") {
    const ResponseFacts facts = ok_with("max-age=60, stale-while-revalidate=30");
    const auto at = [&](Seconds later) {
        return decide_reuse(get(), {facts, 60s, then + 10s}, {}, then + later);
    };
    CHECK(at(10s).verdict == in_background);
    CHECK(at(40s).verdict == in_background);
    CHECK(at(41s).verdict == must_validate);
    CHECK(at(20s).ttl == -10s);
    CHECK(at(20s).age == 20s);
    CHECK(at(5s).verdict == in_background);  // our clock stepped back behind the purge
    const ResponseFacts strict = ok_with("max-age=60, must-revalidate");
    CHECK(decide_reuse(get(), {strict, 60s, then + 10s}, {}, then + 10s).reason == Why::must_revalidate);
    const ResponseFacts graceless = ok_with("max-age=60, stale-while-revalidate=0");
    CHECK(decide_reuse(get(), {graceless, 60s, then + 10s}, {}, then + 10s).verdict == must_validate);
    const ResponseFacts plain = ok_with("max-age=60");
    CHECK(decide_reuse(get(), {plain, 60s, then + 10s}, {}, then + 10s).reason == Why::stale);
    CHECK(may_serve_stale_on_error(get(), {plain, 60s, then + 10s}, {.stale_if_error = 5s}, then + 15s));
    CHECK_FALSE(
        may_serve_stale_on_error(get(), {plain, 60s, then + 10s}, {.stale_if_error = 5s}, then + 16s));
}

namespace {

struct ErrorRow {
    std::string_view rule, says, asks;
    Seconds later;
    bool wanted;
    FreshnessRules rules{};
};

}  // namespace

TEST_CASE("when the origin fails, a stale response serves as far as stale-if-error reaches") {
    const std::vector<ErrorRow> table{
        {"not without a word", "max-age=60", "", 61s, false},
        {"the response's", "max-age=60, stale-if-error=30", "", 90s, true},
        {"the response's, beyond", "max-age=60, stale-if-error=30", "", 91s, false},
        {"the route's", "max-age=60", "", 90s, true, {.stale_if_error = 30s}},
        {"the response's own outranks the route's",
         "max-age=60, stale-if-error=0",
         "",
         61s,
         false,
         {.stale_if_error = 30s}},
        {"the request's", "max-age=60", "stale-if-error=30", 90s, true},
        {"the request's where it has no say",
         "max-age=60",
         "stale-if-error=30",
         90s,
         false,
         {.obey_client = false}},
        {"must-revalidate forbids", "max-age=60, must-revalidate, stale-if-error=30", "", 61s, false},
        {"proxy-revalidate forbids", "max-age=60, proxy-revalidate, stale-if-error=30", "", 61s, false},
        {"s-maxage forbids", "s-maxage=60, stale-if-error=30", "", 61s, false},
        {"no-cache forbids", "no-cache, max-age=60, stale-if-error=30", "", 1s, false},
        {"no-cache with names does not", "no-cache=\"x\", max-age=60, stale-if-error=30", "", 61s, true},
        {"a request's no-cache forbids", "max-age=60, stale-if-error=30", "no-cache", 61s, false},
        {"a fresh one that a client wanted younger", "max-age=60", "max-age=0", 30s, true},
        {"a fresh one that must be revalidated when stale", "max-age=60, must-revalidate", "max-age=0", 30s,
         true},
        {"stale-while-revalidate is no stale-if-error", "max-age=60, stale-while-revalidate=30", "", 70s,
         false},
    };
    for (const ErrorRow& row : table) {
        CAPTURE(row.rule);
        const ResponseFacts facts = ok_with(row.says);
        const Stored stored{facts, freshness_lifetime(facts, row.rules)};
        const RequestFacts request = row.asks.empty() ? get() : get_with(row.asks);
        CHECK(may_serve_stale_on_error(request, stored, row.rules, then + row.later) == row.wanted);
    }
}
