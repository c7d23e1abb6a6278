// Vectors made with the npm package @aws-sdk/cloudfront-signer, which is independent of this code.
#include <doctest/doctest.h>

#include "base/base64.hpp"
#include "tests/unit/auth/formats/vendor.hpp"

using namespace outpost;
using namespace outpost::auth;
using namespace outpost::auth::vendor;

namespace {

constexpr std::string_view public_pem = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1gXg9mi3C8RuqVOCNu1F
mvoGknkjwHXvK//6e1jukkpiO8BJfyf/ZaGe6EgfWt+h5jpAa4JLxeinuYc3eoZ3
Q8HbYA+c2J2UFEVktVlXFZSkRyCA3Dgre8GBWEBOQgOpjP/dOG9SNLpSNG5DUIWZ
7pvCemUsqEEtDIvXPnVbx1/icXhoJF+A7VySpTDjMfSIzaQnM/u82yNG9dWzX4c9
LU8FgaOSKN+JB7xeuBIhmF4GZ0c98QzNw8mg30sJv/5c3Ewhbf93iwbcDS2q0I9Y
LTt96Yaz7lotdLuuWl9ZcO/jCMssf+VP8nKvqYDVtgcUaDtraurZzNaeGFWZcszI
DQIDAQAB
-----END PUBLIC KEY-----
)";
constexpr std::string_view canned_token =
    "Expires=1800000000&Key-Pair-Id=K2JCJMDEHXQW5F&Signature=FBLHMeiR2tx92-RL7h2BLlO0UySofAvgslkydeXvxHVP"
    "YyL-0QZGqqeWjTeXQXH0xx1Xrx5TkczL5x8OCHyBKQzOYngw69h9GuzW9Daay5Pbo83IdEytBK~Saqba8imFIZ-JcZM-ggRvo1YA"
    "HgItKRphYqQZlLAGaCP92vlFVNCu2SPY5FFuep-R01Jt3eLk~dRrC3DPf88o11xYnY4c38Txv0aeEvXTc2v4o5WhKYNBzAZ0vlvZ"
    "sl5ZsNBB-G~ylN-TEfmPrWnDZz4XAEJv6Di4AWhzY9zzt1yiIFn7eQqAPEihIH1ZxRp43B7raXU3CjN9IRK7e5V15uW2qMZhgw__";
constexpr std::string_view cannedq_token =
    "Expires=1800000000&Key-Pair-Id=K2JCJMDEHXQW5F&Signature=kfoAWKnFT~OEcqCw5KMTvUObki~AUbf1BKHTsbvnfo04"
    "VVudDxrghPQUB2sMN2bJJIz9DroJvSAyWoTHFk1ms4dMMB-iccBwdAvJG5yEj5puZAjGX523mNI0EcjiNZyZvexlZeeAQwYgTUxs"
    "04svyxRNAi6H97hQeGBvIrtlb51pYdXQ9QZYjZ3YJ-PO~qfaRRNKWsWJeku6tCKp9ryqCG2GmUBR70HHUuxgNx5TQDyRvajCzTSu"
    "~IsKMp8ZR7jl3Dk9kcBynf3-QYvDdxO1p1OFA105brmY9IYQLeRoWDuQo7kws9RHalSEK-Z6bZY3FUOqljyg4LDjP7yLQfR~8Q__";
constexpr std::string_view custom_token =
    "Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cHM6Ly9lZGdlLmV4YW1wbGUvdm9kL2ZpbG0vKiIsIkNvbmRpdGlvb"
    "iI6eyJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTgwMDAwMDAwMH0sIkRhdGVHcmVhdGVyVGhhbiI6eyJBV1M6RXBvY"
    "2hUaW1lIjoxNzAwMDAwMDAwfSwiSXBBZGRyZXNzIjp7IkFXUzpTb3VyY2VJcCI6IjE5Mi4wLjIuMC8yNCJ9fX1dfQ__&Key-Pair"
    "-Id=K2JCJMDEHXQW5F&Signature=Z9ISwYKg3bwk-8C4GGQEoaMiFbkRDCL3QSl~82C8q~gTs6KxZXZwHVQcW--pMnRum5FGYZG"
    "iYhN45qbUi~guRH11r27GsRguT47NyL-T1ObKD13tp33vv3KXIbJZiWVweI7gRYvH5W5A6Yl4BCTGOo8BEw9Ay8U9JQVqIGR9Mob"
    "2vs409teZtI1rG5mKG7M1tgI1~kxfQeyyavSRAvFrZ9INndg~aiIHiOJqTRHO5ZL3vUCneLNqONd6wj-EOLD4x-9nPE-x~tWuijb"
    "u2tCpPY15TaXJCY4skNiAnZj775K7GjeplsIpLYdt9lFoslPX3FFClfvFLfys-DsTfn0fkw__";
