// An order to forget cached responses, as an operator asks for it (POST /api/v1/purge) and as nodes tell each
// other. Both forms are JSON, read strictly: whatever is not understood is refused, as half a purge would be
// taken for a whole one. Thread rule: values and pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace outpost::cdn {

enum class PurgeKind {
    url,     // this URL, whatever its variants
    prefix,  // every URL that begins so; has a path
    tag,     // every response that its origin gave this tag
    all,
};

std::string_view to_text(PurgeKind kind);  // "url", "prefix", "tag", "all"

struct PurgeOrder {
    PurgeKind kind = PurgeKind::all;
    std::string value;  // "" for all
    bool soft = false;  // only made stale: may still be served while it is validated, or its origin is down
    std::string origin_node;  // the node that was asked
    std::string id;           // tells orders apart
    WallTime at;              // when it was asked, by that node's clock

    bool operator==(const PurgeOrder&) const = default;
};

inline constexpr std::size_t most_purge_url = 8 << 10;
inline constexpr std::size_t most_purge_tag = 256;
inline constexpr std::size_t most_purge_request = 16 << 10;  // bytes of either form

// What an operator asks: exactly one of "url", "prefix", "tag" and "all", and "soft" if it is to be. Node, id
// and time are left empty. The Problem names the member that is wrong.
Outcome<PurgeOrder> parse_purge_request(std::string_view json);

// What nodes tell each other.
std::string to_payload(const PurgeOrder& order);
Outcome<PurgeOrder> parse_payload(std::string_view payload);

// 32 hexadecimal digits that no other order has.
std::string new_purge_id();

}  // namespace outpost::cdn
