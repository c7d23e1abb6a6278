// The first vector is that of nginx's own documentation of secure_link; the others were made with
//   printf %s '<text>' | openssl md5 -binary | openssl base64 | tr +/ -_ | tr -d =
#include <doctest/doctest.h>

#include "auth/keys/parts.hpp"
#include "tests/unit/auth/formats/vendor.hpp"

using namespace outpost;
using namespace outpost::auth;
using namespace outpost::auth::vendor;

namespace {

constexpr std::string_view secret = "0123456789abcdef0123";
constexpr std::string_view token = "md5=DTOipoaHD9kbDoiqZjckjg&expires=1800000000";

std::shared_ptr<const Key> link_key(std::string expression = {}) {
    return secret_key(Algorithm::secure_link, std::string{secret}, std::move(expression));
}
Verifier verifier(std::string expression = {}) {
    return {verify_secure_link, KeyRing{{link_key(std::move(expression))}}};
}

constexpr std::string_view with_address = "{expires}{uri}{address} {secret}";

}  // namespace

TEST_CASE("secure_link: the example of nginx's documentation verifies") {
    KeyFacts facts;
    facts.id = "nginx";
    facts.algorithm = Algorithm::secure_link;
    facts.expression = with_address;
    // Its secret is shorter than from_secret() takes.
    const Verifier nginx{verify_secure_link,
                         KeyRing{{std::make_shared<const Key>(facts, Secret{"secret"}, nullptr)}}};
    const Asked asked{.raw = "/s/link", .path = "/s/link", .client = "127.0.0.1"};
    const auto claims = nginx.claims("md5=_e4Nc3iduzkWRm01TBBNYw&expires=2147483647", asked);
    REQUIRE(claims.has_value());
    CHECK(claims->networks == std::vector<Network>{*parse_network("127.0.0.1")});
    CHECK(claims->expires == from_numeric_date(std::int64_t{2147483647}));
    CHECK(nginx.outcome("md5=_e4Nc3iduzkWRm01TBBNYw&expires=2147483647",
                        {.raw = "/s/link", .path = "/s/link"}) == "signature");
}

TEST_CASE("secure_link: a token is for one path, and stays so when it is remembered") {
    const auto claims = verifier().claims(token);
    REQUIRE(claims.has_value());
    CHECK(claims->format == Format::secure_link);
    CHECK(claims->networks.empty());
    CHECK(is_for(*claims, {}));
    CHECK(is_for(*claims, {.query = "x=1", .host = "other.example"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/film/other.m3u8"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/film/index.m3u8/../other"}));
    CHECK(verifier().outcome(token, {.raw = "/vod/film/other.m3u8", .path = "/vod/film/other.m3u8"}) ==
          "signature");
}

TEST_CASE("secure_link: the path is hashed as nginx has it, decoded") {
    const Asked asked{.raw = "/vod/a%20film/index.m3u8", .path = "/vod/a film/index.m3u8"};
    CHECK(verifier().outcome("expires=1800000000&md5=ju9FlndBXOLiS26jFe3-kw", asked) == "ok");
}

TEST_CASE("secure_link: every change of a token is noticed") { check_every_change(verifier(), token); }

TEST_CASE("secure_link: what is not the two parameters to the byte is refused") {
    for (const std::string_view text :
         {"", "md5=DTOipoaHD9kbDoiqZjckjg", "expires=1800000000", "md5=&expires=1800000000",
          "md5=DTOipoaHD9kbDoiqZjckjg==&expires=1800000000", "md5=DTOipoaHD9kbDoiqZjckjh&expires=1800000000",
          "md5=DTOipoaHD9kbDoiqZjck&expires=1800000000", "md5=DTOipoaHD9kbDoiqZjckjg&expires=01800000000",
          "md5=DTOipoaHD9kbDoiqZjckjg&expires=0",
          "md5=DTOipoaHD9kbDoiqZjckjg&expires=", "md5=DTOipoaHD9kbDoiqZjckjg&expires=+1800000000",
          "md5=DTOipoaHD9kbDoiqZjckjg&expires=1800000000&expires=1900000000",
          "md5=DTOipoaHD9kbDoiqZjckjg&expires=1800000000&md5=DTOipoaHD9kbDoiqZjckjg",
          "md5=DTOipoaHD9kbDoiqZjckjg&expires=1800000000&x=1",
          "md5=DTOipoaHD9kbDoiqZjckjg&expires=99999999999999999999",
          "MD5=DTOipoaHD9kbDoiqZjckjg&expires=1800000000",
          "md5=DTOipoaHD9kbDoiqZjckjg&expires=1800000000&"}) {
        CAPTURE(text);
        CHECK(verifier().outcome(text) == "malformed");
    }
    CHECK(verifier().outcome(std::string(4097, 'a')) == "too_large");
    CHECK(verifier().outcome("md5=DTOipoaHD9kbDoiqZjckjg&expires=1900000000") == "signature");
    CHECK(Verifier{verify_secure_link, {}}.outcome(token) == "unknown_key");
}