constexpr std::string_view cookie_token =
    "Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cCo6Ly9lZGdlLmV4YW1wbGUvdm9kLyo~cXVhbGl0eT0~IiwiQ29uZ"
    "Gl0aW9uIjp7IkRhdGVMZXNzVGhhbiI6eyJBV1M6RXBvY2hUaW1lIjoxODAwMDAwMDAwfSwiSXBBZGRyZXNzIjp7IkFXUzpTb3VyY"
    "2VJcCI6IjAuMC4wLjAvMCJ9fX1dfQ__&Signature=YPB4Ygx~tfx6rB~jQ65toql38y4N4meyIcWDqAIIJaDYMXhHO4Q~GwAlrO"
    "dAmWDmDgwZLWZilOo54xnhv6YTcPsJL9UgJbNDHnt7ojhA2MMjql0b9SvunPbo1F1030Xq4s2g31vQb6Zb3qrdb331LdtOfZrGhl"
    "zNVJrICLUtW5pVVPMG-X-ApEVE708zTgU78hxmSVfjsddo2~mf2Wi5jeNyYZVjNXHVN9jGPAe55tYF3UMHqP1tKQtcQpJ98RVwQU"
    "i9msIFtCSePQ3FbIzE7invwew9vBgaK3Bcqp5nX4hh1jiiX3UcuCIEPAwKCyGIMI-L4XX8shGp~XiUUBXeKQ__&Key-Pair-Id=K"
    "2JCJMDEHXQW5F";

constexpr std::string_view key_pair = "K2JCJMDEHXQW5F";

KeyFacts facts_of_key() {
    KeyFacts facts;
    facts.id = key_pair;
    facts.algorithm = Algorithm::cloudfront;
    return facts;
}

Verifier verifier() {
    auto key = Key::from_pem(facts_of_key(), public_pem);
    REQUIRE(key.has_value());
    return {verify_cloudfront, KeyRing{{std::make_shared<const Key>(std::move(*key))}}};
}

// A pair of our own, for policies that no library would write. Made once: RSA takes its time.
std::shared_ptr<const Key> own_key() {
    static const auto key = std::make_shared<const Key>(std::move(Key::generate(facts_of_key()).value()));
    return key;
}
Verifier own_verifier() { return {verify_cloudfront, KeyRing{{own_key()}}}; }

std::string encoded(std::string_view bytes) {
    std::string text = encode_base64(bytes);
    for (char& c : text) c = c == '+' ? '-' : c == '=' ? '_' : c == '/' ? '~' : c;
    return text;
}

std::string with_policy(std::string_view policy) {
    return "Policy=" + encoded(policy) + "&Signature=" + encoded(own_key()->sign(policy).value()) +
           "&Key-Pair-Id=" + std::string{key_pair};
}

std::string policy_outcome(std::string_view policy) { return own_verifier().outcome(with_policy(policy)); }

