#include "config/rules_auth.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.hpp"
#include "base/network.hpp"
#include "base/text.hpp"
#include "config/rules_files.hpp"
#include "config/rules_match.hpp"
#include "config/url.hpp"

namespace outpost::config {
namespace {

using Texts = Option<std::vector<std::string>>;

void check_names(const Texts& option, std::span<const std::string> known, std::string_view kind,
                 std::vector<Fault>& faults) {
    for (const std::string& name : option()) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const auto near = nearest(ascii_lower(name), known);
        faults.push_back({option.at(), fmt::format("{} is no {}", describe(Value{name}), kind),
                          near ? fmt::format("did you mean {}?", toml_string(*near))
                               : fmt::format("write some of {}", fmt::join(known, ", "))});
    }
    if (option.given() && option().empty())
        faults.push_back({option.at(), fmt::format("{} is empty, so no token would ever do", option.name()),
                          "remove it, or write let = \"nobody\""});
}

// "name", "name=value", "name={2}".
bool is_claim(std::string_view text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    const auto equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    if (name.empty() || name.size() > 64 || name.find_first_not_of(allowed) != std::string_view::npos)
        return false;
    if (equals == std::string_view::npos) return true;
    const std::string_view value = text.substr(equals + 1);
    if (!value.starts_with('{') || !value.ends_with('}')) return !value.empty();
    const auto number = parse_unsigned(value.substr(1, value.size() - 2));
    return number && *number >= 1 && *number <= 64;
}

bool is_method(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

template <class Check>
void check_each(const Texts& option, Check&& is_right, std::string_view kind, std::string_view remedy,
                std::vector<Fault>& faults) {
    for (const std::string& text : option()) {
        if (is_right(text)) continue;
        faults.push_back(
            {option.at(), fmt::format("{} is no {}", describe(Value{text}), kind), std::string{remedy}});
    }
}

void check_access(const Settings& settings, const AccessOptions& access, std::vector<Fault>& faults) {
    check_conditions(conditions_of(access), faults);
    check_names(access.formats, token_formats(), "format of tokens", faults);
    check_names(access.places, token_places(), "place of tokens", faults);
    check_each(access.claims, is_claim, "claim",
               "write a name, name=value, or name={2} for the path's second segment", faults);
    check_each(access.methods, is_method, "method", "write it in capitals, such as \"GET\"", faults);
    check_each(
        access.networks, [](const std::string& text) { return parse_network(text).has_value(); }, "network",
        "write an address and a prefix whose rest is 0, such as \"10.20.0.0/16\"", faults);
    check_each(
        access.open, [](const std::string& text) { return parse_time_window(text).has_value(); }, "interval",
        "write two times in UTC with / between, such as \"2026-12-01T08:00:00Z/2026-12-01T10:00:00Z\"",
        faults);
    if (access.device_certificate && settings.tls.client_ca().empty())
        faults.push_back({access.device_certificate.at(), "no box is asked for its certificate",
                          "add client_ca to [tls]"});
    if (access.let() == AccessLet::tokens && settings.auth.keys().empty() && settings.jwks.empty())
        faults.push_back({access.at(), "tokens are asked for, and there is no key to verify them with",
                          "add keys to [auth], or [[jwks]]; or write let = \"anybody\""});
}

void check_jwks(const JwksOptions& jwks, std::vector<Fault>& faults) {
    if (!jwks.url.given()) return;
    const auto url = parse_server_url(jwks.url());
    if (!url || url->has_userinfo || (url->scheme != "http" && url->scheme != "https"))
        faults.push_back(
            {jwks.url.at(),
             fmt::format("url is {}, not that of a key set", describe(Value{without_userinfo(jwks.url())})),
             "write http:// or https://, a host and a path, such as "
             "\"https://issuer.example.org/jwks.json\""});
}

void check_directory(const Option<std::filesystem::path>& option, int mode, std::string_view verb,
                     std::vector<Fault>& faults) {
    if (option().empty()) return;
    std::error_code ignored;
    if (std::filesystem::exists(option(), ignored) && !std::filesystem::is_directory(option(), ignored)) {
        faults.push_back(
            {option.at(), fmt::format("{} is not a directory", option().string()), "name a directory"});
    } else if (::access(option().c_str(), mode) != 0) {
        faults.push_back({option.at(),
                          fmt::format("{} can't be {}: {}", option().string(), verb, std::strerror(errno)),
                          "create it, and let the user that outpost runs as use it"});
    }
}

}  // namespace

std::span<const std::string> token_formats() {
    static const std::array<std::string, 5> names{"uri-signing", "cat", "edge-auth", "cloudfront",
                                                  "secure-link"};
    return names;
}

std::span<const std::string> token_places() {
    static const std::array<std::string, 5> names{"path", "query", "cookie", "authorization", "header"};
    return names;
}

void check_auth_rules(const Settings& settings, std::vector<Fault>& faults) {
    const auto needs_auth = [&](const auto& sections) {
        if (settings.auth.given() || sections.empty()) return;
        faults.push_back({sections.begin()->at(),
                          fmt::format("[[{}]] protects nothing without [auth]", sections.name()),
                          "add [auth]"});
    };
    needs_auth(settings.access);
    needs_auth(settings.jwks);
    if (!settings.auth.given()) return;
    if (settings.access.empty() && settings.auth.otherwise() == Otherwise::refuse)
        faults.push_back({settings.auth.at(), "there is no [[access]], so everything is refused",
                          "add [[access]] with what tokens must say, such as prefix = \"/vod/\""});
    for (const AccessOptions& access : settings.access) check_access(settings, access, faults);
    check_reachable(settings.access, faults);
    for (const JwksOptions& jwks : settings.jwks) check_jwks(jwks, faults);
}

void check_auth_files(const Settings& settings, std::vector<Fault>& faults) {
    check_directory(settings.auth.keys, R_OK | X_OK, "read", faults);
    check_directory(settings.auth.state, R_OK | W_OK | X_OK, "written to", faults);
    for (const JwksOptions& jwks : settings.jwks) check_file(jwks.ca, faults);
}

}  // namespace outpost::config
