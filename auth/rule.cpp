#include "auth/rule.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::auth {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.';
    });
}

// The n-th segment of a path, counted from 1; "" when there are fewer.
std::string_view segment_of(std::string_view path, std::size_t number) {
    path.remove_prefix(std::min<std::size_t>(path.size(), 1));
    for (std::size_t i = 1; i < number; ++i) {
        const auto slash = path.find('/');
        if (slash == std::string_view::npos) return {};
        path.remove_prefix(slash + 1);
    }
    return path.substr(0, path.find('/'));
}

// The standard claims can be asked for like the operator's own.
bool has_value(const Claims& claims, std::string_view name, std::optional<std::string_view> wanted) {
    const auto fits = [&](std::string_view value) { return !value.empty() && (!wanted || value == *wanted); };
    if (name == "sub") return fits(claims.subject);
    if (name == "jti" || name == "cti") return fits(claims.id);
    if (name == "iss") return fits(claims.issuer);
    if (name == "aud") return std::any_of(claims.audience.begin(), claims.audience.end(), fits);
    if (name == "exp") return !wanted && claims.expires;
    const Claim* claim = claims.find(name);
    return claim != nullptr && std::any_of(claim->values.begin(), claim->values.end(), fits);
}

bool meets(const Claims& claims, const Requirement& requirement, const RequestFacts& facts) {
    switch (requirement.kind) {
        case Requirement::Kind::present: return has_value(claims, requirement.name, std::nullopt);
        case Requirement::Kind::text: return has_value(claims, requirement.name, requirement.text);
        case Requirement::Kind::path_segment: break;
    }
    const std::string_view segment = segment_of(facts.path, requirement.segment);
    return !segment.empty() && has_value(claims, requirement.name, segment);
}

}  // namespace

std::optional<Requirement> parse_requirement(std::string_view text) {
    const auto equals = text.find('=');
    Requirement requirement;
    requirement.name = text.substr(0, equals);
    if (!is_name(requirement.name)) return std::nullopt;
    if (equals == std::string_view::npos) return requirement;
    const std::string_view value = text.substr(equals + 1);
    if (value.empty()) return std::nullopt;
    if (value.front() == '{' && value.back() == '}') {
        const auto number = parse_unsigned(value.substr(1, value.size() - 2));
        if (!number || *number == 0 || *number > 64) return std::nullopt;
        requirement.kind = Requirement::Kind::path_segment;
        requirement.segment = static_cast<std::size_t>(*number);
    } else {
        requirement.kind = Requirement::Kind::text;
        requirement.text = value;
    }
    return requirement;
}

std::optional<Refusal> check_request(const Rule& rule, const RequestFacts& facts) {
    if (rule.let == Rule::Let::nobody) return Refusal{Reason::closed};
    const auto is_open = [&facts](const TimeWindow& window) {
        return facts.now >= window.from && facts.now < window.until;
    };
    if (!rule.open.empty() && std::none_of(rule.open.begin(), rule.open.end(), is_open))
        return Refusal{Reason::closed, "not at this time"};
    const auto& methods = rule.methods;
    if (!methods.empty() && std::find(methods.begin(), methods.end(), facts.method) == methods.end())
        return Refusal{Reason::method, "of this route"};
    if (rule.networks.empty()) return std::nullopt;
    const auto address = parse_ip_address(facts.client);
    const auto contains = [&address](const Network& network) { return network.contains(*address); };
    if (!address || std::none_of(rule.networks.begin(), rule.networks.end(), contains))
        return Refusal{Reason::address, "of this route"};
    return std::nullopt;
}

std::optional<Refusal> check_claims(const Rule& rule, const Claims& claims, const RequestFacts& facts) {
    if (!rule.formats[static_cast<std::size_t>(claims.format)]) return Refusal{Reason::format};
    if (!rule.keys.empty() &&
        (!claims.key || std::find(rule.keys.begin(), rule.keys.end(), claims.key->id()) == rule.keys.end()))
        return Refusal{Reason::unknown_key, "not one of this route's"};
    for (const Requirement& requirement : rule.required) {
        if (!meets(claims, requirement, facts)) return Refusal{Reason::claims, requirement.name};
    }
    if (rule.device_certificate && !claims.certificate && !claims.public_key)
        return Refusal{Reason::device, "it is bound to none"};
    return std::nullopt;
}

}  // namespace outpost::auth
