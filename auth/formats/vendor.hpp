// What the formats of Akamai, Amazon and nginx share: fields of name and value, whole seconds, and few words.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/claims.hpp"
#include "auth/formats/format.hpp"

namespace outpost::auth {

struct VendorField {
    std::string_view name, value;
};
using VendorFields = std::vector<VendorField>;

// "a=1&b=2", at most 8. Nothing when one has no name or no '=', or comes twice.
std::optional<VendorFields> read_fields(std::string_view text, char separator);
// The value of the field; nothing when it isn't there.
std::optional<std::string_view> find_field(const VendorFields& fields, std::string_view name);
// Whether every field is one of these.
bool has_only(const VendorFields& fields, std::initializer_list<std::string_view> names);
// Digits that don't begin with 0: seconds since 1970 have one spelling.
std::optional<WallTime> read_seconds(std::string_view text);

// The path of this request under any host, with any query or with its own: for formats that sign no host.
UriRule path_rule(const RequestFacts& facts, bool with_query);
// The network of this one address.
Network host_network(const IpAddress& address);
// The one address that claims.networks hold; nothing when they hold something else.
std::optional<std::string> one_address(const Claims& claims);

// What `uri` (absolute, or from its path on) asks for, normalised.
struct VendorTarget {
    std::string path, query;
};
std::optional<VendorTarget> target_of(std::string_view uri);

// What stands against saying `claims` in a format that knows no more than URIs, networks, an id, claims of
// the operator's own and the time when it ends: a Problem for whatever else restricts them. When a token was
// issued restricts nothing, so it may be left out. Also when the key is not of the format, which is named by
// its algorithm, because each of the three has its own.
std::optional<Problem> check_words(const Claims& claims, const Key& key, Algorithm format);
Problem no_word(Algorithm format, std::string_view what);

}  // namespace outpost::auth
