// Vectors made with the npm package akamai-edgeauth 0.2.0, which is independent of this code.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "tests/unit/auth/formats/vendor.hpp"

using namespace outpost;
using namespace outpost::auth;
using namespace outpost::auth::vendor;

namespace {

std::shared_ptr<const Key> edge_key() {
    return secret_key(Algorithm::edge_auth,
                      decode_hex("4a6f7921f00dcafe0123456789abcdef4a6f7921f00dcafe0123456789abcdef").value());
}
Verifier verifier() { return {verify_edge_auth, KeyRing{{edge_key()}}}; }

constexpr std::string_view acl_token =
    "exp=1800000000~acl=/vod/film/*~hmac=f5a08cb128005cc75c91c610a6a5706e283f3d03dd84f258523b74e25068fcf1";
constexpr std::string_view full_token =
    "ip=192.0.2.7~st=1700000000~exp=1800000000~acl=/vod/film/*!/ads/seg?.ts~id=session-7~data=premium~hmac="
    "f655889890b71e2f5301d368f3906a12b94d30ab2a7e6cacdcd5bcf34ceb9df7";
constexpr std::string_view url_token =
    "exp=1800000000~hmac=37a2d14f6068538984c424beee7afcdc7a18c8936814aafd607a1367a98677eb";
constexpr std::string_view query_token =
    "st=1700000000~exp=1800000000~hmac=c892925698440488ab0e9a2de78fddf55fb7996eb65865086b5b7e54ac5ed4e8";
constexpr std::string_view blank_token =
    "exp=1800000000~hmac=b5c3ad80670aa8e4e4e905b8d8a6f92385299a6fe5ac7837abaefffadabf7e61";
constexpr std::string_view early_token =
    "ip=2001%3adb8%3a%3a7~exp=1800000000~hmac="
    "1cf61e467446a7eee0090742979965d09f21dbc425a5c4b7a7f5a26971cee6de";
constexpr std::string_view early_acl_token =
    "ip=2001%3adb8%3a%3a7~exp=1800000000~acl=/vod/*~id=a%20b%7ec%27~hmac="
    "3c4254c0d9353fff4e186a33163f6bd8d0539d25dbe141f17f0be69c0b7e5d79";

// A token over any text, for what no library would make.
std::string signed_token(std::string_view text, std::string_view hidden = {}) {
    const auto hmac = edge_key()->sign(std::string{text} + std::string{hidden});
    return std::string{text} + "~hmac=" + encode_hex(hmac.value());
}

}  // namespace

