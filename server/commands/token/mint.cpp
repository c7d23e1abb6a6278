// outpost token mint: a token that says what the options say.
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "auth/formats/format.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "server/commands/token/inputs.hpp"
#include "server/commands/token/token.hpp"
#include "server/tls/client_certificate.hpp"

namespace outpost::server {
namespace {

struct Words {
    std::string key, kid, format;
    std::string url, path_prefix, regex, exact;
    std::vector<std::string> acl, audience, claims, methods, networks;
    std::string subject, id, issuer, expires, not_before, bandwidth, certificate;
    std::uint32_t height = 0;
    std::string renew, renew_for, renew_deadline;
    int renew_depth = -1;
    bool once = false;
    std::string as = "token", place = "path";
};

Outcome<std::shared_ptr<const auth::Key>> key_of(const Words& words) {
    const auto set = read_keys(words.key);
    if (!set) return set.error();
    for (const auto& key : set->keys) {
        if (key->can_sign() && (words.kid.empty() || key->id() == words.kid)) return key;
    }
    return Problem{
        words.key,
        words.kid.empty() ? "holds no key that can sign" : "holds no key " + words.kid + " that can sign",
        "name the file of the private key"};
}

Outcome<auth::Format> format_of(const Words& words, const auth::Key& key) {
    if (!words.format.empty()) {
        if (const auto format = auth::parse_format(words.format)) return *format;
        return Problem{"--format " + words.format.substr(0, 32), "is no format",
                       "write uri-signing, cat, edge-auth, cloudfront or secure-link"};
    }
    for (const auto format : {auth::Format::uri_signing, auth::Format::cat, auth::Format::edge_auth,
                              auth::Format::cloudfront, auth::Format::secure_link}) {
        if (auth::fits(key.algorithm(), format)) return format;
    }
    return auth::Format::uri_signing;
}

std::string escaped_for_regex(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view{R"(.[]{}()*+?^$|\)"}.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

// URLs whose path begins so, on the host of --url or on any.
Outcome<auth::UriRule> rule_of_prefix(const Words& words, auth::Format format) {
    std::string origin;
    if (!words.url.empty()) {
        const auto uri = parse_uri(words.url);
        if (!uri) return Problem{"--url", "is no http or https URL", "write it with its scheme"};
        origin = uri->scheme + "://" + uri->authority();
    }
    switch (format) {
        case auth::Format::uri_signing: {
            auto pattern =
                auth::Pattern::compile((origin.empty() ? "https?://[^/]*" : escaped_for_regex(origin)) +
                                       escaped_for_regex(words.path_prefix) + ".*");
            if (!pattern) return Problem{"--path-prefix", pattern.error().line(), "write a shorter one"};
            return auth::UriRule{auth::PatternUri{std::move(*pattern)}};
        }
        case auth::Format::cat: {
            auth::TextRule prefix;
            prefix.kind = auth::TextRule::Kind::prefix;
            prefix.text = words.path_prefix;
            if (const auto uri = parse_uri(words.url)) {
                auth::TextRule host;
                host.text = uri->host;
                return auth::UriRule{auth::ComponentRules{
                    {{auth::UriComponent::host, {host}}, {auth::UriComponent::path, {prefix}}}}};
            }
            return auth::UriRule{auth::ComponentRules{{{auth::UriComponent::path, {prefix}}}}};
        }
        case auth::Format::edge_auth: return auth::UriRule{auth::WildcardPath{words.path_prefix + "*"}};
        case auth::Format::cloudfront:
        case auth::Format::secure_link: break;
    }
    // A star before the path would take what stands in a query for it.
    if (origin.empty())
        return Problem{"--path-prefix", "needs a host in this format",
                       "give --url with the scheme and the host"};
    return auth::UriRule{auth::WildcardUri{origin + words.path_prefix + "*"}};
}

Outcome<void> add_uris(const Words& words, auth::Claims& claims) {
    if (!words.path_prefix.empty()) {
        auto rule = rule_of_prefix(words, claims.format);
        if (!rule) return rule.error();
        claims.uris.push_back(std::move(*rule));
    }
    if (!words.regex.empty()) {
        auto pattern = auth::Pattern::compile(words.regex);
        if (!pattern)
            return Problem{"--regex", pattern.error().line(), "write a POSIX extended regular expression"};
        claims.uris.emplace_back(auth::PatternUri{std::move(*pattern)});
    }
    if (!words.exact.empty()) claims.uris.emplace_back(auth::ExactUri{words.exact});
    for (const std::string& acl : words.acl) claims.uris.emplace_back(auth::WildcardPath{acl});
    const bool says_all_itself =
        claims.format == auth::Format::uri_signing || claims.format == auth::Format::cat;
    if (claims.uris.empty() && says_all_itself)
        return Problem{"mint", "it is not said for which URLs, and a token for all of them is seldom meant",
                       "give --path-prefix (/ is every path), --regex or --exact"};
    return {};
}

Outcome<void> add_certificate(const Words& words, auth::Claims& claims) {
    if (words.certificate.empty()) return {};
    const auto pem = read_file(words.certificate, 64_KiB);
    if (!pem) return pem.error();
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio{
        BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), &BIO_free};
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
    const auto digests = certificate ? digests_of(certificate.get()) : std::nullopt;
    if (!digests) return Problem{words.certificate, "holds no certificate", "name a PEM file"};
    if (claims.format == auth::Format::cat) {
        claims.public_key = digests->public_key;
    } else {
        claims.certificate = digests->whole;
    }
    return {};
}

Outcome<void> add_renewal(const Words& words, auth::Claims& claims) {
    if (words.renew.empty()) return {};
    using By = auth::Renewal::By;
    claims.renewal.by = words.renew == "cookie"  ? By::cookie
                        : words.renew == "query" ? By::query
                                                 : By::header;
    const auto lifetime = parse_duration(words.renew_for);
    if (!lifetime)
        return Problem{"--renew-for", "is not how long a new token lives", "write it, such as 10min"};
    claims.renewal.lifetime = std::chrono::ceil<Seconds>(*lifetime);
    if (!words.renew_deadline.empty()) {
        const auto deadline = parse_duration(words.renew_deadline);
        if (!deadline) return Problem{"--renew-deadline", "is not a time", "write it, such as 2min"};
        claims.renewal.deadline = std::chrono::ceil<Seconds>(*deadline);
    }
    if (words.renew_depth >= 0) claims.renewal.path_depth = words.renew_depth;
    return {};
}

Outcome<void> add_bounds(const Words& words, WallTime now, auth::Claims& claims) {
    const auto expires = read_time("--expires", words.expires, now);
    if (!expires) return expires.error();
    claims.expires = std::chrono::floor<Seconds>(*expires);
    if (!words.not_before.empty()) {
        const auto from = read_time("--not-before", words.not_before, now);
        if (!from) return from.error();
        claims.not_before = std::chrono::ceil<Seconds>(*from);
    }
    for (const std::string& text : words.networks) {
        const auto network = parse_network(text);
        if (!network)
            return Problem{"--network " + text.substr(0, 64), "is no network", "write 10.20.0.0/16, say"};
        claims.networks.push_back(*network);
    }
    claims.cap.height = words.height;
    if (words.bandwidth.empty()) return {};
    const auto rate = parse_bit_rate(words.bandwidth);
    if (!rate) return Problem{"--max-bandwidth", "is no bit rate", "write 8Mbps, say"};
    claims.cap.bandwidth = *rate;
    return {};
}

Outcome<auth::Claims> claims_of(const Words& words, auth::Format format, WallTime now) {
    auth::Claims claims;
    claims.format = format;
    claims.subject = words.subject;
    claims.id = words.id;
    claims.issuer = words.issuer;
    claims.audience = words.audience;
    claims.methods = words.methods;
    if (words.once) claims.replay = auth::Replay::forbidden;
    for (const std::string& text : words.claims) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            return Problem{"--claim " + text.substr(0, 64), "is no claim", "write name=value"};
        claims.others.push_back({text.substr(0, equals), {text.substr(equals + 1)}});
    }
    if (auto added = add_bounds(words, now, claims); !added) return added.error();
    if (auto added = add_uris(words, claims); !added) return added.error();
    if (auto added = add_certificate(words, claims); !added) return added.error();
    if (auto added = add_renewal(words, claims); !added) return added.error();
    return claims;
}

// The token, or the URL or field with which a player shows it.
Outcome<std::string> written_as(const Words& words, auth::Format format, const std::string& token) {
    if (words.as == "token") return token;
    const std::string_view cookie = auth::cookie_name(format), query = auth::query_name(format);
    if (words.as == "cookie") {
        if (cookie.empty()) return Problem{"--as cookie", "this format has no one cookie", "write --as url"};
        return fmt::format("Cookie: {}={}", cookie, token);
    }
    const auto uri = parse_uri(words.url);
    if (!uri) return Problem{"--url", "is needed for --as url", "give the URL that is to be played"};
    const std::string origin = uri->scheme + "://" + uri->authority();
    if (words.place == "path") {
        if (query.empty())
            return Problem{"--place path", "this format sits in the query", "write --place query"};
        if (token.find('/') != std::string::npos)
            return Problem{"--place path", "this token holds a slash, which a segment can't",
                           "write --place query"};
        return fmt::format("{}/{}={}{}", origin, query, token, uri->target());
    }
    return fmt::format("{}{}{}{}{}{}", origin, uri->target(), uri->query ? "&" : "?", query,
                       query.empty() ? "" : "=", token);
}

int run(const Words& words) {
    const WallTime now = wall_now();
    const auto key = key_of(words);
    if (!key) return fail(key.error());
    const auto format = format_of(words, **key);
    if (!format) return fail(format.error());
    const auto claims = claims_of(words, *format, now);
    if (!claims) return fail(claims.error());
    const auto token = auth::mint(*claims, **key, words.url);
    if (!token) return fail(token.error());
    const auto text = written_as(words, *format, *token);
    if (!text) return fail(text.error());
    fmt::print("{}\n", *text);
    return 0;
}

}  // namespace

