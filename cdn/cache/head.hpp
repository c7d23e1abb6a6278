// What is known of a stored response beside its body: a value that is replaced whole when the response is
// freshened (RFC 9111 section 4.3.4). Thread rule: immutable once shared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/field.hpp"
#include "cdn/policy/facts.hpp"
#include "cdn/policy/freshness.hpp"
#include "cdn/policy/reuse.hpp"

namespace outpost::cdn {

struct Head {
    http::FieldList fields;       // as they are stored: end-to-end ones, Date among them
    std::string lines;            // the same, as they are sent
    bool accepts_ranges = false;  // they have an Accept-Ranges
    policy::ResponseFacts facts;
    Milliseconds lifetime{0};
    std::string vary_names, selecting_key;  // policy/vary.hpp
    std::vector<std::string> tags;          // Surrogate-Key and Cache-Tag
    std::optional<WallTime> softly_purged_at;

    [[nodiscard]] policy::Stored stored() const { return {facts, lifetime, softly_purged_at}; }
    // Bytes that it keeps in memory.
    [[nodiscard]] std::size_t footprint() const;
};

using HeadPtr = std::shared_ptr<const Head>;

// Of a response as it came; `request` are the fields that Vary selects by.
HeadPtr make_head(int status, std::span<const http::Field> response, std::span<const http::Field> request,
                  const policy::FreshnessRules& rules, WallTime requested, WallTime received);
// What restore_head() takes: the stored fields, and the Age that the response came with.
http::FieldList fields_to_keep(const Head& head);
// Of one that was stored: its fields and the times of its exchange.
HeadPtr restore_head(int status, http::FieldList stored, const policy::FreshnessRules& rules,
                     WallTime requested, WallTime received, std::string vary_names,
                     std::string selecting_key);
// The stored response after a 304 (or a HEAD) said that it still holds.
HeadPtr freshened(const Head& stored, std::span<const http::Field> of_304,
                  std::span<const http::Field> request, const policy::FreshnessRules& rules,
                  WallTime requested, WallTime received);

// Fields that steer caches like this one; players need not see them.
bool is_for_caches(std::string_view name);

// Most tags that one response may have; the rest is not heard.
inline constexpr std::size_t most_tags = 128;

}  // namespace outpost::cdn
