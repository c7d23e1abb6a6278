// Amazon CloudFront's signed URLs and cookies: an RSA signature with SHA-1 over a policy, which is JSON. A
// "canned" one is not sent: both sides write it from the URL and the time when it ends.
#include <algorithm>

#include <fmt/format.h>

#include "auth/formats/vendor.hpp"
#include "auth/numeric_date.hpp"
#include "base/base64.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"

namespace outpost::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t policy_depth = 8;

// Base64 with its three characters that URLs have another use for changed.
std::string swapped(std::string text, std::string_view from, std::string_view to) {
    for (char& c : text) {
        if (const auto at = from.find(c); at != std::string_view::npos) c = to[at];
    }
    return text;
}
std::string encode(std::string_view bytes) { return swapped(encode_base64(bytes), "+=/", "-_~"); }
std::optional<std::string> decode(std::string_view text) {
    if (text.find_first_of("+=/") != std::string_view::npos) return std::nullopt;
    return decode_base64(swapped(std::string{text}, "-_~", "+=/"));
}

// Without what would end a text in JSON, so that no URL writes policy of its own.
bool is_plain(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < '\x7F' && c != '"' && c != '\\';
    });
}

struct Policy {
    std::string resource;
    std::string_view network;  // "": from anywhere
    std::optional<std::int64_t> after;
    std::int64_t before = 0;
};

// To the letter as Amazon's libraries do it.
std::string write(const Policy& policy) {
    std::string out =
        fmt::format(R"({{"Statement":[{{"Resource":"{}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{}}})",
                    policy.resource, policy.before);
    if (policy.after) out += fmt::format(R"(,"DateGreaterThan":{{"AWS:EpochTime":{}}})", *policy.after);
    if (!policy.network.empty())
        out += fmt::format(R"(,"IpAddress":{{"AWS:SourceIp":"{}"}})", policy.network);
    return out + "}}]}";
}

// ---- reading a policy

bool has_only(const json::object& object, std::initializer_list<std::string_view> names) {
    return std::all_of(object.begin(), object.end(), [&](const json::key_value_pair& member) {
        return std::find(names.begin(), names.end(), std::string_view{member.key()}) != names.end();
    });
}

// The one member of the object that `parent` has under `name`; null when it is anything else.
const json::value* only_member(const json::object& parent, std::string_view name, std::string_view member) {
    const json::value* value = parent.if_contains(name);
    const json::object* object = value != nullptr ? value->if_object() : nullptr;
    return object != nullptr && object->size() == 1 ? object->if_contains(member) : nullptr;
}

std::optional<WallTime> read_time(const json::object& condition, std::string_view name) {
    const json::value* value = only_member(condition, name, "AWS:EpochTime");
    return value != nullptr && value->is_int64() ? from_numeric_date(value->get_int64()) : std::nullopt;
}

// 0.0.0.0/0 is how Amazon says that any address will do.
bool read_network(const json::object& condition, Claims& claims) {
    const json::value* value = only_member(condition, "IpAddress", "AWS:SourceIp");
    if (value == nullptr || !value->is_string()) return false;
    const auto network = parse_network(std::string_view{value->get_string()});
    const bool any = network && !network->address.v6 && network->prefix == 0;
    if (network && !any) claims.networks.push_back(*network);
    return network.has_value();
}

std::optional<Refusal> read_condition(const json::object& condition, Claims& claims) {
    if (!has_only(condition, {"DateLessThan", "DateGreaterThan", "IpAddress"}))
        return Refusal{Reason::unsupported, "a condition that is not known"};
    claims.expires = read_time(condition, "DateLessThan");
    if (!claims.expires) return Refusal{Reason::malformed, "DateLessThan"};
    if (condition.contains("DateGreaterThan")) {
        claims.not_before = read_time(condition, "DateGreaterThan");
        if (!claims.not_before) return Refusal{Reason::malformed, "DateGreaterThan"};
    }
    if (condition.contains("IpAddress") && !read_network(condition, claims))
        return Refusal{Reason::malformed, "IpAddress"};
    return std::nullopt;
}

