#include <array>
#include <functional>

#include <doctest/doctest.h>

#include "auth/formats/format.hpp"
#include "tests/unit/auth/formats/jwt.hpp"

using namespace outpost;
using namespace outpost::auth;

namespace {

const std::array<std::string, 1> audience{"edge"};

std::shared_ptr<const Key> key_of(Algorithm algorithm, std::string issuer = {}) {
    KeyFacts facts;
    facts.id = "k";
    facts.algorithm = algorithm;
    facts.issuer = std::move(issuer);
    return std::make_shared<const Key>(Key::generate(facts).value());
}

Claims verified(std::string_view token, const std::shared_ptr<const Key>& key) {
    const KeyRing keys{{key}};
    const RequestFacts facts;
    auto claims = verify_uri_signing(token, Expected{keys, facts, audience});
    REQUIRE_MESSAGE(claims.has_value(), (claims ? std::string{} : claims.error().line()));
    return std::move(*claims);
}

bool is_for(const Claims& claims, std::string_view host, std::string_view path, std::string_view query = {}) {
    RequestFacts facts;
    facts.scheme = "https";
    facts.host = host;
    facts.raw_path = path;
    facts.path = path;
    facts.query = query;
    UriView uri{facts};
    return matches(claims.uris.at(0), uri);
}

Claims for_uri(UriRule rule) {
    static const auto key = key_of(Algorithm::hs256);
    Claims claims;
    claims.uris.push_back(std::move(rule));
    return verified(mint_uri_signing(claims, *key).value(), key);
}

Claims all() {
    Claims claims;
    claims.id = "j1";
    claims.subject = "s";
    claims.issuer = "i";
    claims.audience = {"other", "edge"};
    claims.expires = WallTime{Milliseconds{1'700'000'000'999}};
    claims.not_before = WallTime{Milliseconds{1'600'000'000'001}};
    claims.issued = WallTime{Milliseconds{1'600'000'000'000}};
    claims.uris.emplace_back(PatternUri{Pattern::compile("https://a\\.example/.*").value()});
    claims.certificate = Sha256{1, 2, 3};
    claims.renewal = {Renewal::By::query, Seconds{60}, Seconds{0}, 2, ""};
    claims.cap = {720, BitRate{3'000'000}};
    claims.others = {{"site", {"north"}}, {"channel", {"a", "b \"c\" \xC3\xA9"}}};
    return claims;
}

}  // namespace

TEST_CASE("what is minted says what was asked for, with keys of all five algorithms") {
    for (const auto algorithm :
         {Algorithm::hs256, Algorithm::es256, Algorithm::eddsa, Algorithm::rs256, Algorithm::ps256}) {
        const auto key = key_of(algorithm, "i");
        const Claims wanted = all(), got = verified(mint_uri_signing(wanted, *key).value(), key);
        CHECK(got.key == key);
        CHECK(got.id == wanted.id);
        CHECK(got.subject == wanted.subject);
        CHECK(got.issuer == wanted.issuer);
        CHECK(got.audience == wanted.audience);
        CHECK(got.issued == wanted.issued);
        CHECK(got.certificate == wanted.certificate);
        CHECK(got.cap == wanted.cap);
        CHECK(got.renewal.by == Renewal::By::query);
        CHECK(got.renewal.lifetime == Seconds{60});
        CHECK(got.renewal.path_depth == 2);
        REQUIRE(got.others.size() == 2);
        CHECK(got.others[0].values == wanted.others[0].values);
        CHECK(got.others[1].values == wanted.others[1].values);
        CHECK(is_for(got, "a.example", "/x"));
        CHECK_FALSE(is_for(got, "aXexample", "/x"));
    }
}

