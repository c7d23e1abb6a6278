#include "auth/uri_rule.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "base/base64.hpp"

using namespace outpost::auth;

namespace {

// A request as it comes: the path as sent, and as the server decoded it.
struct Asked {
    std::string_view raw = "/vod/film/index.m3u8";
    std::string_view path = "/vod/film/index.m3u8";
    std::string_view query = {};
    std::string_view host = "edge.example";
    std::string_view scheme = "https";
};

RequestFacts facts_of(const Asked& asked) {
    RequestFacts facts;
    facts.scheme = asked.scheme;
    facts.host = asked.host;
    facts.raw_path = asked.raw;
    facts.path = asked.path;
    facts.query = asked.query;
    return facts;
}

bool allows(const UriRule& rule, const Asked& asked) {
    const RequestFacts facts = facts_of(asked);
    UriView view{facts};
    return matches(rule, view);
}

std::string whole(const Asked& asked) {
    const RequestFacts facts = facts_of(asked);
    return UriView{facts}.whole();
}

PatternUri pattern(std::string_view expression) { return {Pattern::compile(expression).value()}; }

ComponentRules component(UriComponent which, TextRule rule) { return {{{which, {std::move(rule)}}}}; }

TextRule exactly(std::string_view text) { return {TextRule::Kind::exact, std::string{text}, {}}; }

}  // namespace

TEST_CASE("a request's URI is seen in its normal form") {
    struct Row {
        Asked asked;
        std::string_view wanted;
    };
    const std::vector<Row> table{
        {{.raw = "/a"}, "https://edge.example/a"},
        {{.raw = "/a", .host = "EDGE.Example"}, "https://edge.example/a"},
        {{.raw = "/a", .host = "edge.example:443"}, "https://edge.example/a"},
        {{.raw = "/a", .host = "edge.example:0443"}, "https://edge.example/a"},
        {{.raw = "/a", .host = "edge.example:"}, "https://edge.example/a"},
        {{.raw = "/a", .host = "edge.example:80"}, "https://edge.example:80/a"},
        {{.raw = "/a", .host = "edge.example:80", .scheme = "http"}, "http://edge.example/a"},
        {{.raw = "/a", .host = "[2001:DB8::1]:443"}, "https://[2001:db8::1]/a"},
        {{.raw = "/a", .host = "[2001:DB8::443]"}, "https://[2001:db8::443]/a"},
        {{.raw = "/%7Ea/%c3%bc"}, "https://edge.example/~a/%C3%BC"},
        {{.raw = "/a/%2e%2E/b"}, "https://edge.example/b"},
        {{.raw = "/a/./b/../c"}, "https://edge.example/a/c"},
        {{.raw = "/../../a"}, "https://edge.example/a"},
        {{.raw = "/a%2fb"}, "https://edge.example/a%2Fb"},
        {{.raw = "/a%00"}, "https://edge.example/a%00"},
        {{.raw = "/a", .query = "x=%7e&y=%2f"}, "https://edge.example/a?x=~&y=%2F"},
        {{.raw = "/a", .query = "../b"}, "https://edge.example/a?../b"},
    };
    for (const Row& row : table) {
        CAPTURE(row.asked.raw);
        CAPTURE(row.asked.host);
        CHECK(whole(row.asked) == row.wanted);
    }
}

TEST_CASE("no rule is for a request whose URI can't be told") {
    for (const Asked& asked :
         {Asked{.raw = "/a%"}, Asked{.raw = "/a%4"}, Asked{.raw = "/a%zz/%2e%2e/b"}, Asked{.query = "x=%g0"},
          Asked{.host = "edge.example@evil.example"}, Asked{.host = "user:pass@edge.example"},
          Asked{.host = ""}, Asked{.host = "edge.example/vod"}, Asked{.host = "edge.example?"},
          Asked{.host = "edge.example#"}, Asked{.host = "edge%2eexample"}, Asked{.scheme = ""},
          Asked{.scheme = "ftp"}, Asked{.raw = "a"}, Asked{.raw = "/a?b"}}) {
        CAPTURE(asked.raw);
        CAPTURE(asked.host);
        CHECK(whole(asked).empty());
        CHECK_FALSE(allows(WildcardUri{"*"}, asked));
        CHECK_FALSE(allows(WildcardPath{"*"}, asked));
        CHECK_FALSE(allows(pattern(".*"), asked));
        CHECK_FALSE(allows(ComponentRules{}, asked));
        CHECK_FALSE(allows(ExactUri{""}, asked));
    }
}