// A resource without a scheme is for both. A policy without a resource is for everything.
std::optional<Refusal> read_resource(const json::value* value, Claims& claims) {
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) return Refusal{Reason::malformed, "Resource"};
    std::string resource{std::string_view{value->get_string()}};
    if (resource.empty() || resource.size() > most_text) return Refusal{Reason::malformed, "Resource"};
    const bool has_scheme = resource.starts_with('*') || resource.find("://") != std::string::npos;
    claims.uris.push_back(WildcardUri{has_scheme ? std::move(resource) : "http*://" + resource});
    return std::nullopt;
}

std::optional<Refusal> read_policy(std::string_view text, Claims& claims) {
    const auto policy = parse_json(text, policy_depth);
    const json::object* top = policy ? policy->if_object() : nullptr;
    if (top == nullptr) return Refusal{Reason::malformed, "Policy"};
    if (!has_only(*top, {"Statement"}))
        return Refusal{Reason::unsupported, "a member of its policy that is not known"};
    const json::value* list = top->if_contains("Statement");
    const json::array* statements = list != nullptr ? list->if_array() : nullptr;
    if (statements == nullptr || statements->empty()) return Refusal{Reason::malformed, "Statement"};
    if (statements->size() > 1) return Refusal{Reason::unsupported, "more than one statement"};
    const json::object* statement = statements->front().if_object();
    if (statement == nullptr) return Refusal{Reason::malformed, "Statement"};
    if (!has_only(*statement, {"Resource", "Condition"}))
        return Refusal{Reason::unsupported, "a member of its statement that is not known"};
    const json::value* condition = statement->if_contains("Condition");
    if (condition == nullptr || !condition->is_object()) return Refusal{Reason::malformed, "Condition"};
    if (auto refusal = read_resource(statement->if_contains("Resource"), claims)) return refusal;
    return read_condition(condition->get_object(), claims);
}

// ---- the two kinds

struct Parameters {
    std::string signature;  // its bytes
    std::string_view key_pair;
    std::optional<std::string_view> expires, policy;
};

Verdict<Parameters> read_parameters(std::string_view token) {
    const auto fields = read_fields(token, '&');
    if (!fields) return Refusal{Reason::malformed, "its parameters"};
    if (find_field(*fields, "Hash-Algorithm")) return Refusal{Reason::unsupported, "Hash-Algorithm"};
    const auto signature = decode(find_field(*fields, "Signature").value_or(""));
    Parameters out{.signature = signature.value_or(""),
                   .key_pair = find_field(*fields, "Key-Pair-Id").value_or(""),
                   .expires = find_field(*fields, "Expires"),
                   .policy = find_field(*fields, "Policy")};
    const bool known = has_only(*fields, {"Expires", "Policy", "Signature", "Key-Pair-Id"});
    if (!known || out.expires.has_value() == out.policy.has_value())
        return Refusal{Reason::malformed, "its parameters"};
    if (out.signature.empty()) return Refusal{Reason::malformed, "Signature"};
    if (out.key_pair.empty()) return Refusal{Reason::malformed, "Key-Pair-Id"};
    return out;
}

std::optional<Refusal> verify_signature(const Parameters& parameters, std::string_view policy,
                                        const KeyRing& ring, Claims& claims) {
    auto key = verify_with(ring, parameters.key_pair, Algorithm::cloudfront, policy, parameters.signature);
    if (!key) return key.error();
    claims.key = std::move(*key);
    return std::nullopt;
}

std::optional<Refusal> verify_canned(const Parameters& parameters, const Expected& expected, Claims& claims) {
    claims.expires = read_seconds(*parameters.expires);
    if (!claims.expires) return Refusal{Reason::malformed, "Expires"};
    std::string uri = expected.facts.uri();
    if (!is_plain(uri)) return Refusal{Reason::uri, "a character that no URL may hold bare"};
    const Policy policy{uri, {}, std::nullopt, to_numeric_date(*claims.expires)};
    claims.uris.push_back(ExactUri{std::move(uri)});
    return verify_signature(parameters, write(policy), expected.keys, claims);
}

std::optional<Refusal> verify_custom(const Parameters& parameters, const Expected& expected, Claims& claims) {
    const auto policy = decode(*parameters.policy);
    if (!policy) return Refusal{Reason::malformed, "Policy"};
    if (auto refusal = verify_signature(parameters, *policy, expected.keys, claims)) return refusal;
    return read_policy(*policy, claims);
}

