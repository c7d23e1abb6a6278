#include "auth/formats/vendor.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "auth/numeric_date.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"

namespace outpost::auth {
namespace {

constexpr std::size_t most_fields = 8;

TextRule exactly(std::string text) { return {TextRule::Kind::exact, std::move(text), {}}; }

// What restricts the claims and is known to none of the three; "" when nothing does.
std::string_view unsayable(const Claims& claims) {
    if (!claims.subject.empty()) return "a subject";
    if (!claims.issuer.empty()) return "an issuer";
    if (!claims.audience.empty()) return "an audience";
    if (!claims.methods.empty()) return "methods";
    if (!claims.protocols.empty()) return "protocols";
    if (!claims.fields.empty()) return "header fields";
    if (claims.certificate || claims.public_key) return "a device's certificate";
    if (claims.replay != Replay::allowed) return "how often it may be used";
    if (claims.renewal.by != Renewal::By::none) return "renewal";
    if (claims.cap.limits()) return "the best rendition";
    return {};
}

}  // namespace

std::optional<VendorFields> read_fields(std::string_view text, char separator) {
    if (std::count(text.begin(), text.end(), separator) >= static_cast<std::ptrdiff_t>(most_fields))
        return std::nullopt;
    VendorFields fields;
    for (const std::string_view each : split(text, separator)) {
        const auto equals = each.find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        const std::string_view name = each.substr(0, equals);
        if (find_field(fields, name)) return std::nullopt;
        fields.push_back({name, each.substr(equals + 1)});
    }
    return fields;
}

std::optional<std::string_view> find_field(const VendorFields& fields, std::string_view name) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const VendorField& f) { return f.name == name; });
    if (found == fields.end()) return std::nullopt;
    return found->value;
}

bool has_only(const VendorFields& fields, std::initializer_list<std::string_view> names) {
    return std::all_of(fields.begin(), fields.end(), [&](const VendorField& field) {
        return std::find(names.begin(), names.end(), field.name) != names.end();
    });
}

std::optional<WallTime> read_seconds(std::string_view text) {
    const auto seconds = parse_unsigned(text);
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (!seconds || text.front() == '0' || *seconds > most) return std::nullopt;
    return from_numeric_date(static_cast<std::int64_t>(*seconds));
}

UriRule path_rule(const RequestFacts& facts, bool with_query) {
    ComponentRules rules;
    std::string path = remove_dot_segments(normalise_escapes(facts.raw_path));
    rules.components.push_back({UriComponent::path, {exactly(std::move(path))}});
    if (with_query)
        rules.components.push_back({UriComponent::query, {exactly(normalise_escapes(facts.query))}});
    return rules;
}

Network host_network(const IpAddress& address) {
    return {address, static_cast<std::uint8_t>(address.v6 ? 128 : 32)};
}

std::optional<std::string> one_address(const Claims& claims) {
    if (claims.networks.size() != 1) return std::nullopt;
    const Network& network = claims.networks.front();
    if (network != host_network(network.address)) return std::nullopt;
    return to_text(network);
}

std::optional<VendorTarget> target_of(std::string_view uri) {
    const auto parsed = parse_uri(uri.starts_with('/') ? fmt::format("http://any{}", uri) : std::string{uri});
    if (!parsed) return std::nullopt;
    return VendorTarget{parsed->path, parsed->query.value_or("")};
}

std::optional<Problem> check_words(const Claims& claims, const Key& key, Algorithm format) {
    if (key.algorithm() != format) {
        return Problem{
            "", fmt::format("a key for {} can't sign {} tokens", to_text(key.algorithm()), to_text(format)),
            "name a key of that format"};
    }
    if (!claims.expires)
        return Problem{"", fmt::format("a {} token must say when it ends", to_text(format)), ""};
    if (const auto what = unsayable(claims); !what.empty()) return no_word(format, what);
    return std::nullopt;
}

Problem no_word(Algorithm format, std::string_view what) {
    return {"", fmt::format("{} tokens have no word for {}", to_text(format), what),
            "leave it out, or take another format"};
}

}  // namespace outpost::auth