void add_token_mint(CLI::App& token, int& exit_status) {
    auto w = std::make_shared<Words>();
    CLI::App* command = token.add_subcommand("mint", "Make a token");
    command->add_option("--key", w->key, "File of the key that signs it (JWK)")
        ->required()
        ->type_name("FILE");
    command->add_option("--kid", w->kid, "Which of the file's keys");
    command->add_option("--format", w->format,
                        "uri-signing, cat, edge-auth, cloudfront or secure-link; by default the key's");
    command->add_option("--url", w->url, "The URL that is to be played; what formats sign that sign one");
    command->add_option("--path-prefix", w->path_prefix,
                        "For URLs whose path begins so; on the host of --url, if given");
    command->add_option("--regex", w->regex, "For URLs that fit this POSIX extended regular expression");
    command->add_option("--exact", w->exact, "For this URL alone");
    command->add_option("--acl", w->acl, "For paths like this one, with * and ?; may be given again");
    command->add_option("--sub", w->subject, "Subject: who watches");
    command->add_option("--id", w->id, "Id (jti, cti), by which it can be revoked");
    command->add_option("--issuer", w->issuer, "Issuer; by default the key's");
    command->add_option("--aud", w->audience, "Audience; may be given again");
    command->add_option("--claim", w->claims, "A claim of your own, name=value; may be given again");
    command->add_option("--expires", w->expires, "Until when: 4h from now, or 2026-12-01T10:00:00Z")
        ->required();
    command->add_option("--not-before", w->not_before, "From when");
    command->add_option("--max-height", w->height, "Highest picture, in lines");
    command->add_option("--max-bandwidth", w->bandwidth, "Highest bit rate, such as 8Mbps");
    command->add_option("--method", w->methods, "For this method; may be given again");
    command->add_option("--network", w->networks, "For clients in this network; may be given again");
    command->add_option("--cert", w->certificate, "For the box that shows this certificate")
        ->type_name("FILE");
    command->add_flag("--once", w->once, "May be used once");
    command->add_option("--renew", w->renew, "How edges give the next one: cookie, query or header")
        ->check(CLI::IsMember({"cookie", "query", "header"}));
    command->add_option("--renew-for", w->renew_for, "How long each next one lives");
    command->add_option("--renew-deadline", w->renew_deadline,
                        "When no more than this is left, the next is given");
    command->add_option("--renew-depth", w->renew_depth, "Segments of the path that the cookie is for");
    command->add_option("--as", w->as, "What to print: token, url or cookie")
        ->check(CLI::IsMember({"token", "url", "cookie"}))
        ->capture_default_str();
    command->add_option("--place", w->place, "Of --as url: path or query")
        ->check(CLI::IsMember({"path", "query"}))
        ->capture_default_str();
    command->callback([w, &exit_status] { exit_status = run(*w); });
}

}  // namespace outpost::server