std::string with_condition(std::string_view condition) {
    return R"({"Statement":[{"Resource":"*","Condition":)" + std::string{condition} + "}]}";
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out{text};
    const auto at = out.find(what);
    REQUIRE(at != std::string::npos);
    return out.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("CloudFront: a canned token is for its one URL until its end") {
    const auto claims = verifier().claims(canned_token);
    REQUIRE(claims.has_value());
    CHECK(claims->format == Format::cloudfront);
    CHECK(claims->key->id() == key_pair);
    CHECK(claims->expires == from_numeric_date(std::int64_t{1800000000}));
    CHECK(claims->uris.size() == 1);
    CHECK(is_for(*claims, {}));
    for (const Asked& other :
         {Asked{.raw = "/vod/film/other.m3u8"}, Asked{.query = "x=1"}, Asked{.host = "evil.example"},
          Asked{.scheme = "http"}, Asked{.raw = "/vod/film/../film/index.m3u8"},
          Asked{.raw = "/vod/film/%69ndex.m3u8"}, Asked{.host = "edge.example:8443"}}) {
        CHECK(verifier().outcome(canned_token, other) == "signature");
    }
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/film/other.m3u8"}));
    CHECK_FALSE(is_for(*claims, {.query = "x=1"}));
    CHECK_FALSE(is_for(*claims, {.host = "evil.example"}));
    CHECK(verifier().outcome(replaced(canned_token, "1800000000", "1900000000")) == "signature");
}

TEST_CASE("CloudFront: the query that remains is part of what was signed") {
    const Asked asked{
        .raw = "/vod/a%20film/index.m3u8", .path = "/vod/a film/index.m3u8", .query = "cdn=a&x=%2F"};
    CHECK(verifier().outcome(cannedq_token, asked) == "ok");
    CHECK(verifier().outcome(cannedq_token, {.raw = asked.raw, .path = asked.path}) == "signature");
}

TEST_CASE("CloudFront: a custom policy says resource, times and network") {
    const auto claims = verifier().claims(custom_token);
    REQUIRE(claims.has_value());
    CHECK(claims->expires == from_numeric_date(std::int64_t{1800000000}));
    CHECK(claims->not_before == from_numeric_date(std::int64_t{1700000000}));
    CHECK(claims->networks == std::vector<Network>{*parse_network("192.0.2.0/24")});
    CHECK(is_for(*claims, {}));
    CHECK(is_for(*claims, {.query = "x=1"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/film/../other/a.ts"}));
    CHECK_FALSE(is_for(*claims, {.raw = "/vod/film%2Fa.ts"}));
    CHECK_FALSE(is_for(*claims, {.host = "evil.example"}));
}

TEST_CASE("CloudFront: cookies carry the same, and 0.0.0.0/0 is any address") {
    const auto claims = verifier().claims(cookie_token);
    REQUIRE(claims.has_value());
    CHECK(claims->networks.empty());
    CHECK(is_for(*claims, {.query = "quality=3"}));
    CHECK(is_for(*claims, {.query = "quality=3", .scheme = "http"}));
    CHECK_FALSE(is_for(*claims, {.query = "quality=33"}));
    CHECK_FALSE(is_for(*claims, {}));
}

TEST_CASE("CloudFront: every change of a token is noticed") {
    check_every_change(verifier(), canned_token);
    check_every_change(verifier(), custom_token);
}

TEST_CASE("CloudFront: parameters that are not exactly those of one token are refused") {
    const std::string canned{canned_token}, custom{custom_token};
    CHECK(verifier().outcome(canned + "&Expires=1900000000") == "malformed");
    CHECK(verifier().outcome("Expires=1900000000&" + canned) == "malformed");
    CHECK(verifier().outcome(canned + "&Key-Pair-Id=other") == "malformed");
    CHECK(verifier().outcome(custom + "&Expires=1800000000") == "malformed");
    CHECK(verifier().outcome(canned + "&x=1") == "malformed");
    CHECK(verifier().outcome(canned + "&") == "malformed");
    CHECK(verifier().outcome(canned + "&Hash-Algorithm=SHA256") == "unsupported");
    CHECK(verifier().outcome(replaced(canned, "Expires=1800000000", "Expires=01800000000")) == "malformed");
    CHECK(verifier().outcome(replaced(canned, "Expires=1800000000", "Expires=1800000000.0")) == "malformed");
    CHECK(verifier().outcome(replaced(canned, "Expires=1800000000&", "")) == "malformed");
    CHECK(verifier().outcome(replaced(canned, key_pair, "")) == "malformed");
    CHECK(verifier().outcome(replaced(canned, key_pair, "K0")) == "unknown_key");
    CHECK(verifier().outcome(replaced(canned, "tx92-RL7", "tx92+RL7")) == "malformed");
    CHECK(verifier().outcome(replaced(canned, "__", "==")) == "malformed");
    CHECK(verifier().outcome(replaced(canned, "__", "")) == "malformed");
    CHECK(verifier().outcome("") == "malformed");
    CHECK(verifier().outcome("Expires=1&Signature=&Key-Pair-Id=K") == "malformed");
    CHECK(verifier().outcome(std::string(4097, '&')) == "too_large");
}

TEST_CASE("CloudFront: an RSA key of another format is not tried") {
    KeyFacts facts = facts_of_key();
    facts.algorithm = Algorithm::rs256;
    const Verifier other{
        verify_cloudfront,
        KeyRing{{std::make_shared<const Key>(std::move(Key::from_pem(facts, public_pem).value()))}}};
    CHECK(other.outcome(canned_token) == "algorithm");
}

TEST_CASE("CloudFront: a URL can't write policy of its own") {
    const std::string wide =
        R"({"Statement":[{"Resource":"https://edge.example/a","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.7/32"},)"
        R"("DateLessThan":{"AWS:EpochTime":1800000000}}}]})";
    const std::string raw =
        R"(/a","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.7/32"},"DateLessThan":{"AWS:EpochTime":1800000000}}}]}#)";
    CHECK(policy_outcome(wide) == "ok");
    const std::string token = "Expires=1800000000&Signature=" + encoded(own_key()->sign(wide).value()) +
                              "&Key-Pair-Id=" + std::string{key_pair};
    CHECK(own_verifier().outcome(token, {.raw = raw}) == "uri");
    CHECK(own_verifier().outcome(token, {.raw = "/a\\b"}) == "uri");
    CHECK(own_verifier().outcome(token, {.raw = "/a\xC3\xBC"}) == "uri");
}

