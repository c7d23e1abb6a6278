// What a token says once its signature has been found good: one shape for all formats. What a format has no
// word for is empty. Thread rule: immutable once shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/facts.hpp"
#include "auth/keys/key.hpp"
#include "auth/uri_rule.hpp"
#include "base/clock.hpp"
#include "base/network.hpp"
#include "base/units.hpp"

namespace outpost::auth {

enum class Format { uri_signing, cat, edge_auth, cloudfront, secure_link };
inline constexpr std::size_t format_count = 5;
std::string_view to_text(Format format);  // "uri-signing", "cat", "edge-auth", "cloudfront", "secure-link"
std::optional<Format> parse_format(std::string_view text);

enum class Replay { allowed, forbidden, detected };  // catreplay 0, 1, 2

// How, and for how long, the holder of a token gets the next one.
struct Renewal {
    enum class By { none, cookie, query, header };
    By by = By::none;
    Seconds lifetime{0};            // a new token lives so long from now
    Seconds deadline{0};            // renewed when less than this is left; 0: half of the lifetime
    std::optional<int> path_depth;  // segments of the request's path that the cookie's Path keeps
    std::string name;               // of the cookie or header; empty: the format's own
};

// What the holder may see at most; 0: no limit.
struct Cap {
    std::uint32_t height = 0;
    BitRate bandwidth;
    [[nodiscard]] bool limits() const { return height != 0 || bandwidth != BitRate{}; }
    bool operator==(const Cap&) const = default;
};
// The tighter of both.
Cap both(const Cap& a, const Cap& b);

// A claim of the operator's own: "site", "channel", "asset", "device", whatever a rule asks for.
struct Claim {
    std::string name;
    std::vector<std::string> values;  // several: any of them will do
};

// A header field that must be there: one of the rules must fit its value.
struct FieldRule {
    std::string name;
    std::vector<TextRule> rules;
};

struct Claims {
    Format format = Format::uri_signing;
    std::shared_ptr<const Key> key;  // that signed it
    // Of what is signed: the same for all spellings of a token in a format where it has several. 0: it has
    // one.
    std::uint64_t identity = 0;

    std::string id;                     // jti, cti
    std::string subject;                // sub
    std::string issuer;                 // iss
    std::vector<std::string> audience;  // aud
    std::optional<WallTime> expires, not_before, issued;

    std::vector<UriRule> uris;           // one of them must fit; none: any URI
    std::vector<std::string> methods;    // none: any
    std::vector<Network> networks;       // none: any address
    std::vector<std::string> protocols;  // ALPN names; none: any
    std::vector<FieldRule> fields;       // all must fit
    std::optional<Sha256> certificate;   // of the device's certificate
    std::optional<Sha256> public_key;    // of its public key
    Replay replay = Replay::allowed;
    Renewal renewal;
    Cap cap;
    std::vector<Claim> others;

    [[nodiscard]] const Claim* find(std::string_view name) const;
    // The value of a claim that has one; "" otherwise.
    [[nodiscard]] std::string_view value_of(std::string_view name) const;
    // What the limits and revocations go by.
    [[nodiscard]] std::string_view device() const { return value_of("device"); }
};

// The names that claims of the operator's own have a meaning under: these set Claims::cap.
inline constexpr std::string_view max_height_claim = "max_height";        // lines
inline constexpr std::string_view max_bandwidth_claim = "max_bandwidth";  // bits per second

// A token that was renewed with another key than its first says their ids: it ends with any of them.
inline constexpr std::string_view renewed_from_claim = "renewed_from";

// Bounds on what a token may hold; past them it is malformed.
inline constexpr std::size_t most_values = 64;  // of a list
inline constexpr std::size_t most_others = 32;  // claims of the operator's own
inline constexpr std::size_t most_text = 1024;  // bytes of one text
inline constexpr std::size_t most_uri_rules = 64;

// Whether they allow this request now: time, key, URI, method, address, protocol, fields and device. Pure,
// and done for each request: what was verified once is only remembered. `leeway` is what clocks may differ.
std::optional<Refusal> check(const Claims& claims, const RequestFacts& facts, Seconds leeway);

}  // namespace outpost::auth
