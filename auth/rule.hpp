// What a route demands of those who want to pass. Thread rule: immutable once made; pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "auth/claims.hpp"
#include "auth/placement.hpp"

namespace outpost::auth {

// One claim that must be there: with any value, with a given one, or with what stands in the path.
struct Requirement {
    std::string name;
    enum class Kind { present, text, path_segment } kind = Kind::present;
    std::string text;         // of text
    std::size_t segment = 0;  // of path_segment, counted from 1
};
// "site", "site=north-12", "asset={2}". A name of letters, digits and _ -.
std::optional<Requirement> parse_requirement(std::string_view text);

struct Rule {
    enum class Let { anybody, tokens, nobody } let = Let::tokens;
    std::array<bool, format_count> formats{};
    std::array<bool, place_count> places{};
    std::vector<std::string> keys;  // ids of which one must have signed; empty: any in the ring
    std::vector<Requirement> required;
    std::vector<std::string> methods;  // empty: any
    std::vector<Network> networks;     // empty: any
    std::vector<TimeWindow> open;      // empty: always
    Cap cap;
    bool device_certificate = false;  // the token must be bound to the certificate that the client shows
};

// What needs no token: method, address, time; nobody at all.
std::optional<Refusal> check_request(const Rule& rule, const RequestFacts& facts);
// What a good token must say beside that. `claims` have been verified; check() is another matter.
std::optional<Refusal> check_claims(const Rule& rule, const Claims& claims, const RequestFacts& facts);

}  // namespace outpost::auth