TEST_CASE("CloudFront: a policy is read strictly and whole") {
    CHECK(policy_outcome(with_condition(R"({"DateLessThan":{"AWS:EpochTime":1800000000}})")) == "ok");
    CHECK(policy_outcome(
              R"( { "Statement": [ { "Condition" : {"DateLessThan":{"AWS:EpochTime":1800000000} } } ] } )") ==
          "ok");
    for (const std::string_view condition :
         {"{}", "[]", "1", R"({"DateLessThan":1800000000})",
          R"({"DateLessThan":{"AWS:EpochTime":"1800000000"}})", R"({"DateLessThan":{"AWS:EpochTime":1.8e9}})",
          R"({"DateLessThan":{"AWS:EpochTime":-1}})", R"({"DateLessThan":{"AWS:EpochTime":99999999999999}})",
          R"({"DateLessThan":{"AWS:EpochTime":18446744073709551615}})",
          R"({"DateLessThan":{"AWS:EpochTime":1800000000,"x":1}})", R"({"DateLessThan":{"x":1}})",
          R"({"DateLessThan":{}})", R"({"DateGreaterThan":{"AWS:EpochTime":1}})",
          R"({"DateLessThan":{"AWS:EpochTime":1800000000},"DateGreaterThan":{}})",
          R"({"DateLessThan":{"AWS:EpochTime":1800000000},"IpAddress":{}})",
          R"({"DateLessThan":{"AWS:EpochTime":1800000000},"IpAddress":{"AWS:SourceIp":["192.0.2.0/24"]}})",
          R"({"DateLessThan":{"AWS:EpochTime":1800000000},"IpAddress":{"AWS:SourceIp":"192.0.2.1/24"}})",
          R"({"DateLessThan":{"AWS:EpochTime":1800000000},"IpAddress":{"AWS:SourceIp":""}})",
          R"({"DateLessThan":{"AWS:EpochTime":1800000000},"DateLessThan":{"AWS:EpochTime":1900000000}})"}) {
        CAPTURE(condition);
        CHECK(policy_outcome(with_condition(condition)) == "malformed");
    }
    for (const std::string_view policy :
         {"", "{}", "[]", "null", R"({"Statement":{}})", R"({"Statement":[]})", R"({"Statement":[1]})",
          R"({"Statement":[{}]})", R"({"Statement":[{"Resource":"*"}]})",
          R"({"Statement":[{"Resource":["*"],"Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]})",
          R"({"Statement":[{"Resource":"","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]})",
          R"({"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]}x)"}) {
        CAPTURE(policy);
        CHECK(policy_outcome(policy) == "malformed");
    }
    CHECK(policy_outcome(std::string(1000, '[')) == "malformed");
}

TEST_CASE("CloudFront: what a policy demands beyond what is known is refused") {
    const std::string statement =
        R"({"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}})";
    CHECK(policy_outcome(with_condition(
              R"({"DateLessThan":{"AWS:EpochTime":1800000000},"StringEquals":{"x":"y"}})")) == "unsupported");
    CHECK(policy_outcome(R"({"Statement":[)" + statement + "," + statement + "]}") == "unsupported");
    CHECK(policy_outcome(R"({"Version":1,"Statement":[)" + statement + "]}") == "unsupported");
    CHECK(policy_outcome(R"({"Statement":[{"Effect":"Deny",)" + statement.substr(1) + "]}") == "unsupported");
}

