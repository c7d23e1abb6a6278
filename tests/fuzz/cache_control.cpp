// Whatever fields a response and a request have, one "Name: value" a line: nothing crashes, times stay in
// their bounds, the order of lines does not count, and no-store, private and no-cache hold whatever stands
// beside them.
#include "cdn/policy/cache_control.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cdn/policy/combine.hpp"
#include "cdn/policy/reuse.hpp"
#include "cdn/policy/storing.hpp"
#include "cdn/policy/validation.hpp"
#include "cdn/policy/vary.hpp"

namespace {

using namespace outpost;
using namespace outpost::cdn::policy;
using Fields = std::vector<http::Field>;

void require(bool holds) {
    if (!holds) std::abort();
}

// A line without a colon is a Cache-Control.
Fields read_fields(std::string_view text) {
    Fields fields;
    for (const std::string_view line : split(text, '\n')) {
        const auto colon = line.find(':');
        const bool named = colon != std::string_view::npos;
        fields.push_back({named ? line.substr(0, colon) : "Cache-Control",
                          trim_blanks(named ? line.substr(colon + 1) : line)});
    }
    return fields;
}

void check_control(const CacheControl& control) {
    for (const auto& value : {control.max_age, control.s_maxage, control.max_stale, control.min_fresh,
                              control.stale_while_revalidate, control.stale_if_error})
        require(!value || (value->count() >= 0 && *value <= longest_delta));
    for (const auto* names : {&control.no_cache_fields, &control.private_fields})
        for (const std::string& name : *names) require(!name.empty() && name == ascii_lower(name));
}

CacheControl sorted(CacheControl control) {
    std::sort(control.no_cache_fields.begin(), control.no_cache_fields.end());
    std::sort(control.private_fields.begin(), control.private_fields.end());
    return control;
}

bool is_bounded(const CacheControl& control) {
    return control.no_cache_fields.size() < 64 && control.private_fields.size() < 64;
}

void check_order(const Fields& fields) {
    const CacheControl forwards = sorted(parse_cache_control(fields));
    const CacheControl backwards = sorted(parse_cache_control(Fields{fields.rbegin(), fields.rend()}));
    require(!is_bounded(forwards) || forwards == backwards);
    Fields more = fields;
    more.push_back({"Cache-Control", "no-store, private"});
    const CacheControl restricted = parse_cache_control(more);
    require(restricted.no_store && restricted.is_private);
}

void check_decisions(const Fields& fields, int status) {
    const WallTime arrived{Seconds{784'111'777}};
    const FreshnessRules rules{.negative_missing = Seconds{6}, .stale_if_error = Seconds{60}};
    const RequestFacts request = request_facts("GET", fields);
    const ResponseFacts facts = response_facts(status, fields, arrived - Seconds{1}, arrived);
    check_control(request.cache_control);
    check_control(facts.cache_control);

    const Stored stored{facts, freshness_lifetime(facts, rules)};
    require(stored.lifetime.count() >= 0 && current_age(facts, arrived - Seconds{100}).count() >= 0);
    for (const Seconds later : {Seconds{-10}, Seconds{0}, Seconds{10}, Seconds{1LL << 33}}) {
        const ReuseDecision decision = decide_reuse(request, stored, rules, arrived + later);
        require(decision.age.count() >= 0);
        require(!facts.cache_control.no_cache || !decision.served());
        require(!request.cache_control.only_if_cached || decision.verdict != Reuse::must_validate);
        if (facts.cache_control.no_cache)
            require(!may_serve_stale_on_error(request, stored, rules, arrived + later));
    }
    const StoreDecision store = may_store(request, facts, rules);
    require(!store.store || (!facts.cache_control.is_private && !facts.vary_any));
    require(!store.store || !facts.cache_control.no_store || facts.cache_control.must_understand);
    require(!store.store || status != 206 || may_combine(facts, facts));
    require(may_freshen(facts, facts));
}

void check_fields(const Fields& fields) {
    const http::FieldList kept = fields_to_store(fields, parse_cache_control(fields));
    require(!kept.has("Set-Cookie") && !kept.has("Connection") && !kept.has("Age"));
    const http::FieldList merged = merge_not_modified(kept, fields);
    require(!merged.has("Set-Cookie") && merged.find("Content-Length") == kept.find("Content-Length"));
    if (const auto names = parse_vary(fields)) {
        require(names->size() <= most_vary_names && std::is_sorted(names->begin(), names->end()));
        require(selecting_key(*names, fields) == selecting_key(join(*names), fields));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    constexpr int statuses[] = {200, 206, 301, 302, 304, 404, 503};
    const Fields fields = read_fields(text);
    check_order(fields);
    check_decisions(fields, statuses[data[0] % std::size(statuses)]);
    check_fields(fields);
    return 0;
}