TEST_CASE("an exact URI is compared after both are normalised") {
    const Asked asked{.raw = "/a/b%2Fc", .path = "-", .query = "x=1"};
    for (const std::string_view same :
         {"https://edge.example/a/b%2Fc?x=1", "HTTPS://Edge.EXAMPLE:443/a/b%2fc?x=1",
          "https://edge.example/z/../a/%62%2fc?%78=1", "https://edge.example:/a/b%2Fc?x=1"}) {
        CAPTURE(same);
        CHECK(allows(ExactUri{std::string{same}}, asked));
    }
    for (const std::string_view other :
         {"https://edge.example/a/b/c?x=1", "http://edge.example/a/b%2Fc?x=1",
          "https://edge.example:8443/a/b%2Fc?x=1", "https://edge.example/a/b%2Fc",
          "https://edge.example/a/b%2Fc?x=1&y", "https://edge.example/a/b%2Fc%3Fx=1",
          "https://edge.example/A/b%2Fc?x=1", "https://user@edge.example/a/b%2Fc?x=1",
          "https://edge.example./a/b%2Fc?x=1", "https://edge.example/a/b%252Fc?x=1",
          "https://edge.example/a/b%2Fc?x=1#", "//edge.example/a/b%2Fc?x=1", "/a/b%2Fc?x=1", "",
          "https://edge.example/a/b%2Fc%00?x=1", "https://edge.example/a//b%2Fc?x=1"}) {
        CAPTURE(other);
        CHECK_FALSE(allows(ExactUri{std::string{other}}, asked));
    }
    CHECK(allows(ExactUri{"https://edge.example"}, {.raw = "/", .path = "/"}));
    CHECK(allows(ExactUri{"https://edge.example/a?"}, {.raw = "/a", .path = "/a"}));
}

TEST_CASE("a hashed URI is the SHA-256 of the normal form") {
    // printf %s https://edge.example/~a | sha256sum
    HashedUri rule;
    const auto digest =
        outpost::decode_hex("fd58f3fcda9fb7babe220f7884654685f75037bcab83e167a3be2f6d1fc64216").value();
    std::copy(digest.begin(), digest.end(), rule.digest.begin());
    CHECK(allows(rule, {.raw = "/%7ea", .host = "EDGE.example:443"}));
    CHECK_FALSE(allows(rule, {.raw = "/~b"}));
    rule.digest[31] ^= 1;
    CHECK_FALSE(allows(rule, {.raw = "/~a"}));
}

TEST_CASE("a pattern sees the normal form, so no spelling gets around it") {
    const auto rule = pattern("https://edge\\.example/vod/[^/]+/[^/]+\\.(m3u8|ts)");
    CHECK(allows(rule, {}));
    CHECK(allows(rule, {.raw = "/%76od/film/a%2Ets"}));
    for (const std::string_view raw :
         {"/vod/film/../../key.ts", "/vod/film/%2e%2e/%2E%2e/live/key.ts", "/live/film/a.ts", "/vod/a/b/c.ts",
          "/vod/film/a.ts%00", "/vod/film/a.ts%0A"}) {
        CAPTURE(raw);
        CHECK_FALSE(allows(rule, {.raw = raw, .path = "-"}));
    }
    CHECK_FALSE(allows(rule, {.host = "edge.example.evil.example"}));
    CHECK_FALSE(allows(rule, {.host = "edgeXexample"}));
    CHECK_FALSE(allows(rule, {.query = "x"}));
}