TEST_CASE("CloudFront: a resource may leave out its scheme, or itself") {
    const auto for_resource = [](std::string_view member, const Asked& asked) {
        const std::string policy = R"({"Statement":[{)" + std::string{member} +
                                   R"("Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]})";
        const auto claims = own_verifier().claims(with_policy(policy));
        REQUIRE(claims.has_value());
        return is_for(*claims, asked);
    };
    CHECK(for_resource(R"("Resource":"edge.example/vod/*",)", {}));
    CHECK(for_resource(R"("Resource":"edge.example/vod/*",)", {.scheme = "http"}));
    CHECK_FALSE(for_resource(R"("Resource":"edge.example/vod/*",)", {.host = "x.edge.example"}));
    CHECK(for_resource(R"("Resource":"*://edge.example/vod/*",)", {}));
    CHECK(for_resource(R"("Resource":"*",)", {}));
    CHECK(for_resource("", {}));
    CHECK_FALSE(for_resource(R"("Resource":"https://edge.example/live/*",)", {}));
}

TEST_CASE("CloudFront: what was minted says what was asked for") {
    const auto canned = mint_cloudfront(
        until(1800000000, {ExactUri{"https://edge.example/vod/film/index.m3u8"}}), *own_key(), "");
    REQUIRE(canned.has_value());
    CHECK(canned->starts_with("Expires=1800000000&Signature="));
    CHECK(own_verifier().outcome(*canned) == "ok");
    CHECK(own_verifier().outcome(*canned, {.raw = "/vod/film/other.m3u8"}) == "signature");
    CHECK(
        mint_cloudfront(until(1800000000), *own_key(), "https://edge.example/vod/film/index.m3u8").value() ==
        *canned);

    Claims claims = until(1800000000, {WildcardUri{"https://edge.example/vod/film/*"}});
    claims.not_before = from_numeric_date(std::int64_t{1700000000});
    claims.networks = {*parse_network("192.0.2.0/24")};
    const auto custom = mint_cloudfront(claims, *own_key(), "");
    REQUIRE(custom.has_value());
    const std::string_view policy = custom_token.substr(0, custom_token.find('&'));
    CHECK(custom->starts_with(policy));  // to the letter what Amazon's library wrote
    const auto back = own_verifier().claims(*custom);
    REQUIRE(back.has_value());
    CHECK(back->networks == claims.networks);
    CHECK(back->not_before == claims.not_before);
    claims.networks = {*parse_network("192.0.2.7")};
    CHECK(own_verifier().claims(mint_cloudfront(claims, *own_key(), "").value())->networks ==
          claims.networks);
    claims.uris = {ExactUri{"https://edge.example/vod/film/index.m3u8"}};
    CHECK(is_for(*own_verifier().claims(mint_cloudfront(claims, *own_key(), "").value()), {}));
    CHECK(own_verifier().claims(mint_cloudfront(until(1800000000), *own_key(), "").value())->uris.size() ==
          1);
}

TEST_CASE("CloudFront: nothing is minted that would say less than was asked for") {
    const auto refused = [&](auto change, std::string_view uri = "") {
        Claims claims = until(1800000000, {WildcardUri{"https://edge.example/vod/*"}});
        change(claims);
        return line_of(mint_cloudfront(claims, *own_key(), uri)) != "minted";
    };
    CHECK_FALSE(refused([](Claims&) {}));
    CHECK(refused([](Claims& c) { c.expires.reset(); }));
    CHECK(refused([](Claims& c) { c.id = "x"; }));
    CHECK(refused([](Claims& c) { c.others = {{"site", {"x"}}}; }));
    CHECK(refused([](Claims& c) { c.methods = {"GET"}; }));
    CHECK(refused([](Claims& c) {
        c.networks = {*parse_network("192.0.2.1"), *parse_network("192.0.2.2")};
    }));
    CHECK(refused([](Claims& c) { c.uris.push_back(c.uris.front()); }));
    CHECK(refused([](Claims& c) { c.uris = {WildcardPath{"/vod/*"}}; }));
    CHECK(refused([](Claims& c) { c.uris = {WildcardUri{R"(https://edge.example/"x)"}}; }));
    CHECK(refused([](Claims& c) { c.uris = {ExactUri{"/vod"}}; }));
    CHECK(refused([](Claims& c) { c.uris = {ExactUri{"https://EDGE.example/vod"}}; }));
    CHECK(refused([](Claims& c) { c.uris = {ExactUri{"https://edge.example/vod/*"}}; }));
    CHECK(refused([](Claims& c) { c.uris.clear(); }, "https://edge.example/vod/*"));
    CHECK(refused([](Claims& c) {
        c.uris = {ExactUri{"https://edge.example/vod?x=1"}};
        c.not_before = c.expires;
    }));
    CHECK(line_of(mint_cloudfront(until(1800000000), *secret_key(Algorithm::hs256, std::string(32, 'k')),
                                  "")) != "minted");
    const auto only_public = Key::from_pem(facts_of_key(), public_pem);
    CHECK(line_of(mint_cloudfront(until(1800000000), *only_public, "")) != "minted");
}
