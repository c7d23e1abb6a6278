// outpost token keygen: makes a key, or takes one over, and writes it as a JWK.
#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "server/commands/token/account.hpp"
#include "server/commands/token/inputs.hpp"
#include "server/commands/token/token.hpp"

namespace outpost::server {
namespace {

struct Words {
    AccountWords account;
    std::string algorithm, kid, issuer, not_before, not_after, expression;
    std::string from_pem, secret_file, secret_encoding = "text";
    std::string public_file, public_of;
};

Outcome<auth::KeyFacts> facts_of(const Words& words, WallTime now) {
    auth::KeyFacts facts;
    const auto algorithm = auth::parse_algorithm(words.algorithm);
    if (!algorithm)
        return Problem{"--alg " + words.algorithm.substr(0, 32), "is no algorithm",
                       "write HS256, ES256, EdDSA, RS256, PS256, EdgeAuth, CloudFront or SecureLink"};
    facts.algorithm = *algorithm;
    facts.id = words.kid;
    facts.issuer = words.issuer;
    facts.expression = words.expression;
    if (!words.not_before.empty()) {
        const auto time = read_time("--not-before", words.not_before, now);
        if (!time) return time.error();
        facts.not_before = *time;
    }
    if (!words.not_after.empty()) {
        const auto time = read_time("--not-after", words.not_after, now);
        if (!time) return time.error();
        facts.not_after = *time;
    }
    return facts;
}

Outcome<auth::Secret> read_secret(const Words& words) {
    auto text = read_file(words.secret_file, 64_KiB);
    if (!text) return text.error();
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    if (words.secret_encoding == "text") return auth::Secret{std::move(*text)};
    auto bytes = words.secret_encoding == "hex" ? decode_hex(*text) : decode_base64(*text);
    if (!bytes && words.secret_encoding == "base64") bytes = decode_base64url(*text);
    auth::wipe(*text);
    if (!bytes) return Problem{words.secret_file, "is not " + words.secret_encoding, "see --secret-encoding"};
    return auth::Secret{std::move(*bytes)};
}

Outcome<auth::Key> make(const Words& words) {
    auto facts = facts_of(words, wall_now());
    if (!facts) return facts.error();
    if (!words.from_pem.empty()) {
        auto pem = read_file(words.from_pem, 64_KiB);
        if (!pem) return pem.error();
        auto key = auth::Key::from_pem(std::move(*facts), *pem);
        auth::wipe(*pem);
        return key;
    }
    if (!words.secret_file.empty()) {
        auto secret = read_secret(words);
        if (!secret) return secret.error();
        return auth::Key::from_secret(std::move(*facts), std::move(*secret));
    }
    return auth::Key::generate(std::move(*facts));
}

int print_public(const Words& words) {
    const auto set = read_keys(words.public_of);
    if (!set) return fail(set.error());
    std::string all;
    for (const auto& key : set->keys) {
        const std::string one = auth::write_jwk(*key, auth::KeyPart::only_public);
        if (!one.empty()) all.append(all.empty() ? "" : ",\n").append(one);
    }
    if (all.empty()) return fail({words.public_of, "holds secrets alone, which have no public half", ""});
    fmt::print("{{\"keys\":[{}]}}\n", all);
    return 0;
}

int run(const Words& words) {
    if (!words.account.name.empty()) {
        const auto made = make_account(words.account);
        if (!made) return fail(made.error());
        fmt::print("{}", *made);
        return 0;
    }
    if (!words.public_of.empty()) return print_public(words);
    if (words.algorithm.empty())
        return fail({"keygen", "it is not said what for", "give --alg, or --account for the admin API"}, 2);
    const auto key = make(words);
    if (!key) return fail(key.error());
    std::string whole = auth::write_jwk(*key, auth::KeyPart::whole) + "\n";
    const std::string open = auth::write_jwk(*key, auth::KeyPart::only_public);
    if (!words.public_file.empty() && open.empty())
        return fail({"--public", "a secret has no public half", "leave it out"});
    if (words.account.out.empty()) {
        fmt::print("{}", whole);
    } else if (auto written = write_new_file(words.account.out, whole, 0600); !written) {
        return fail(written.error());
    }
    auth::wipe(whole);
    if (!words.public_file.empty()) {
        if (auto written = write_new_file(words.public_file, open + "\n", 0644); !written)
            return fail(written.error());
    }
    if (!words.account.out.empty())
        fmt::print("key {}, {}: {}{}{}\n", key->id(), auth::to_text(key->algorithm()), words.account.out,
                   words.public_file.empty() ? "" : ", public: ", words.public_file);
    return 0;
}

}  // namespace

void add_token_keygen(CLI::App& token, int& exit_status) {
    auto words = std::make_shared<Words>();
    CLI::App* command =
        token.add_subcommand("keygen", "Make a key for tokens, or for an account of the admin API");
    command->add_option(
        "--alg", words->algorithm,
        "HS256, ES256, EdDSA, RS256 or PS256 for tokens; EdgeAuth, CloudFront or SecureLink for those "
        "of other vendors");
    command->add_option("--kid", words->kid, "What tokens call it; by default the key's thumbprint");
    command->add_option("--issuer", words->issuer, "Issuer (iss) that its tokens must have");
    command->add_option("--not-before", words->not_before,
                        "From when it counts: 1h from now, or a time in UTC");
    command->add_option("--not-after", words->not_after, "Until when");
    command->add_option("--expression", words->expression,
                        "Of SecureLink: what is hashed, such as \"{expires}{uri} {secret}\"");
    command->add_option("--from-pem", words->from_pem, "Take this key, public or private")->type_name("FILE");
    command->add_option("--secret-file", words->secret_file, "Take this secret")->type_name("FILE");
    command
        ->add_option("--secret-encoding", words->secret_encoding,
                     "How it is written there: text, hex or base64")
        ->check(CLI::IsMember({"text", "hex", "base64"}))
        ->capture_default_str();
    command->add_option("--public", words->public_file, "A new file for the public half")->type_name("FILE");
    command
        ->add_option("--public-of", words->public_of, "Print the public halves of these keys, as a JWK set")
        ->type_name("FILE");
    command
        ->add_option("--account", words->account.name,
                     "A key for an account of the admin API, of this name instead")
        ->type_name("NAME");
    command->add_option("--role", words->account.role, "Of the account: viewer, operator or administrator")
        ->capture_default_str();
    command->add_option("--out", words->account.out, "A new file for the key, which only its owner may read")
        ->type_name("FILE");
    command->callback([words, &exit_status] { exit_status = run(*words); });
}

}  // namespace outpost::server
