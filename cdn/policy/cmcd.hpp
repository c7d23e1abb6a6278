// What a player says of its next request: the keys nor and nrr of CMCD (CTA-5004), in the query or in the
// field CMCD-Request. A stranger wrote it, so it is believed only where it stays at the origin of the
// request that it came with. Thread rule: values and pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/http/field.hpp"
#include "base/units.hpp"
#include "base/uri.hpp"

namespace outpost::cdn::policy {

struct NextHint {
    std::string reference;           // nor, decoded once; "" is the object that was asked for
    std::optional<ByteRange> range;  // nrr
    bool operator==(const NextHint&) const = default;
};

// An object that a client will ask for next.
struct NextObject {
    std::string target;  // path and query, normalised, at the origin of the request
    std::optional<ByteRange> range;
    bool operator==(const NextObject&) const = default;
};

// Most bytes of a range that are fetched ahead.
inline constexpr Bytes most_next_range = 64_MiB;

// Costs a search of the query and of the fields where there is no CMCD. Nothing without nor and nrr, or when
// CMCD is there twice or any of it does not parse as a dictionary of structured fields (of which CMCD is a
// case; in version 2 nor may be a list, of which the first counts).
std::optional<NextHint> next_hint(std::string_view raw_query, std::span<const http::Field> fields);

// sid: which of a client's sessions it is; "" when it doesn't say, or nothing that makes sense.
std::string session_id(std::string_view raw_query, std::span<const http::Field> fields);
inline constexpr std::size_t most_session_id = 64;

// Nothing when the hint leads to another scheme, host or port, climbs above the root, hides dots or slashes
// in escapes, or is no URI reference.
std::optional<NextObject> next_object(const Uri& requested, const NextHint& hint);

}  // namespace outpost::cdn::policy
