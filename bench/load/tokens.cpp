#include "bench/load/tokens.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "auth/formats/format.hpp"
#include "auth/keys/jwk.hpp"
#include "auth/placement.hpp"
#include "base/file.hpp"

namespace outpost::bench {
namespace {

constexpr std::uint32_t most_tokens = 1'000'000;

std::string escaped_for_regex(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view{R"(.[]{}()*+?^$|\)"}.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

Outcome<std::shared_ptr<const auth::Key>> signer(const std::string& path) {
    const auto text = read_file(path, Bytes{auth::most_jwk_bytes});
    if (!text) return text.error();
    const auto set = auth::read_jwk_set(*text, path);
    if (!set) return set.error();
    for (const auto& key : set->keys)
        if (key->can_sign()) return key;
    return Problem{path, "holds no key that can sign", "name the file of the private key"};
}

Outcome<auth::Format> format_of(const auth::Key& key, const std::string& path) {
    for (const auto format : {auth::Format::uri_signing, auth::Format::edge_auth})
        if (auth::fits(key.algorithm(), format)) return format;
    return Problem{path, "is of a format whose tokens are several parameters",
                   "use a key for URI signing or EdgeAuth"};
}

Outcome<auth::UriRule> everything(auth::Format format, const Uri& target) {
    if (format == auth::Format::edge_auth) return auth::UriRule{auth::WildcardPath{"/*"}};
    auto pattern =
        auth::Pattern::compile(escaped_for_regex(target.scheme + "://" + target.authority()) + "/.*");
    if (!pattern) return Problem{to_text(target), "can't be the subject of a token", ""};
    return auth::UriRule{auth::PatternUri{std::move(*pattern)}};
}

}  // namespace

Outcome<Tokens> Tokens::mint(const Crowd& crowd, const Uri& target, WallTime now) {
    Tokens made;
    if (crowd.token == TokenPlace::none) return made;
    const auto key = signer(crowd.token_key);
    if (!key) return key.error();
    const auto format = format_of(**key, crowd.token_key);
    if (!format) return format.error();
    auto rule = everything(*format, target);
    if (!rule) return rule.error();
    auth::Claims claims;
    claims.format = *format;
    claims.issuer = (*key)->facts().issuer;
    claims.uris.push_back(std::move(*rule));
    const std::uint32_t count = std::clamp(crowd.tokens, 1U, most_tokens);
    made.tokens_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (*format == auth::Format::uri_signing) claims.subject = fmt::format("{}-{}", crowd.name, i);
        // EdgeAuth has no subject: another second makes another token.
        const Seconds later{*format == auth::Format::edge_auth ? i : 0};
        claims.expires = std::chrono::floor<Seconds>(now + crowd.token_life) + later;
        auto token = auth::mint(claims, **key, to_text(target));
        if (!token) return token.error();
        made.tokens_.push_back(std::move(*token));
    }
    made.place_ = crowd.token;
    made.name_ = std::string{auth::query_name(*format)} + "=";
    return made;
}

void Tokens::append_request(std::string_view path_and_query, std::uint64_t number, std::string& out) const {
    const bool bare = tokens_.empty() || path_and_query.find(name_) != std::string_view::npos;
    const TokenPlace place = bare ? TokenPlace::none : place_;
    const std::string_view token = bare ? std::string_view{} : tokens_[number % tokens_.size()];
    out += "GET ";
    if (place == TokenPlace::path) {
        out += '/';
        out += name_;
        out += token;
    }
    out += path_and_query;
    if (place == TokenPlace::query) {
        out += path_and_query.find('?') == std::string_view::npos ? '?' : '&';
        out += name_;
        out += token;
    }
    out += " HTTP/1.1\r\n";
    if (place != TokenPlace::cookie) return;
    out += "Cookie: ";
    out += name_;
    out += token;
    out += "\r\n";
}

}  // namespace outpost::bench
