#include "auth/claims.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "auth/keys/ring.hpp"
#include "base/text.hpp"

namespace outpost::auth {
namespace {

constexpr std::array<std::string_view, format_count> format_names{"uri-signing", "cat", "edge-auth",
                                                                  "cloudfront", "secure-link"};

std::optional<Refusal> check_times(const Claims& claims, WallTime now, Seconds leeway) {
    // Past the end of time there is nothing to compare with.
    if (claims.expires && now >= *claims.expires && now - *claims.expires >= leeway)
        return Refusal{Reason::expired, "at " + iso_time(*claims.expires)};
    if (claims.not_before && now<*claims.not_before&& * claims.not_before - now> leeway)
        return Refusal{Reason::not_yet, "until " + iso_time(*claims.not_before)};
    return claims.key ? check_time(claims.key->facts(), now, leeway) : std::nullopt;
}

bool is_from(std::string_view client, const std::vector<Network>& networks) {
    const auto address = parse_ip_address(client);
    return address && std::any_of(networks.begin(), networks.end(),
                                  [&](const Network& network) { return network.contains(*address); });
}

std::optional<Refusal> check_fields(const Claims& claims, const RequestFacts& facts) {
    for (const FieldRule& field : claims.fields) {
        std::string room;
        const std::string_view value = http::join_fields(facts.fields, field.name, room);
        const bool fits = std::any_of(field.rules.begin(), field.rules.end(),
                                      [&](const TextRule& rule) { return matches(rule, value); });
        if (!fits) return Refusal{Reason::header, field.name};
    }
    return std::nullopt;
}

std::optional<Refusal> check_device(const Claims& claims, const PeerCertificate* shown) {
    if (claims.certificate && (shown == nullptr || shown->whole != *claims.certificate))
        return Refusal{Reason::device};
    if (claims.public_key && (shown == nullptr || shown->public_key != *claims.public_key))
        return Refusal{Reason::device};
    return std::nullopt;
}

bool is_for(const Claims& claims, const RequestFacts& facts) {
    if (claims.uris.empty()) return true;
    UriView uri{facts};
    return std::any_of(claims.uris.begin(), claims.uris.end(),
                       [&uri](const UriRule& rule) { return matches(rule, uri); });
}

}  // namespace

std::string_view to_text(Format format) { return format_names[static_cast<std::size_t>(format)]; }

std::optional<Format> parse_format(std::string_view text) {
    const auto* const found = std::find(format_names.begin(), format_names.end(), text);
    if (found == format_names.end()) return std::nullopt;
    return static_cast<Format>(found - format_names.begin());
}

Cap both(const Cap& a, const Cap& b) {
    const auto tighter = [](auto one, auto other) {
        return one == decltype(one){} || (other != decltype(other){} && other < one) ? other : one;
    };
    return {tighter(a.height, b.height), tighter(a.bandwidth, b.bandwidth)};
}

const Claim* Claims::find(std::string_view name) const {
    const auto found =
        std::find_if(others.begin(), others.end(), [name](const Claim& claim) { return claim.name == name; });
    return found == others.end() ? nullptr : &*found;
}

std::string_view Claims::value_of(std::string_view name) const {
    const Claim* claim = find(name);
    return claim == nullptr || claim->values.size() != 1 ? std::string_view{} : claim->values.front();
}

std::optional<Refusal> check(const Claims& claims, const RequestFacts& facts, Seconds leeway) {
    if (auto refusal = check_times(claims, facts.now, leeway)) return refusal;
    const auto& methods = claims.methods;
    if (!methods.empty() && std::find(methods.begin(), methods.end(), facts.method) == methods.end())
        return Refusal{Reason::method};
    if (!claims.networks.empty() && !is_from(facts.client, claims.networks)) return Refusal{Reason::address};
    const auto& protocols = claims.protocols;
    if (!protocols.empty() &&
        std::find(protocols.begin(), protocols.end(), facts.protocol) == protocols.end())
        return Refusal{Reason::protocol};
    if (auto refusal = check_fields(claims, facts)) return refusal;
    if (auto refusal = check_device(claims, facts.certificate)) return refusal;
    if (!is_for(claims, facts)) return Refusal{Reason::uri};
    return std::nullopt;
}

}  // namespace outpost::auth
