#include <algorithm>
#include <array>
#include <cmath>

#include "auth/formats/cat_claims.hpp"
#include "base/base64.hpp"

namespace outpost::auth::cat {
namespace {

using cbor::Value;
using Failure = std::optional<Refusal>;

constexpr std::int64_t last_second = 253402300799;  // of the year 9999
constexpr std::int64_t most_lifetime = 10LL * 366 * 24 * 3600;

Refusal malformed(const char* what) { return {Reason::malformed, what}; }

Failure read_text(const Value& value, const char* what, std::string& out) {
    const std::string* text = value.text();
    if (!text || text->empty() || text->size() > most_text) return malformed(what);
    out = *text;
    return std::nullopt;
}

enum class Spelling { text, text_or_bytes };

// A list, or its one item alone.
Failure read_list(const Value& value, const char* what, Spelling spelling, std::vector<std::string>& out) {
    const Value::Array one = value.array() ? Value::Array{} : Value::Array{value};
    const Value::Array& items = value.array() ? *value.array() : one;
    if (items.empty() || items.size() > most_values) return malformed(what);
    for (const Value& item : items) {
        const std::string* text = item.text();
        if (!text && spelling == Spelling::text_or_bytes) text = item.bytes();
        if (!text || text->empty() || text->size() > most_text) return malformed(what);
        out.push_back(*text);
    }
    return std::nullopt;
}

// NumericDate without a tag (RFC 8392 section 2), whole or with a fraction.
Failure read_time(const Value& value, const char* what, std::optional<WallTime>& out) {
    const auto whole = value.integer();
    const auto fraction = value.number();
    if (whole && *whole >= 0 && *whole <= last_second) {
        out = WallTime{std::chrono::seconds{*whole}};
        return std::nullopt;
    }
    // A NaN is in no range.
    if (fraction && *fraction >= 0 && *fraction <= static_cast<double>(last_second)) {
        out = WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(std::floor(*fraction * 1000))}};
        return std::nullopt;
    }
    return malformed(what);
}

Failure read_id(const Value& value, std::string& out) {
    const std::string* bytes = value.bytes();
    if (!bytes || bytes->empty() || bytes->size() > most_text / 2) return malformed("cti");
    out = encode_hex(*bytes);
    return std::nullopt;
}

Failure read_replay(const Value& value, Replay& out) {
    switch (value.integer().value_or(-1)) {
        case 0: out = Replay::allowed; return std::nullopt;
        case 1: out = Replay::forbidden; return std::nullopt;
        case 2: out = Replay::detected; return std::nullopt;
        default: return malformed("catreplay");
    }
}

// A tagged address, or a tagged list of the prefix's length and the address (RFC 9164); some libraries write
// texts.
Verdict<Network> read_network(const Value& value) {
    if (value.integer()) return Refusal{Reason::unsupported, "an autonomous system in catnip"};
    if (value.text()) {
        const auto network = parse_network(*value.text());
        return network ? Verdict<Network>{*network} : malformed("catnip");
    }
    for (const std::uint64_t tag : {ipv4_tag, ipv6_tag}) {
        const Value* content = value.content_of(tag);
        if (!content) continue;
        const std::size_t size = tag == ipv6_tag ? 16 : 4;
        if (const std::string* address = content->bytes()) {
            const auto whole = static_cast<unsigned>(size * 8);
            const auto network =
                address->size() == size ? network_of(*address, tag == ipv6_tag, whole) : std::nullopt;
            return network ? Verdict<Network>{*network} : malformed("catnip");
        }
        const Value::Array* pair = content->array();
        if (!pair || pair->size() != 2) return malformed("catnip");
        // The other way around it is the address of an interface (section 3.1.3).
        const auto prefix = (*pair)[0].integer();
        const std::string* address = (*pair)[1].bytes();
        if (!prefix || *prefix < 0 || *prefix > 128 || !address) return malformed("catnip");
        const auto network = network_of(*address, tag == ipv6_tag, static_cast<unsigned>(*prefix));
        return network ? Verdict<Network>{*network} : malformed("catnip");
    }
    return malformed("catnip");
}

Failure read_networks(const Value& value, std::vector<Network>& out) {
    const Value::Array* list = value.array();
    if (!list || list->empty() || list->size() > most_values) return malformed("catnip");
    for (const Value& item : *list) {
        const Verdict<Network> network = read_network(item);
        if (!network) return network.error();
        out.push_back(*network);
    }
    return std::nullopt;
}

Failure read_public_key(const Value& value, std::optional<Sha256>& out) {
    const Value::Array* list = value.array();
    if (list && list->size() > 1) return Refusal{Reason::unsupported, "several keys in cattpk"};
    if (list && list->empty()) return malformed("cattpk");
    const std::string* digest = (list ? list->front() : value).bytes();
    if (!digest || digest->size() != std::tuple_size_v<Sha256>) return malformed("cattpk");
    out.emplace();
    std::copy(digest->begin(), digest->end(), out->begin());
    return std::nullopt;
}

Failure read_catu_claim(const Value& value, std::vector<UriRule>& out) {
    Verdict<ComponentRules> rules = read_catu(value);
    if (!rules) return rules.error();
    out.emplace_back(std::move(*rules));
    return std::nullopt;
}

Failure read_cath_claim(const Value& value, std::vector<FieldRule>& out) {
    Verdict<std::vector<FieldRule>> fields = read_cath(value);
    if (!fields) return fields.error();
    out = std::move(*fields);
    return std::nullopt;
}

// ---- catr

Failure read_seconds(const Value& value, Seconds& out) {
    const auto number = value.integer();
    if (!number || *number < 0 || *number > most_lifetime) return malformed("a time in catr");
    out = Seconds{*number};
    return std::nullopt;
}