// ---- minting

// The resource of the one rule that can be said, and whether a canned policy says it.
struct Resource {
    std::string text;
    bool exact = false;
};

Outcome<Resource> write_resource(const Claims& claims, std::string_view uri) {
    Resource resource{"*"};
    if (claims.uris.size() > 1) return no_word(Algorithm::cloudfront, "more than one rule for URLs");
    if (claims.uris.empty() && !uri.empty()) resource = {std::string{uri}, true};
    if (!claims.uris.empty()) {
        const UriRule& rule = claims.uris.front();
        const auto* exact = std::get_if<ExactUri>(&rule);
        const auto* wildcard = std::get_if<WildcardUri>(&rule);
        if (exact == nullptr && wildcard == nullptr) return no_word(Algorithm::cloudfront, describe(rule));
        resource = exact != nullptr ? Resource{exact->uri, true} : Resource{wildcard->pattern};
    }
    const auto parsed = resource.exact ? parse_uri(resource.text) : std::nullopt;
    if (!is_plain(resource.text) || resource.text.size() > most_text || (resource.exact && !parsed))
        return Problem{"", "the URL can't be read", "write it from its scheme on"};
    if (parsed && to_text(*parsed) != resource.text)
        return Problem{"", "the URL is not as clients send it", fmt::format("write {}", to_text(*parsed))};
    return resource;
}

std::optional<Problem> check_cloudfront(const Claims& claims, const Key& key) {
    if (auto problem = check_words(claims, key, Algorithm::cloudfront)) return problem;
    if (!claims.id.empty()) return no_word(Algorithm::cloudfront, "an id");
    if (!claims.others.empty()) return no_word(Algorithm::cloudfront, "claims of your own");
    if (claims.networks.size() > 1) return no_word(Algorithm::cloudfront, "more than one network");
    if (!is_plain(key.id()) || key.id().find_first_of("&=%;,+#") != std::string::npos)
        return Problem{"", "the key's id can't stand in a URL", "give it the Key-Pair-Id as its kid"};
    return std::nullopt;
}

// Amazon writes a single address as a network as well.
std::string network_text(const Network& network) {
    const std::string text = to_text(network);
    return text.find('/') != std::string::npos ? text : fmt::format("{}/{}", text, network.prefix);
}

}  // namespace

Verdict<Claims> verify_cloudfront(std::string_view token, const Expected& expected) {
    if (token.size() > expected.most_bytes) return Refusal{Reason::too_large};
    const auto parameters = read_parameters(token);
    if (!parameters) return parameters.error();
    Claims claims;
    claims.format = Format::cloudfront;
    const auto refusal = parameters->policy ? verify_custom(*parameters, expected, claims)
                                            : verify_canned(*parameters, expected, claims);
    if (refusal) return *refusal;
    return claims;
}

Outcome<std::string> mint_cloudfront(const Claims& claims, const Key& key, std::string_view uri) {
    if (auto problem = check_cloudfront(claims, key)) return *problem;
    const auto resource = write_resource(claims, uri);
    if (!resource) return resource.error();
    const bool canned = resource->exact && !claims.not_before && claims.networks.empty();
    // Whoever holds a canned token may show its policy as a custom one, where a star is a wildcard.
    const std::string_view wildcards = canned ? "*" : "*?";
    if (resource->exact && resource->text.find_first_of(wildcards) != std::string::npos)
        return no_word(Algorithm::cloudfront, "one URL with such characters in it");
    Policy policy{
        .resource = resource->text, .network = {}, .after = {}, .before = to_numeric_date(*claims.expires)};
    const std::string network = claims.networks.empty() ? "" : network_text(claims.networks.front());
    policy.network = network;
    if (claims.not_before) policy.after = to_numeric_date(*claims.not_before + Milliseconds{999});
    const std::string text = write(policy);
    const auto signature = key.sign(text);
    if (!signature) return Problem{"", "the key can't sign", "take its private part"};
    const std::string first = canned ? fmt::format("Expires={}", policy.before) : "Policy=" + encode(text);
    return fmt::format("{}&Signature={}&Key-Pair-Id={}", first, encode(*signature), key.id());
}

}  // namespace outpost::auth