TEST_CASE("a wildcard URI can't be left by dot segments, another host or another spelling") {
    const WildcardUri rule{"HTTPS://Edge.example:443/vod/%7Efilm/*"};
    CHECK(allows(rule, {.raw = "/vod/~film/a.ts", .query = "x=1"}));
    CHECK(allows(rule, {.raw = "/vod/%7efilm/", .host = "EDGE.EXAMPLE"}));
    for (const std::string_view raw :
         {"/vod/~film/../other/a.ts", "/vod/~film/%2e%2e/other/a.ts", "/vod/~film%2fa.ts", "/vod/~film",
          "/vod/~Film/a.ts", "/x/vod/~film/a.ts", "//vod/~film/a.ts"}) {
        CAPTURE(raw);
        CHECK_FALSE(allows(rule, {.raw = raw}));
    }
    CHECK_FALSE(allows(rule, {.raw = "/vod/~film/a.ts", .scheme = "http"}));
    CHECK_FALSE(allows(rule, {.raw = "/vod/~film/a.ts", .host = "edge.example:8443"}));
    CHECK_FALSE(allows(rule, {.raw = "/vod/~film/a.ts", .host = "evil.example"}));
    CHECK(allows(WildcardUri{"http*://*"}, {}));
    CHECK(allows(WildcardUri{"*"}, {}));
    CHECK_FALSE(allows(WildcardUri{"https://edge.example/a/../vod/film/index.m3u8"}, {}));
    CHECK_FALSE(allows(WildcardUri{""}, {}));
}

TEST_CASE("a wildcard path is compared with what the server serves, not with what was sent") {
    const WildcardPath rule{"/vod/*/seg?.ts"};
    CHECK(allows(rule, {.raw = "/vod/a/seg1.ts", .path = "/vod/a/seg1.ts"}));
    CHECK(allows(rule, {.raw = "/x/../vod/a/%73eg1.ts", .path = "/vod/a/seg1.ts", .query = "any"}));
    CHECK_FALSE(allows(rule, {.raw = "/vod/a/../../live/seg1.ts", .path = "/live/seg1.ts"}));
    CHECK_FALSE(allows(rule, {.raw = "/vod/a/seg12.ts", .path = "/vod/a/seg12.ts"}));
    CHECK(allows(WildcardPath{"/%7Ea/%C3%BC*"}, {.raw = "/~a/%c3%bc1",
                                                 .path = "/~a/\xC3\xBC"
                                                         "1"}));
    for (const std::string_view none :
         {"/vod/..", "/vod/../live/*", "/vod%2Ffilm/*", "/vod/film/%2A", "/vod/film/index%3Fm3u8", "/vod/%",
          "/vod/film/index.m3u8%00", "", "vod/*"}) {
        CAPTURE(none);
        CHECK_FALSE(allows(WildcardPath{std::string{none}}, {}));
    }
}

TEST_CASE("components are those of the normal form") {
    using enum UriComponent;
    struct Row {
        UriComponent which;
        std::string_view wanted;
    };
    const Asked asked{
        .raw = "/Vod/%66ilm/a.b.ts", .path = "-", .query = "x=%7e", .host = "EDGE.example:8443"};
    for (const Row& row : std::vector<Row>{{scheme, "https"},
                                           {host, "edge.example"},
                                           {port, "8443"},
                                           {path, "/Vod/film/a.b.ts"},
                                           {query, "x=~"},
                                           {parent_path, "/Vod/film"},
                                           {filename, "a.b.ts"},
                                           {stem, "a.b"},
                                           {extension, ".ts"}}) {
        CAPTURE(row.wanted);
        CHECK(allows(component(row.which, exactly(row.wanted)), asked));
        CHECK_FALSE(allows(component(row.which, exactly(std::string{row.wanted} + "x")), asked));
    }
    CHECK(allows(component(port, exactly("443")), {}));
    CHECK(allows(component(port, exactly("80")), {.scheme = "http"}));
    CHECK(allows(component(port, exactly("443")), {.host = "[::1]"}));
    CHECK(allows(component(host, exactly("[::1]")), {.host = "[::1]:99"}));
    CHECK(allows(component(query, exactly("")), {}));
    CHECK(allows(component(parent_path, exactly("/")), {.raw = "/a"}));
    CHECK(allows(component(filename, exactly("")), {.raw = "/a/"}));
    CHECK(allows(component(extension, exactly("")), {.raw = "/a.b/c"}));
    CHECK(allows(component(extension, exactly("")), {.raw = "/.profile"}));
    CHECK(allows(component(stem, exactly(".profile")), {.raw = "/.profile"}));
    CHECK(allows(component(extension, exactly(".")), {.raw = "/a."}));
}