Failure read_name(const Value& map, RenewalPart part, std::string& out) {
    const Value* name = map.find(part);
    if (!name) return std::nullopt;
    if (!name->text() || name->text()->size() > most_text || !is_token(*name->text())) {
        return malformed("a name in catr");
    }
    out = *name->text();
    return std::nullopt;
}

// A token that asks for what is not done here (a redirect, attributes of the cookie) is good for as long as
// it says, and is not renewed.
Failure read_renewal(const Value& map, Renewal& out) {
    const Value* type = map.find(renewal_type);
    const Value* lifetime = map.find(expadd);
    if (!type || !lifetime) return malformed("catr");
    for (const cbor::Entry& entry : *map.map()) {
        const auto part = entry.key.integer();
        if (!part || *part < renewal_type || *part > redirect_code) {
            return Refusal{Reason::unsupported, "a part of catr"};
        }
    }
    Renewal renewal;
    if (const auto failure = read_seconds(*lifetime, renewal.lifetime)) return failure;
    if (renewal.lifetime == Seconds{0}) return malformed("a time in catr");
    if (const Value* left = map.find(deadline)) {
        if (const auto failure = read_seconds(*left, renewal.deadline)) return failure;
    }
    const std::int64_t how = type->integer().value_or(-1);
    if (how < automatic || how > by_redirect) return malformed("the type of catr");
    const bool header = how == by_header;
    if (const auto failure = read_name(map, header ? header_name : cookie_name, renewal.name)) return failure;
    const bool decorated = map.find(header ? header_params : cookie_params) != nullptr;
    if (how == by_redirect || decorated) return std::nullopt;
    renewal.by = header ? Renewal::By::header : Renewal::By::cookie;
    out = std::move(renewal);
    return std::nullopt;
}

// ---- by label

Failure read_registered(std::int64_t label, const Value& value, Claims& out) {
    switch (label) {
        case iss: return read_text(value, "iss", out.issuer);
        case sub: return read_text(value, "sub", out.subject);
        case aud: return read_list(value, "aud", Spelling::text, out.audience);
        case exp: return read_time(value, "exp", out.expires);
        case nbf: return read_time(value, "nbf", out.not_before);
        case iat: return read_time(value, "iat", out.issued);
        case cti: return read_id(value, out.id);
        case catreplay: return read_replay(value, out.replay);
        case catv:
            if (value.integer() == version) return std::nullopt;
            return Refusal{Reason::unsupported, "another version of CAT"};
        case catnip: return read_networks(value, out.networks);
        case catu: return read_catu_claim(value, out.uris);
        case catm: return read_list(value, "catm", Spelling::text, out.methods);
        case catalpn: return read_list(value, "catalpn", Spelling::text_or_bytes, out.protocols);
        case cath: return read_cath_claim(value, out.fields);
        case cattpk: return read_public_key(value, out.public_key);
        case catr: return read_renewal(value, out.renewal);
        default: return Refusal{Reason::unsupported, "claim " + std::to_string(label)};
    }
}

// ---- the operator's own

Failure read_limit(const Value& value, std::uint64_t most, const char* what, std::uint64_t& out) {
    const auto number = value.integer();
    if (!number || *number <= 0 || static_cast<std::uint64_t>(*number) > most) return malformed(what);
    out = static_cast<std::uint64_t>(*number);
    return std::nullopt;
}

Failure read_one(const Value& value, std::vector<std::string>& out) {
    if (const std::string* text = value.text()) {
        if (text->size() > most_text) return malformed("a claim of its issuer's own");
        out.push_back(*text);
    } else if (const auto number = value.integer()) {
        out.push_back(std::to_string(*number));
    } else if (const auto truth = value.boolean()) {
        out.emplace_back(*truth ? "true" : "false");
    } else {
        return Refusal{Reason::unsupported, "the value of a claim of its issuer's own"};
    }
    return std::nullopt;
}

Failure read_own(const std::string& name, const Value& value, Claims& out) {
    std::uint64_t limit = 0;
    if (name == max_height_claim) {
        if (const auto failure = read_limit(value, UINT32_MAX, "max_height", limit)) return failure;
        out.cap.height = static_cast<std::uint32_t>(limit);
        return std::nullopt;
    }
    if (name == max_bandwidth_claim) {
        if (const auto failure = read_limit(value, INT64_MAX, "max_bandwidth", limit)) return failure;
        out.cap.bandwidth = BitRate{limit};
        return std::nullopt;
    }
    if (name.empty() || name.size() > most_text) return malformed("a claim's name");
    if (out.others.size() >= most_others) return malformed("too many claims of its issuer's own");
    Claim claim{name, {}};
    const Value::Array one = value.array() ? Value::Array{} : Value::Array{value};
    const Value::Array& items = value.array() ? *value.array() : one;
    if (items.empty() || items.size() > most_values) return malformed("a claim of its issuer's own");
    for (const Value& item : items) {
        if (const auto failure = read_one(item, claim.values)) return failure;
    }
    out.others.push_back(std::move(claim));
    return std::nullopt;
}

}  // namespace

Verdict<Claims> read_claims(const Value& payload) {
    if (!payload.map()) return malformed("its claims are no map");
    Claims claims;
    claims.format = Format::cat;
    for (const cbor::Entry& entry : *payload.map()) {
        const auto label = entry.key.integer();
        const std::string* name = entry.key.text();
        if (!label && !name) return Refusal{Reason::unsupported, "a claim"};
        const Failure failure =
            label ? read_registered(*label, entry.value, claims) : read_own(*name, entry.value, claims);
        if (failure) return *failure;
    }
    return claims;
}

bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

}  // namespace outpost::auth::cat