TEST_CASE("parts of seconds are cut off so that a token never lives longer than was asked for") {
    const auto key = key_of(Algorithm::hs256, "i");
    const Claims got = verified(mint_uri_signing(all(), *key).value(), key);
    CHECK(got.expires == WallTime{Seconds{1'700'000'000}});
    CHECK(got.not_before == WallTime{Seconds{1'600'000'001}});
}

TEST_CASE("a token is for the URIs that it was minted for") {
    const Claims any = for_uri(PatternUri{Pattern::compile(".*").value()});
    CHECK(is_for(any, "a.example", "/x", "y"));
    const Claims exact = for_uri(ExactUri{"HTTPS://A.example:443/b/../%7ex?q=1*"});
    CHECK(is_for(exact, "a.example", "/~x", "q=1*"));
    CHECK_FALSE(is_for(exact, "a.example", "/~x", "q=1"));
    CHECK_FALSE(is_for(exact, "a.example", "/~x"));
    CHECK(is_for(for_uri(ExactUri{"https://a.example/x?"}), "a.example", "/x"));
    const Claims wild = for_uri(WildcardUri{"https://A.example/vod(1)+/*/seg?.m4s"});
    CHECK(is_for(wild, "a.example", "/vod(1)+/a/b/seg1.m4s"));
    CHECK_FALSE(is_for(wild, "a.example", "/vod(1)+/a/b/seg12.m4s"));
    CHECK_FALSE(is_for(wild, "a.example", "/vod(1)+/a/b/seg1Xm4s"));
    CHECK_FALSE(is_for(wild, "a.example", "/vod11/a/b/seg1.m4s"));
    CHECK_FALSE(is_for(wild, "aXexample", "/vod(1)+/a/b/seg1.m4s"));
    CHECK(is_for(for_uri(HashedUri{std::get<HashedUri>(exact.uris[0])}), "a.example", "/~x", "q=1*"));
}

TEST_CASE("claims that name no URI are for any") {
    const auto key = key_of(Algorithm::hs256);
    CHECK(is_for(verified(mint_uri_signing({}, *key).value(), key), "any.example", "/thing", "x"));
}

TEST_CASE("what the format has no word for is a problem, and no token") {
    using Change = std::function<void(Claims&)>;
    const std::vector<Change> changes{
        [](Claims& c) { c.methods = {"GET"}; },
        [](Claims& c) { c.networks.push_back(parse_network("192.0.2.0/24").value()); },
        [](Claims& c) { c.protocols = {"h2"}; },
        [](Claims& c) {
            c.fields.push_back({"referer", {}});
        },
        [](Claims& c) { c.public_key = Sha256{}; },
        [](Claims& c) { c.replay = Replay::forbidden; },
        [](Claims& c) { c.replay = Replay::detected; },
        [](Claims& c) { c.uris.push_back(c.uris.front()); },
        [](Claims& c) { c.uris = {WildcardPath{"/a/*"}}; },
        [](Claims& c) { c.uris = {ComponentRules{}}; },
        [](Claims& c) { c.uris = {ExactUri{"/only/a/path"}}; },
        [](Claims& c) { c.uris = {WildcardUri{std::string(2000, 'a')}}; },
        [](Claims& c) { c.renewal.by = Renewal::By::header; },
        [](Claims& c) { c.renewal.deadline = Seconds{5}; },
        [](Claims& c) { c.renewal.name = "mine"; },
        [](Claims& c) { c.renewal.lifetime = Seconds{0}; },
        [](Claims& c) { c.renewal.lifetime = Seconds{-1}; },
        [](Claims& c) { c.renewal.path_depth = -1; },
        [](Claims& c) { c.issuer = "somebody else"; },
        [](Claims& c) { c.subject = "a.b.c.d.e"; },
        [](Claims& c) { c.subject = std::string(most_text + 1, 's'); },
        [](Claims& c) { c.id = "\xFF"; },
        [](Claims& c) {
            c.audience = {"a", ""};
        },
        [](Claims& c) { c.expires = WallTime{Milliseconds{-1}}; },
        [](Claims& c) { c.expires = WallTime::max(); },
        [](Claims& c) {
            c.others.push_back({"exp", {"1"}});
        },
        [](Claims& c) {
            c.others.push_back({"max_height", {"1"}});
        },
        [](Claims& c) {
            c.others.push_back({"cdniuc", {"regex:.*"}});
        },
        [](Claims& c) {
            c.others.push_back({"site", {"twice"}});
        },
        [](Claims& c) {
            c.others.push_back({"", {"x"}});
        },
        [](Claims& c) {
            c.others.push_back({"x", {}});
        },
        [](Claims& c) {
            c.others.push_back({"x", {""}});
        },
        [](Claims& c) {
            c.others.push_back({"x", {"a", ""}});
        },
        [](Claims& c) {
            c.others.push_back({"x", std::vector<std::string>(most_values + 1, "v")});
        },
        [](Claims& c) {
            c.others.push_back({std::string(most_text + 1, 'n'), {"v"}});
        },
    };
    const auto key = key_of(Algorithm::hs256, "i");
    REQUIRE(mint_uri_signing(all(), *key).has_value());
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        Claims claims = all();
        changes[i](claims);
        const auto token = mint_uri_signing(claims, *key);
        CHECK_FALSE(token.has_value());
        if (!token) CHECK_FALSE(token.error().what.empty());
    }
}

TEST_CASE("only private keys for JWTs mint, and an issuer that is left out is the key's") {
    const auto whole = key_of(Algorithm::es256, "i");
    const KeyRing open = ring_of({write_jwk(*whole, KeyPart::only_public)});
    CHECK_FALSE(mint_uri_signing(all(), *open.keys().front()).has_value());
    for (const auto algorithm : {Algorithm::edge_auth, Algorithm::cloudfront, Algorithm::secure_link})
        CHECK_FALSE(mint_uri_signing(all(), *key_of(algorithm, "i")).has_value());
    CHECK(verified(mint_uri_signing({}, *whole).value(), open.keys().front()).issuer == "i");
}