TEST_CASE("each component must fit all of its rules") {
    const auto text = [](TextRule::Kind kind, std::string_view what) {
        return TextRule{kind, std::string{what}, {}};
    };
    using enum TextRule::Kind;
    ComponentRules rules{
        {{UriComponent::path, {text(prefix, "/vod/"), text(suffix, ".m3u8"), text(contains, "film")}},
         {UriComponent::host, {text(suffix, ".example")}}}};
    CHECK(allows(rules, {}));
    CHECK_FALSE(allows(rules, {.raw = "/vod/film/a.ts"}));
    CHECK_FALSE(allows(rules, {.raw = "/vod/x/a.m3u8"}));
    CHECK_FALSE(allows(rules, {.raw = "/vod/../film/a.m3u8"}));
    CHECK_FALSE(allows(rules, {.host = "edge.example.evil"}));
    rules.components[1].rules.push_back(exactly("other.example"));
    CHECK_FALSE(allows(rules, {}));
}

TEST_CASE("a text rule of a kind that needs its pattern or digest fits nothing without it") {
    CHECK_FALSE(matches(TextRule{TextRule::Kind::regex, ".*", {}}, "a"));
    CHECK(matches(TextRule{TextRule::Kind::regex, "", Pattern::compile("a|b").value()}, "b"));
    CHECK_FALSE(matches(TextRule{TextRule::Kind::sha256, "", {}}, ""));
    const auto sha256 =
        outpost::decode_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").value();
    const auto sha512 =
        outpost::decode_hex("53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23").value();
    CHECK(matches(TextRule{TextRule::Kind::sha256, sha256, {}}, "abc"));  // FIPS 180-4's own examples
    CHECK(matches(TextRule{TextRule::Kind::sha512_256, sha512, {}}, "abc"));
    CHECK_FALSE(matches(TextRule{TextRule::Kind::sha512_256, sha256, {}}, "abc"));
    CHECK_FALSE(matches(TextRule{TextRule::Kind::sha256, sha256, {}}, "abd"));
}

TEST_CASE("a star is any text, a question mark one character, and nothing else is special") {
    struct Row {
        std::string_view pattern, text;
        bool wanted;
    };
    const std::vector<Row> table{
        {"", "", true},           {"", "a", false},
        {"*", "", true},          {"*", "abc", true},
        {"**", "a", true},        {"?", "", false},
        {"?", "a", true},         {"?", "ab", false},
        {"a*", "a", true},        {"a*", "ba", false},
        {"*a", "aba", true},      {"*a", "ab", false},
        {"a*a", "a", false},      {"a*a", "aa", true},
        {"ab*ba", "aba", false},  {"a*b*c", "aXbYc", true},
        {"a*b*c", "acb", false},  {"*?a", "ba", true},
        {"*?a", "a", false},      {"a?*b", "ab", false},
        {"a?*b", "axb", true},    {"*ab?d*", "xxabcabcd", true},
        {"[a]", "a", false},      {"[a]", "[a]", true},
        {".", "a", false},        {"\\*", "*", false},
        {"*aab", "aaaaab", true}, {"a*", std::string_view{"a\0b", 3}, true},
    };
    for (const Row& row : table) {
        CAPTURE(row.pattern);
        CAPTURE(row.text);
        CHECK(matches_wildcard(row.pattern, row.text) == row.wanted);
    }
}

TEST_CASE("stars beyond reason fit nothing") {
    std::string pattern;
    for (int i = 0; i < 64; ++i) pattern += "*a";
    CHECK(matches_wildcard(pattern, std::string(8192, 'a')));
    CHECK_FALSE(matches_wildcard(pattern + "b", std::string(8192, 'a')));
    CHECK_FALSE(matches_wildcard(pattern + "*", std::string(8192, 'a')));
}

TEST_CASE("a rule is told in words") {
    CHECK(describe(UriRule{ExactUri{"https://h/a"}}) == "the URL https://h/a");
    CHECK(describe(UriRule{WildcardPath{"/a/*"}}) == "every path like /a/*");
    CHECK(describe(UriRule{WildcardUri{"https://h/*"}}) == "every URL like https://h/*");
    CHECK(describe(UriRule{pattern("a+")}) == "every URL that fits a+");
    CHECK(describe(UriRule{ComponentRules{}}) == "every URL");
    ComponentRules rules{
        {{UriComponent::path,
          {TextRule{TextRule::Kind::prefix, "/a", {}}, TextRule{TextRule::Kind::sha256, "\x01\x02", {}}}}}};
    CHECK(describe(UriRule{rules}) ==
          "every URL whose path begins with /a and whose path has the SHA-256 0102");
}
