#include "cdn/policy/key.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/uri.hpp"

namespace outpost::cdn::policy {
namespace {

struct QueryParameter {
    std::string name;
    std::string text;  // with its '=' and value, if it has them

    [[nodiscard]] std::string_view value() const {
        const std::string_view all = text;
        return all.substr(std::min(name.size() + 1, all.size()));
    }
};

std::vector<QueryParameter> parse_query(std::string_view raw) {
    std::vector<QueryParameter> parameters;
    for (const std::string_view part : split(raw, '&')) {
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        // Apart, so that a value's malformed escape hides no name.
        std::string name = normalise_escapes(part.substr(0, equals));
        std::string text = name + normalise_escapes(part.substr(equals));
        parameters.push_back({std::move(name), std::move(text)});
    }
    return parameters;
}

bool has(const std::vector<QueryParameter>& parameters, std::string_view name) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const QueryParameter& parameter) { return parameter.name == name; });
}

// What says who asks, in all the forms of tokens that we know.
void drop_credentials(std::vector<QueryParameter>& parameters) {
    constexpr std::array<std::string_view, 10> never{
        "CMCD",   "URISigningPackage", "cat",         "hdnts", "hdntl", "hdnea",
        "Policy", "Signature",         "Key-Pair-Id", "md5"};
    const bool cloudfront = has(parameters, "Signature"), secure_link = has(parameters, "md5");
    std::erase_if(parameters, [&](const QueryParameter& parameter) {
        return std::find(never.begin(), never.end(), parameter.name) != never.end() ||
               (cloudfront && parameter.name == "Expires") || (secure_link && parameter.name == "expires");
    });
}

// Gives a delivery directive its one form; false when it is garbage.
bool make_canonical(QueryParameter& parameter) {
    if (parameter.name == "_HLS_skip") return parameter.value() == "YES" || parameter.value() == "v2";
    const auto number = parse_unsigned(parameter.value());
    if (!number) return false;
    parameter.text = parameter.name + '=' + std::to_string(*number);
    return true;
}

bool is_directive(std::string_view name) {
    return name == "_HLS_msn" || name == "_HLS_part" || name == "_HLS_skip";
}

bool is_wanted(QueryParameter& parameter, const std::vector<QueryParameter>& kept, const KeyRules& rules) {
    if (is_directive(parameter.name))
        return rules.hls_directives && !has(kept, parameter.name) && make_canonical(parameter);
    const auto& listed = rules.query_allow;
    switch (rules.query) {
        case KeyRules::Query::none: return false;
        case KeyRules::Query::listed:
            return std::find(listed.begin(), listed.end(), parameter.name) != listed.end();
        case KeyRules::Query::all: return !parameter.name.starts_with("_HLS_");
    }
    return false;
}

std::string_view without_default_port(std::string_view host, std::string_view scheme) {
    const std::string_view port = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(port)) host.remove_suffix(port.size());
    return host;
}

}  // namespace

std::string upstream_query(std::string_view raw_query, const KeyRules& rules) {
    if (raw_query.empty()) return {};
    std::vector<QueryParameter> parameters = parse_query(raw_query);
    drop_credentials(parameters);
    std::vector<QueryParameter> kept;
    kept.reserve(parameters.size());
    for (QueryParameter& parameter : parameters) {
        if (is_wanted(parameter, kept, rules)) kept.push_back(std::move(parameter));
    }
    std::stable_sort(kept.begin(), kept.end(),
                     [](const QueryParameter& a, const QueryParameter& b) { return a.name < b.name; });
    std::string out;
    for (const QueryParameter& parameter : kept) {
        if (!out.empty()) out += '&';
        out += parameter.text;
    }
    return out;
}

std::string cache_key(std::string_view scheme, std::string_view host, std::string_view raw_path,
                      std::string_view raw_query, const KeyRules& rules) {
    const std::string lower_scheme = ascii_lower(scheme);
    std::string key = lower_scheme + "://";
    key += ascii_lower(without_default_port(rules.host ? std::string_view{*rules.host} : host, lower_scheme));
    key += raw_path.empty() ? "/" : normalise_escapes(raw_path);
    if (const std::string query = upstream_query(raw_query, rules); !query.empty()) {
        key += '?';
        key += query;
    }
    return key;
}

}  // namespace outpost::cdn::policy