TEST_CASE("EdgeAuth: a token of Akamai's own library says what its maker said") {
    const auto claims = verifier().claims(full_token);
    REQUIRE(claims.has_value());
    CHECK(claims->format == Format::edge_auth);
    CHECK(claims->key->id() == "test");
    CHECK(claims->expires == from_numeric_date(std::int64_t{1800000000}));
    CHECK(claims->not_before == from_numeric_date(std::int64_t{1700000000}));
    CHECK(claims->networks == std::vector<Network>{*parse_network("192.0.2.7")});
    CHECK(claims->id == "session-7");
    CHECK(claims->value_of("data") == "premium");
    CHECK(claims->uris.size() == 2);
    CHECK(is_for(*claims, {}));
    CHECK(is_for(*claims, {.raw = "/ads/seg1.ts", .path = "/ads/seg1.ts"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/ads/seg12.ts", .path = "/ads/seg12.ts"}));
}

TEST_CASE("EdgeAuth: every change of a token is noticed") {
    check_every_change(verifier(), acl_token);
    check_every_change(verifier(), full_token);
    check_every_change(verifier(), url_token);
}

TEST_CASE("EdgeAuth: an ACL holds for what is served, whatever was sent") {
    const auto claims = verifier().claims(acl_token);
    REQUIRE(claims.has_value());
    CHECK(is_for(*claims, {.query = "x=1", .host = "other.example"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/film/../../live/a.ts", .path = "/live/a.ts"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/film/%2e%2e/other/a.ts", .path = "/vod/other/a.ts"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/filmX/a.ts", .path = "/vod/filmX/a.ts"}));
    const auto dotted = verifier().claims(signed_token("exp=1800000000~acl=/vod/../*"));
    REQUIRE(dotted.has_value());
    CHECK_FALSE(is_for(*dotted, {}));
}

TEST_CASE("EdgeAuth: a token without an ACL is for one URL, and stays so when it is remembered") {
    const auto claims = verifier().claims(url_token);
    REQUIRE(claims.has_value());
    CHECK(is_for(*claims, {}));
    CHECK(is_for(*claims, {.raw = "/%76od/./film/index.m3u8"}));
    CHECK(is_for(*claims, {.query = "any"}));
    for (const std::string_view other :
         {"/vod/film/other.m3u8", "/vod/film/", "/vod/film/index.m3u8/", "/vod%2Ffilm/index.m3u8", "/"}) {
        CAPTURE(other);
        CHECK(verifier().outcome(url_token, {.raw = other, .path = other}) == "signature");
        CHECK_FALSE(is_for(*claims, {.raw = other, .path = other}));
    }
}

TEST_CASE("EdgeAuth: a URL that was signed with its query is for that query alone") {
    const Asked asked{.query = "cdn=a&x=%2F"};
    const auto claims = verifier().claims(query_token, asked);
    REQUIRE(claims.has_value());
    CHECK(is_for(*claims, asked));
    CHECK_FALSE(is_for(*claims, {.query = "cdn=a"}));
    CHECK_FALSE(is_for(*claims, {}));
    CHECK(verifier().outcome(query_token, {.query = "cdn=b&x=%2F"}) == "signature");
    CHECK(verifier().outcome(query_token) == "signature");
    const Asked disguised{.raw = "/vod/film/index.m3u8%3Fcdn=a&x=%252F",
                          .path = "/vod/film/index.m3u8?cdn=a&x=%2F"};
    CHECK(verifier().outcome(query_token, disguised) == "signature");
}

TEST_CASE("EdgeAuth: a URL may have been signed as its file is called, or escaped early") {
    const Asked asked{
        .raw = "/vod/a%20film/index.m3u8", .path = "/vod/a film/index.m3u8", .client = "2001:db8::7"};
    CHECK(verifier().outcome(blank_token, asked) == "ok");
    const auto early = verifier().claims(early_token, asked);
    REQUIRE(early.has_value());
    CHECK(early->networks == std::vector<Network>{*parse_network("2001:db8::7")});
    CHECK(is_for(*early, asked));
    CHECK(verifier().outcome(blank_token, {.raw = "/vod/a%2520film/index.m3u8",
                                           .path = "/vod/a%20film/index.m3u8"}) == "signature");
    const auto acl = verifier().claims(early_acl_token);
    REQUIRE(acl.has_value());
    CHECK(acl->id == "a%20b%7ec%27");
    CHECK(is_for(*acl, {}));
    const auto escaped = verifier().claims(signed_token("exp=1800000000~acl=%2fvod%2f%2a%21%2fads%2f%2a"));
    REQUIRE(escaped.has_value());
    CHECK(escaped->uris.size() == 2);
    CHECK(is_for(*escaped, {}));
    CHECK_FALSE(is_for(*escaped, {.raw = "/live/a", .path = "/live/a"}));
}

TEST_CASE("EdgeAuth: fields come in any order") {
    CHECK(verifier().outcome(signed_token("acl=/*~data=x~exp=1800000000~st=1700000000~id=7~ip=192.0.2.7")) ==
          "ok");
}

TEST_CASE("EdgeAuth: what is not the format to the byte is refused, however well it is signed") {
    for (const std::string_view text : {"acl=/*",
                                        "exp=~acl=/*",
                                        "exp=0~acl=/*",
                                        "exp=01800000000~acl=/*",
                                        "exp=1e9~acl=/*",
                                        "exp=-1~acl=/*",
                                        "exp=99999999999999~acl=/*",
                                        "exp=18446744073709551617~acl=/*",
                                        "exp=1800000000~acl=",
                                        "exp=1800000000~acl=!",
                                        "exp=1800000000~acl=/a!",
                                        "exp=1800000000~acl=/a!!/b",
                                        "exp=1800000000~acl=/*~acl=/*",
                                        "exp=1800000000~exp=1900000000~acl=/*",
                                        "exp=1800000000~acl=/*~id=",
                                        "exp=1800000000~~acl=/*",
                                        "exp=1800000000~acl",
                                        "~exp=1800000000~acl=/*",
                                        "exp=1800000000~acl=/*~",
                                        "exp=1800000000~acl=/*~ip=192.0.2.0/24",
                                        "exp=1800000000~acl=/*~ip=x",
                                        "exp=1800000000~acl=/*~st=",
                                        "exp=1800000000~acl=/*~hmac=00",
                                        "exp=1800000000~acl=%2",
                                        "exp=1800000000~acl=%zz"}) {
        CAPTURE(text);
        CHECK(verifier().outcome(signed_token(text)) == "malformed");
    }
    for (const std::string_view text :
         {"exp=1800000000~acl=/*~url=/vod", "exp=1800000000~acl=/*~salt=x", "exp=1800000000~acl=/*~EXP=1",
          "exp=1800000000~acl=/*~new=1", " exp=1800000000~acl=/*"}) {
        CAPTURE(text);
        CHECK(verifier().outcome(signed_token(text)) == "unsupported");
    }
    std::string many = "exp=1800000000~acl=/a";
    for (int i = 0; i < 64; ++i) many += "!/a";
    CHECK(verifier().outcome(signed_token(many)) == "malformed");
    CHECK(verifier().outcome(signed_token("exp=1800000000~acl=/*~id=" + std::string(1025, 'a'))) ==
          "malformed");
}

TEST_CASE("EdgeAuth: the URL that an HMAC covers can't be turned into a field, nor back") {
    // What was signed for "/x~acl=/*" as a URL is not an ACL.
    const std::string hidden = signed_token("exp=1800000000", "~url=/x~acl=/*");
    const std::string hmac = hidden.substr(hidden.find("~hmac="));
    CHECK(verifier().outcome("exp=1800000000~url=/x~acl=/*" + hmac) == "unsupported");
    CHECK(verifier().outcome("exp=1800000000~acl=/*" + hmac) == "signature");
    CHECK(verifier().outcome(std::string{acl_token}.replace(14, 16, "")) == "signature");
}

TEST_CASE(
    "EdgeAuth: an HMAC that is not one, another algorithm's, a salted one and a foreign one are refused") {
    CHECK(verifier().outcome("exp=1800000000~acl=/vod/"
                             "*~hmac=adc4422e538fef5fd63e66026dbac3602cbd36084104b1b714ad4d8493e8a757") ==
          "signature");
    CHECK(verifier().outcome("exp=1800000000~acl=/vod/*~hmac=f0b75d8c3ec4a2ca18ecf86bb3c85595de64f939") ==
          "malformed");
    for (const std::string_view text : {"", "~hmac=", "hmac=00", "exp=1800000000",
                                        "exp=1800000000~hmac=", "exp=1800000000~acl=/*~hmac=zz"}) {
        CAPTURE(text);
        CHECK(verifier().outcome(text) == "malformed");
    }
    std::string upper{acl_token};
    for (std::size_t i = upper.find("hmac=") + 5; i < upper.size(); ++i)
        upper[i] = static_cast<char>(std::toupper(upper[i]));
    CHECK(verifier().outcome(upper) == "malformed");
    const Verifier other{verify_edge_auth, KeyRing{{secret_key(Algorithm::edge_auth, std::string(32, 'k'))}}};
    CHECK(other.outcome(acl_token) == "signature");
    const Verifier none{verify_edge_auth, KeyRing{{secret_key(Algorithm::hs256, std::string(32, 'k'))}}};
    CHECK(none.outcome(acl_token) == "unknown_key");
    CHECK(none.outcome(url_token) == "unknown_key");
}

TEST_CASE("EdgeAuth: a huge token is refused before it is looked at") {
    CHECK(verifier().outcome(std::string(4097, '~')) == "too_large");
    CHECK(verifier().outcome(std::string(4096, '~')) == "malformed");
    CHECK(verifier().outcome("exp=1" + std::string(4000, '=') + "~hmac=" + std::string(64, '0')) ==
          "signature");
}

TEST_CASE("EdgeAuth: what was minted says what was asked for") {
    Claims claims = until(1800000000, {WildcardPath{"/vod/film/*"}, WildcardPath{"/ads/seg?.ts"}});
    claims.not_before = from_numeric_date(std::int64_t{1700000000});
    claims.networks = {*parse_network("192.0.2.7")};
    claims.id = "session-7";
    claims.others = {{"data", {"premium"}}};
    const auto key = edge_key();
    CHECK(mint_edge_auth(claims, *key, "").value() == full_token);
    CHECK(mint_edge_auth(until(1800000000, {WildcardPath{"/vod/film/*"}}), *key, "https://ignored.example/x")
              .value() == acl_token);
    CHECK(mint_edge_auth(until(1800000000), *key, "/vod/film/index.m3u8").value() == url_token);
    CHECK(mint_edge_auth(until(1800000000), *key, "https://edge.example/vod/film/index.m3u8").value() ==
          url_token);
    const auto any = mint_edge_auth(until(1800000000), *key, "");
    REQUIRE(any.has_value());
    CHECK(is_for(verifier().claims(*any).value(), {.raw = "/x", .path = "/x"}));
    claims.not_before = WallTime{std::chrono::milliseconds{1700000000001}};
    CHECK(mint_edge_auth(claims, *key, "").value().find("st=1700000001") != std::string::npos);
}

TEST_CASE("EdgeAuth: nothing is minted that would say less than was asked for") {
    const auto key = edge_key();
    const auto refused = [&](auto change, std::string_view uri = "") {
        Claims claims = until(1800000000, {WildcardPath{"/vod/*"}});
        change(claims);
        return line_of(mint_edge_auth(claims, *key, uri)) != "minted";
    };
    CHECK_FALSE(refused([](Claims&) {}));
    CHECK(refused([](Claims& c) { c.expires.reset(); }));
    CHECK(refused([](Claims& c) { c.subject = "x"; }));
    CHECK(refused([](Claims& c) { c.issuer = "x"; }));
    CHECK(refused([](Claims& c) { c.audience = {"x"}; }));
    CHECK(refused([](Claims& c) { c.methods = {"GET"}; }));
    CHECK(refused([](Claims& c) { c.protocols = {"h2"}; }));
    CHECK(refused([](Claims& c) { c.fields = {{"A", {}}}; }));
    CHECK(refused([](Claims& c) { c.certificate = Sha256{}; }));
    CHECK(refused([](Claims& c) { c.public_key = Sha256{}; }));
    CHECK(refused([](Claims& c) { c.replay = Replay::forbidden; }));
    CHECK(refused([](Claims& c) { c.renewal.by = Renewal::By::cookie; }));
    CHECK(refused([](Claims& c) { c.cap.height = 720; }));
    CHECK(refused([](Claims& c) { c.networks = {*parse_network("192.0.2.0/24")}; }));
    CHECK(refused([](Claims& c) {
        c.networks = {*parse_network("192.0.2.1"), *parse_network("192.0.2.2")};
    }));
    CHECK(refused([](Claims& c) { c.uris = {ExactUri{"https://edge.example/vod"}}; }));
    CHECK(refused([](Claims& c) { c.uris = {WildcardPath{"/vod/*!/live/*"}}; }));
    CHECK(refused([](Claims& c) { c.uris = {WildcardPath{"/vod/*~id=x"}}; }));
    CHECK(refused([](Claims& c) { c.uris = {WildcardPath{""}}; }));
    CHECK(refused([](Claims& c) { c.uris = {WildcardPath{"%2fvod"}}; }));
    CHECK(refused([](Claims& c) { c.id = "a~acl=/*"; }));
    CHECK(refused([](Claims& c) { c.id = "a&b"; }));
    CHECK(refused([](Claims& c) { c.others = {{"site", {"x"}}}; }));
    CHECK(refused([](Claims& c) { c.others = {{"data", {"x", "y"}}}; }));
    CHECK(refused([](Claims& c) { c.others = {{"data", {"x~y"}}}; }));
    CHECK(refused([](Claims& c) { c.uris.clear(); }, "ftp://edge.example/"));
    CHECK(line_of(mint_edge_auth(until(1800000000), *secret_key(Algorithm::hs256, std::string(32, 'k')),
                                 "")) != "minted");
}
