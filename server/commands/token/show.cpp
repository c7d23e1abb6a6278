// outpost token show and verify: what a token says, and whether it would pass, in words.
#include <fmt/format.h>

#include "auth/formats/format.hpp"
#include "base/text.hpp"
#include "config/load.hpp"
#include "server/commands/api_client.hpp"
#include "server/commands/token/inputs.hpp"
#include "server/commands/token/token.hpp"
#include "server/node_auth_rules.hpp"

namespace outpost::server {
namespace {

struct Words {
    std::string token, format, keys, config, url = "http://localhost/", method = "GET", from, at;
    std::vector<std::string> audience;
    bool quiet = false;  // verify
};

// What is found out about one token.
struct Finding {
    auth::Format format = auth::Format::uri_signing;
    std::string token;
    std::optional<auth::Claims> claims;
    std::optional<auth::Refusal> refusal;
};

void line(std::string_view name, std::string_view text) { fmt::print("{:12} {}\n", name, printable(text)); }

void print_claims(const auth::Claims& claims) {
    if (claims.key)
        line("key", fmt::format("{}, {}", claims.key->id(), auth::to_text(claims.key->algorithm())));
    for (const auth::UriRule& rule : claims.uris) line("for", auth::describe(rule));
    if (claims.uris.empty()) line("for", "every URL");
    const auto text = [](std::string_view name, const std::string& value) {
        if (!value.empty()) line(name, value);
    };
    text("subject", claims.subject);
    text("id", claims.id);
    text("issuer", claims.issuer);
    for (const std::string& audience : claims.audience) line("audience", audience);
    if (claims.issued) line("issued", iso_time(*claims.issued));
    if (claims.not_before) line("from", iso_time(*claims.not_before));
    line("until", claims.expires ? iso_time(*claims.expires) : "for ever");
    for (const std::string& method : claims.methods) line("method", method);
    for (const Network& network : claims.networks) line("from network", to_text(network));
    for (const std::string& protocol : claims.protocols) line("protocol", protocol);
    for (const auth::FieldRule& field : claims.fields) line("needs field", field.name);
    if (claims.certificate || claims.public_key) line("bound to", "a box's certificate");
    if (claims.replay == auth::Replay::forbidden) line("use", "once");
    if (claims.cap.height != 0) line("up to", fmt::format("{} lines", claims.cap.height));
    if (claims.cap.bandwidth != BitRate{}) line("up to", to_text(claims.cap.bandwidth));
    if (claims.renewal.by != auth::Renewal::By::none)
        line("renewed", fmt::format("by {}, for {} s each time",
                                    claims.renewal.by == auth::Renewal::By::cookie  ? "cookie"
                                    : claims.renewal.by == auth::Renewal::By::query ? "query"
                                                                                    : "header",
                                    claims.renewal.lifetime.count()));
    for (const auth::Claim& claim : claims.others) {
        for (const std::string& value : claim.values) line(claim.name, value);
    }
}

struct Loaded {
    std::shared_ptr<const config::Settings> settings;
    auth::KeyRing keys;
};

// Keys of --keys, else those of the configuration's directory.
Outcome<Loaded> load(const Words& words) {
    Loaded loaded;
    std::string keys = words.keys;
    if (!words.config.empty()) {
        auto read = config::load(words.config);
        if (!read) return read.problems.front();
        loaded.settings = read.settings;
        if (keys.empty()) keys = loaded.settings->auth.keys().string();
    }
    if (keys.empty()) return Problem{"token", "there is no key to verify it with", "give --keys or --config"};
    const auto set = read_keys(keys);
    if (!set) return set.error();
    loaded.keys = auth::KeyRing{set->keys};
    return loaded;
}

// As admission does it: genuine, allows this request, and says what the route asks for.
std::optional<auth::Refusal> judge(const Loaded& loaded, const AskedUrl& asked,
                                   const auth::RequestFacts& facts, const Words& words, Finding& finding) {
    std::vector<std::string> audience = words.audience;
    Seconds leeway{0};
    AdmissionOptions options;
    if (loaded.settings) {
        options = admission_options(*loaded.settings);
        audience.insert(audience.end(), options.audience.begin(), options.audience.end());
        leeway = options.leeway;
    }
    auto claims =
        auth::verify(finding.format, finding.token, {loaded.keys, facts, audience, options.token_bytes});
    if (!claims) return claims.error();
    finding.claims = std::move(*claims);
    if (auto refusal = auth::check(*finding.claims, facts, leeway)) return refusal;
    if (!loaded.settings) return std::nullopt;
    for (const AccessRule& rule : options.rules) {
        if (!http::matches(rule.match, asked.authority, facts.path)) continue;
        if (auto refusal = auth::check_request(rule.rule, facts)) return refusal;
        if (rule.rule.let != auth::Rule::Let::tokens) return std::nullopt;
        return auth::check_claims(rule.rule, *finding.claims, facts);
    }
    if (options.refuse_otherwise) return auth::Refusal{auth::Reason::closed, "no [[access]] is for it"};
    return std::nullopt;
}

void print(const Finding& finding, const auth::RequestFacts& facts, const Words& words) {
    if (words.quiet) {
        fmt::print("{}\n", finding.refusal ? "refused: " + printable(finding.refusal->line()) : "passes");
        return;
    }
    line("format", auth::to_text(finding.format));
    if (finding.claims) print_claims(*finding.claims);
    fmt::print("\n");
    line("asked", fmt::format("{} {} from {}", facts.method, facts.uri(), facts.client));
    line("at", iso_time(facts.now));
    line("", finding.refusal ? "would be refused: " + finding.refusal->line() : "would pass");
}

Outcome<Finding> finding_of(const Words& words, const AskedUrl& asked) {
    Finding finding;
    if (words.token.empty()) {
        if (asked.taken.tokens.empty())
            return Problem{"token", "there is none", "give it, or a --url that holds one"};
        finding.token = asked.taken.tokens.front().token;
        finding.format = asked.taken.tokens.front().format;
        return finding;
    }
    auto text = read_word("token", words.token);
    if (!text) return text.error();
    finding.token = std::move(*text);
    finding.format = format_by_looks(finding.token);
    if (words.format.empty()) return finding;
    const auto format = auth::parse_format(words.format);
    if (!format) return Problem{"--format " + words.format.substr(0, 32), "is no format", "see --help"};
    finding.format = *format;
    return finding;
}

int run(const Words& words) {
    WallTime now = wall_now();
    if (!words.at.empty()) {
        const auto at = read_time("--at", words.at, now);
        if (!at) return fail(at.error());
        now = *at;
    }
    const auto uri = parse_uri(words.url);
    if (!uri) return fail({"--url", "is no http or https URL", "write it with its scheme"});
    const AskedUrl asked{*uri};
    auto finding = finding_of(words, asked);
    if (!finding) return fail(finding.error());
    const auto loaded = load(words);
    if (!loaded) return fail(loaded.error());
    auth::RequestFacts facts = asked.facts(now);
    facts.method = words.method;
    if (!words.from.empty()) facts.client = words.from;
    finding->refusal = judge(*loaded, asked, facts, words, *finding);
    print(*finding, facts, words);
    return finding->refusal ? 1 : 0;
}

void add(CLI::App& token, const char* name, const char* what, bool quiet, int& exit_status) {
    auto w = std::make_shared<Words>();
    w->quiet = quiet;
    CLI::App* command = token.add_subcommand(name, what);
    command->add_option("token", w->token,
                        "The token, a file that holds it, or - for standard input; without it that in --url");
    command->add_option("--format", w->format,
                        "uri-signing, cat, edge-auth, cloudfront or secure-link; by default by its looks");
    command->add_option("--keys", w->keys, "File or directory of keys")->type_name("PATH");
    command->add_option("--config", w->config, "The node's file: its keys, audiences and [[access]]")
        ->type_name("FILE");
    command->add_option("--aud", w->audience, "An audience that is ours; may be given again");
    command->add_option("--url", w->url, "What is asked for")->capture_default_str();
    command->add_option("--method", w->method, "With which method")->capture_default_str();
    command->add_option("--from", w->from, "From which address");
    command->add_option("--at", w->at, "When: a time in UTC, or 1h from now, or -1h");
    command->callback([w, &exit_status] { exit_status = run(*w); });
}

}  // namespace

void add_token_show(CLI::App& token, int& exit_status) {
    add(token, "show", "Explain what a token says and whether it would pass", false, exit_status);
    add(token, "verify", "Say in one line whether a token would pass; exit 1 when not", true, exit_status);
}

}  // namespace outpost::server
