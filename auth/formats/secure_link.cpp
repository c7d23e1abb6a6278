// nginx secure_link (ngx_http_secure_link_module): an MD5 over a text that the key's expression says, with
// the secret in it.
#include <fmt/format.h>

#include "auth/formats/vendor.hpp"
#include "auth/numeric_date.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"

namespace outpost::auth {
namespace {

constexpr std::size_t md5_bytes = 16;

struct Blanks {
    std::string_view expires, uri, address, secret;
};

std::optional<std::string_view> blank(const Blanks& blanks, std::string_view name) {
    if (name == "expires") return blanks.expires;
    if (name == "uri") return blanks.uri;
    if (name == "address") return blanks.address;
    if (name == "secret") return blanks.secret;
    return std::nullopt;
}

bool asks_for(std::string_view expression, std::string_view name) {
    return expression.find(fmt::format("{{{}}}", name)) != std::string_view::npos;
}

// Without its secret anybody makes such tokens; without the others they are for anything, for ever.
bool is_safe(std::string_view expression) {
    return asks_for(expression, "expires") && asks_for(expression, "uri") && asks_for(expression, "secret");
}

// The expression cut into what it is made of; nothing when it has braces around something else.
std::optional<std::vector<std::string_view>> fill(std::string_view expression, const Blanks& blanks) {
    std::vector<std::string_view> pieces;
    while (!expression.empty()) {
        const auto open = std::min(expression.find('{'), expression.size());
        pieces.push_back(expression.substr(0, open));
        expression.remove_prefix(open);
        if (expression.empty()) break;
        const auto close = expression.find('}');
        if (close == std::string_view::npos) return std::nullopt;
        const auto value = blank(blanks, expression.substr(1, close - 1));
        if (!value) return std::nullopt;
        pieces.push_back(*value);
        expression.remove_prefix(close + 1);
    }
    return pieces;
}

// What the key hashes. It holds the secret, so it is put together in one piece of memory, which is wiped.
std::optional<Secret> hashed_text(const Key& key, Blanks blanks) {
    const std::string& expression = key.facts().expression;
    if (!is_safe(expression)) return std::nullopt;
    blanks.secret = key.secret();
    const auto pieces = fill(expression, blanks);
    if (!pieces) return std::nullopt;
    std::size_t size = 0;
    for (const std::string_view piece : *pieces) size += piece.size();
    std::string text;
    text.reserve(size);
    for (const std::string_view piece : *pieces) text += piece;
    return Secret{std::move(text)};
}

Verdict<std::shared_ptr<const Key>> find_signer(const Blanks& blanks, std::string_view md5,
                                                const KeyRing& ring) {
    const auto keys = ring.all(Algorithm::secure_link);
    if (keys.empty()) return Refusal{Reason::unknown_key};
    for (const auto& key : keys) {
        const auto text = hashed_text(*key, blanks);
        if (text && key->verify(text->bytes(), md5)) return key;
    }
    return Refusal{Reason::signature, "or it is for another URL"};
}

}  // namespace

Verdict<Claims> verify_secure_link(std::string_view token, const Expected& expected) {
    if (token.size() > expected.most_bytes) return Refusal{Reason::too_large};
    const auto fields = read_fields(token, '&');
    if (!fields || fields->size() != 2) return Refusal{Reason::malformed, "its parameters"};
    const auto md5_text = find_field(*fields, "md5"), expires_text = find_field(*fields, "expires");
    if (!md5_text || !expires_text) return Refusal{Reason::malformed, "its parameters"};
    const auto md5 = decode_base64url(*md5_text);
    if (!md5 || md5->size() != md5_bytes) return Refusal{Reason::malformed, "md5"};
    Claims claims;
    claims.format = Format::secure_link;
    claims.expires = read_seconds(*expires_text);
    if (!claims.expires) return Refusal{Reason::malformed, "expires"};
    const RequestFacts& facts = expected.facts;
    auto key = find_signer({*expires_text, facts.path, facts.client, {}}, *md5, expected.keys);
    if (!key) return key.error();
    claims.key = std::move(*key);
    claims.uris.push_back(path_rule(facts, false));
    if (asks_for(claims.key->facts().expression, "address")) {
        const auto address = parse_ip_address(facts.client);
        if (!address) return Refusal{Reason::address};
        claims.networks.push_back(host_network(*address));
    }
    return claims;
}

Outcome<std::string> mint_secure_link(const Claims& claims, const Key& key, std::string_view uri) {
    constexpr Algorithm format = Algorithm::secure_link;
    if (auto problem = check_words(claims, key, format)) return *problem;
    if (!claims.id.empty()) return no_word(format, "an id");
    if (!claims.others.empty()) return no_word(format, "claims of your own");
    if (claims.not_before) return no_word(format, "when it begins");
    if (!claims.uris.empty()) return no_word(format, describe(claims.uris.front()));
    const auto target = target_of(uri);
    const auto path = target ? decode_path(target->path) : std::nullopt;
    if (!path)
        return Problem{"", "a secure-link token is for one URL, and this is none",
                       "write it from its scheme or its path on"};
    const auto address = one_address(claims);
    if (!claims.networks.empty() && !address) return no_word(format, "more than one address");
    if (asks_for(key.facts().expression, "address") != address.has_value()) {
        return Problem{
            "",
            address ? "the key's expression has no {address}" : "the key's expression asks for an {address}",
            address ? "leave the address out, or take another key" : "name the client's address"};
    }
    const std::string expires = fmt::format("{}", to_numeric_date(*claims.expires));
    const auto text = hashed_text(key, {expires, *path, address ? *address : std::string_view{}, {}});
    const auto md5 = text ? key.sign(text->bytes()) : std::nullopt;
    if (!md5)
        return Problem{"",
                       "the key can't sign: its expression lacks {expires}, {uri} or {secret}, or holds "
                       "something else in braces",
                       ""};
    return fmt::format("md5={}&expires={}", encode_base64url(*md5), expires);
}

}  // namespace outpost::auth
