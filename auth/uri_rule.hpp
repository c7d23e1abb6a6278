// Which URIs a token is for, in the ways that the formats have of saying it. Matching takes time linear in
// the URI, whatever an issuer or an attacker wrote. Thread rule: values, immutable once made; matching from
// any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/facts.hpp"
#include "auth/refusal.hpp"

namespace outpost::auth {

// A POSIX extended regular expression (IEEE 1003.1 section 9), matched against the whole of a text. Back
// references are refused, and so is what would need more memory than a small bound; a text on which it could
// take more than a few milliseconds it doesn't match.
class Pattern {
  public:
    static Verdict<Pattern> compile(std::string_view expression);
    [[nodiscard]] bool matches(std::string_view text) const;
    [[nodiscard]] const std::string& expression() const { return *expression_; }

  private:
    struct Compiled;
    struct Shared;
    Pattern() = default;
    std::shared_ptr<const std::string> expression_;
    std::shared_ptr<const Compiled> compiled_;
};

// What a text must be like (CTA-5007 match types).
struct TextRule {
    enum class Kind { exact, prefix, suffix, contains, regex, sha256, sha512_256 };
    Kind kind = Kind::exact;
    std::string text;                // or the digest's bytes
    std::optional<Pattern> pattern;  // of regex
};
bool matches(const TextRule& rule, std::string_view text);

// ---- what may stand in Claims::uris

// The whole URI, byte for byte, after normalisation (RFC 3986 section 6.2.2) of both.
struct ExactUri {
    std::string uri;
};
// The SHA-256 of the normalised URI (RFC 9246 hash container).
struct HashedUri {
    Sha256 digest;
};
// The normalised URI as a whole (RFC 9246 regex container).
struct PatternUri {
    Pattern pattern;
};
// The URI with * for any characters and ? for one (CloudFront policies).
struct WildcardUri {
    std::string pattern;
};
// The path alone, with * for any characters and ? for one, compared after decoding (Akamai ACL). An escaped *
// or ? in it fits nothing.
struct WildcardPath {
    std::string pattern;
};
// Components, each of which must fit all of its rules (catu), of the normalised URI. The host has no port;
// the port is always a number, the scheme's own when none was named; of "/a/b.c.ts" the parent path is "/a",
// the stem "b.c" and the extension ".ts".
enum class UriComponent { scheme, host, port, path, query, parent_path, filename, stem, extension };
struct ComponentRules {
    struct Each {
        UriComponent component;
        std::vector<TextRule> rules;
    };
    std::vector<Each> components;
};
using UriRule = std::variant<ExactUri, HashedUri, PatternUri, WildcardUri, WildcardPath, ComponentRules>;

// The URI as rules see it: scheme and host in lower case, the scheme's own port left out, escapes normalised,
// no dot segments and no empty query. "" when it can't be told what it names (a malformed escape, user
// information); no rule is for such a URI. Computed when first asked for.
class UriView {
  public:
    explicit UriView(const RequestFacts& facts) : facts_{facts} {}
    [[nodiscard]] const std::string& whole();
    [[nodiscard]] const RequestFacts& facts() const { return facts_; }

  private:
    const RequestFacts& facts_;
    std::string whole_;
};

bool matches(const UriRule& rule, UriView& uri);
// Linear in the text for each piece between stars. More than 64 stars and question marks fit nothing. Shared
// by both wildcards.
bool matches_wildcard(std::string_view pattern, std::string_view text);
// For `outpost token show`: "every URL that …".
std::string describe(const UriRule& rule);

}  // namespace outpost::auth