TEST_CASE("secure_link: a key whose expression leaves out what matters verifies nothing") {
    for (const std::string expression :
         {"{expires}{uri}", "{uri} {secret}", "{expires} {secret}", "{expires}{uri}{secret}{other}",
          "{expires}{uri}{secret}{", "plain"}) {
        CAPTURE(expression);
        CHECK(verifier(expression).outcome(token) == "signature");
        CHECK(line_of(mint_secure_link(until(1800000000), *link_key(expression), "/a")) != "minted");
    }
}

TEST_CASE("secure_link: what is filled in is not filled in again") {
    const auto minted = mint_secure_link(until(1800000000), *link_key(), "/a%7Bsecret%7D");
    REQUIRE(minted.has_value());
    CHECK(verifier().outcome(*minted, {.raw = "/a%7Bsecret%7D", .path = "/a{secret}"}) == "ok");
    CHECK(verifier().outcome(*minted, {.raw = "/a", .path = "/a0123456789abcdef0123"}) == "signature");
}

TEST_CASE("secure_link: what was minted says what was asked for") {
    CHECK(mint_secure_link(until(1800000000), *link_key(), "https://edge.example/vod/film/index.m3u8?x=1")
              .value() == token);
    Claims claims = until(1800000000);
    claims.networks = {*parse_network("192.0.2.7")};
    const auto minted =
        mint_secure_link(claims, *link_key(std::string{with_address}), "/vod/film/index.m3u8");
    REQUIRE(minted.has_value());
    CHECK(verifier(std::string{with_address}).claims(*minted)->networks == claims.networks);
    CHECK(verifier(std::string{with_address}).outcome(*minted, {.client = "192.0.2.8"}) == "signature");
}

TEST_CASE("secure_link: nothing is minted that would say less than was asked for") {
    const auto refused = [](auto change, std::string_view uri = "/a", std::string expression = {}) {
        Claims claims = until(1800000000);
        change(claims);
        return line_of(mint_secure_link(claims, *link_key(std::move(expression)), uri)) != "minted";
    };
    CHECK_FALSE(refused([](Claims&) {}));
    CHECK(refused([](Claims& c) { c.expires.reset(); }));
    CHECK(refused([](Claims& c) { c.not_before = c.expires; }));
    CHECK(refused([](Claims& c) { c.id = "x"; }));
    CHECK(refused([](Claims& c) { c.others = {{"data", {"x"}}}; }));
    CHECK(refused([](Claims& c) { c.subject = "x"; }));
    CHECK(refused([](Claims& c) { c.uris = {WildcardPath{"/a"}}; }));
    CHECK(refused([](Claims& c) { c.networks = {*parse_network("192.0.2.7")}; }));
    CHECK(refused([](Claims& c) { c.networks = {*parse_network("192.0.2.0/24")}; }, "/a",
                  std::string{with_address}));
    CHECK(refused([](Claims&) {}, "/a", std::string{with_address}));
    for (const std::string_view uri : {"", "a", "ftp://a/", "/%2F", "/%00", "/%"})
        CHECK(refused([](Claims&) {}, uri));
    CHECK(line_of(mint_secure_link(until(1800000000), *secret_key(Algorithm::edge_auth, std::string{secret}),
                                   "/a")) != "minted");
}
