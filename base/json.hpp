// JSON from strangers (RFC 8259): Boost.JSON's values behind one strict door. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

namespace outpost {

// The whole text, or nothing: nothing behind the value, no member twice in one object (RFC 8725
// section 2.4: two readers must not see two meanings), no deeper than `most_depth`, UTF-8. `storage` lets
// secrets be wiped with their memory.
std::optional<boost::json::value> parse_json(std::string_view text, std::size_t most_depth = 8,
                                             boost::json::storage_ptr storage = {});

}  // namespace outpost
