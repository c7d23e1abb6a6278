// Tokens whole: made by others, made here, and changed on the way.
#include <array>
#include <string>

#include <doctest/doctest.h>

#include "auth/formats/cbor.hpp"
#include "auth/formats/cose.hpp"
#include "auth/formats/format.hpp"
#include "base/base64.hpp"
#include "tests/unit/auth/formats/cat_vectors.hpp"

using namespace outpost;
using namespace outpost::auth;
using cbor::Value;

namespace {

WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds{seconds}}; }

Verdict<Claims> verified(std::string_view token, const KeyRing& keys,
                         std::vector<std::string> audience = {}) {
    const RequestFacts facts;
    return verify_cat(token, {keys, facts, audience});
}

const KeyRing& eyevinn() {
    static const KeyRing ring = ring_of({eyevinn_key});
    return ring;
}

Claims eyevinn_claims(std::string_view token) {
    auto claims = verified(token, eyevinn(), {"two"});
    REQUIRE_MESSAGE(claims.has_value(), (claims ? std::string{} : claims.error().line()));
    return *claims;
}

Reason refusal_of(std::string_view token, const KeyRing& keys, std::vector<std::string> audience = {}) {
    const auto claims = verified(token, keys, std::move(audience));
    REQUIRE(!claims);
    return claims.error().reason;
}

// Signed as it is, whatever it says.
std::string signed_token(const Value& payload, const Key& key) {
    cose::Message message{
        key.algorithm(), key.id(), cose::protect(key.algorithm()), cbor::write(payload), {}};
    message.signature = key.sign(message.to_be_signed()).value();
    return encode_base64url(cose::write(message));
}

bool allows(const Claims& claims, std::string_view host, std::string_view path) {
    RequestFacts facts;
    facts.scheme = "https";
    facts.host = host;
    facts.raw_path = facts.path = path;
    UriView uri{facts};
    return matches(claims.uris.at(0), uri);
}

}  // namespace

TEST_CASE("a token of another library is read whole") {
    const Claims claims = eyevinn_claims(eyevinn_full);
    CHECK(claims.format == Format::cat);
    CHECK(claims.key->id() == "Symmetric256");
    CHECK(claims.issuer == "eyevinn");
    CHECK(claims.subject == "jonas");
    CHECK(claims.audience == std::vector<std::string>{"one", "two"});
    CHECK(claims.expires == at(1796000000));
    CHECK(claims.not_before == at(1795000000));
    CHECK(claims.issued == at(1795000000));
    CHECK(claims.id == "0b71a2");
    CHECK(claims.replay == Replay::forbidden);
    CHECK(claims.methods == std::vector<std::string>{"GET", "HEAD"});
    REQUIRE(claims.networks.size() == 4);
    CHECK(to_text(claims.networks[0]) == "192.0.2.1");
    CHECK(to_text(claims.networks[1]) == "198.51.100.0/24");
    CHECK(to_text(claims.networks[2]) == "2001:db8::1");
    CHECK(to_text(claims.networks[3]) == "2001:db8:1::/48");
    REQUIRE(claims.fields.size() == 1);
    CHECK(claims.fields[0].name == "X-Device");
    CHECK(claims.fields[0].rules.at(0).text == "tv");
    REQUIRE(claims.public_key.has_value());
    CHECK(claims.public_key->at(31) == 0xAA);
    CHECK(claims.renewal.by == Renewal::By::header);
    CHECK(claims.renewal.lifetime == Seconds{120});
    CHECK(claims.renewal.deadline == Seconds{60});
    CHECK(claims.renewal.name == "cta-common-access-token");
}

TEST_CASE("the URL rules of another library's token mean what it means by them") {
    const Claims claims = eyevinn_claims(eyevinn_full);
    CHECK(allows(claims, "edge.example.com", "/vod/a12/index.m3u8"));
    CHECK(!allows(claims, "edge.example.com", "/vod/b12/index.m3u8"));  // its expression is searched for
    CHECK(!allows(claims, "edge.example.com", "/live/a12/index.m3u8"));
    CHECK(!allows(claims, "edge.example.com", "/vod/a12/index.mpd"));
    CHECK(!allows(claims, "edge.example.net", "/vod/a12/index.m3u8"));
}

TEST_CASE("a digest written as digits is that of the component") {
    const Claims claims = eyevinn_claims(eyevinn_sha);
    CHECK(allows(claims, "a", "/vod/a.mp4"));
    CHECK(!allows(claims, "a", "/vod/b.mp4"));
}

TEST_CASE("renewal is by cookie unless a header is asked for, and none where a redirect is") {
    CHECK(eyevinn_claims(eyevinn_auto).renewal.by == Renewal::By::cookie);
    CHECK(eyevinn_claims(eyevinn_auto).renewal.lifetime == Seconds{60});
    CHECK(eyevinn_claims(eyevinn_auto).renewal.name.empty());
    CHECK(eyevinn_claims(eyevinn_cookie).renewal.by == Renewal::By::cookie);
    CHECK(eyevinn_claims(eyevinn_cookie).renewal.name == "tok");
    CHECK(eyevinn_claims(eyevinn_redirect).renewal.by == Renewal::By::none);
    CHECK(eyevinn_claims(eyevinn_cookie_params).renewal.by == Renewal::By::none);
    CHECK(eyevinn_claims(eyevinn_small).renewal.by == Renewal::By::none);
}

TEST_CASE("protocols may be texts") {
    CHECK(eyevinn_claims(eyevinn_alpn).protocols == std::vector<std::string>{"h2"});
}

TEST_CASE("claims that can't be checked here are refused in another library's tokens") {
    for (const std::string_view token :
         {eyevinn_asn, eyevinn_flags, eyevinn_geo, eyevinn_condition, eyevinn_por}) {
        CHECK(refusal_of(token, eyevinn()) == Reason::unsupported);
    }
    // Without the CWT tag this library writes its claims as hexadecimal digits in a text.
    CHECK(refusal_of(eyevinn_untagged, eyevinn()) == Reason::malformed);
}

TEST_CASE("messages of another COSE library are verified for each algorithm") {
    const KeyRing ring = ring_of({auth0_hs256_key, auth0_es256_key, auth0_eddsa_key, auth0_ps256_key});
    for (const std::string_view token : {auth0_hs256, auth0_es256, auth0_eddsa, auth0_ps256}) {
        const auto claims = verified(token, ring);
        REQUIRE_MESSAGE(claims.has_value(), (claims ? std::string{} : claims.error().line()));
        CHECK(claims->issuer == "auth0");
        REQUIRE(claims->others.size() == 1);
        CHECK(claims->others[0].name == "site");
        CHECK(claims->others[0].values == std::vector<std::string>{"north-12"});
        CHECK(claims->cap.height == 720);
        CHECK(allows(*claims, "a", "/live/one/"));
        CHECK(!allows(*claims, "a", "/vod/one/"));
    }
}

TEST_CASE("the CBOR Web Token of RFC 8392 A.3 is a token for its audience") {
    const std::string token = encode_base64url(decode_hex(cwt_signed).value());
    const KeyRing ring = ring_of({cwt_signing_key});
    const auto claims = verified(token, ring, {"coap://light.example.com"});
    REQUIRE(claims.has_value());
    CHECK(claims->subject == "erikw");
    CHECK(claims->id == "0b71");
    CHECK(claims->expires == at(1444064944));
    CHECK(refusal_of(token, ring) == Reason::audience);
    CHECK(refusal_of(token, ring, {"coap://light.example.org"}) == Reason::audience);
}

TEST_CASE("a changed byte anywhere, or one that is missing, is refused") {
    for (const std::string_view token : {eyevinn_full, eyevinn_small}) {
        const std::string bytes = decode_base64url(token).value();
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            CAPTURE(i);
            for (const int change : {0x01, 0x20, 0x80, 0xFF}) {
                std::string other = bytes;
                other[i] = static_cast<char>(other[i] ^ change);
                CHECK(!verified(encode_base64url(other), eyevinn(), {"two"}));
            }
            CHECK(!verified(encode_base64url(bytes.substr(0, i)), eyevinn(), {"two"}));
        }
        CHECK(!verified(encode_base64url(bytes + '\0'), eyevinn(), {"two"}));
    }
}

TEST_CASE("a token that is spelled in another way is still the same token, so that it isn't used twice") {
    const std::string bytes = decode_base64url(eyevinn_full).value();
    const std::uint64_t identity = eyevinn_claims(eyevinn_full).identity;
    CHECK(identity != 0);
    cose::Message nameless = cose::read(bytes).value();
    nameless.key_id.clear();
    for (const std::string& other : {bytes.substr(2), bytes.substr(3), cose::write(nameless)}) {
        CHECK(other != bytes);
        CHECK(eyevinn_claims(encode_base64url(other)).identity == identity);
    }
    CHECK(eyevinn_claims(eyevinn_small).identity != identity);
}

TEST_CASE("a token is base64url, and not longer than the limit") {
    CHECK(refusal_of("", eyevinn()) == Reason::malformed);
    CHECK(refusal_of("!", eyevinn()) == Reason::malformed);
    CHECK(refusal_of(std::string{eyevinn_small} + "=", eyevinn()) == Reason::malformed);
    const RequestFacts facts;
    Expected expected{eyevinn(), facts, {}};
    expected.most_bytes = eyevinn_small.size();
    CHECK(verify_cat(eyevinn_small, expected).has_value());
    --expected.most_bytes;
    CHECK(verify_cat(eyevinn_small, expected).error().reason == Reason::too_large);
}

TEST_CASE("the key must be in the ring, of that algorithm, and the issuer must be its own") {
    CHECK(refusal_of(eyevinn_small, ring_of({auth0_hs256_key})) == Reason::unknown_key);
    CHECK(refusal_of(eyevinn_small, KeyRing{}) == Reason::unknown_key);
    std::string other{eyevinn_key};
    other.replace(other.find("eyevinn"), 7, "someone");
    CHECK(refusal_of(eyevinn_small, ring_of({other})) == Reason::issuer);
    std::string named{auth0_hs256_key};
    named.replace(named.find("\"a1\""), 4, "\"Symmetric256\"");
    CHECK(refusal_of(eyevinn_small, ring_of({named})) == Reason::signature);
    std::string curve{auth0_es256_key};
    curve.replace(curve.find("\"a3\""), 4, "\"Symmetric256\"");
    CHECK(refusal_of(eyevinn_small, ring_of({curve})) == Reason::algorithm);
}

TEST_CASE("a token that names no key is tried with those of its algorithm") {
    const KeyRing ring = ring_of({auth0_hs256_key, eyevinn_key});
    cose::Message message = cose::read(decode_base64url(eyevinn_small).value()).value();
    message.key_id.clear();
    const auto claims = verified(encode_base64url(cose::write(message)), ring);
    REQUIRE(claims.has_value());
    CHECK(claims->key->id() == "Symmetric256");
}

TEST_CASE("a public key is never a secret: its bytes sign no MAC") {
    const KeyRing ring = ring_of({auth0_es256_key});
    KeyFacts facts;
    facts.id = "a3";
    facts.issuer = "auth0";
    std::string bytes;
    for (const std::uint8_t byte : ring.keys().front()->fingerprint()) bytes += static_cast<char>(byte);
    const Key forged = Key::from_secret(facts, Secret{std::move(bytes)}).value();
    CHECK(refusal_of(signed_token(Value{Value::Map{{1, "auth0"}}}, forged), ring) == Reason::algorithm);
}

TEST_CASE("what is signed but no map of claims is malformed") {
    const Key& key = *eyevinn().keys().front();
    CHECK(refusal_of(signed_token(Value{Value::Array{}}, key), eyevinn()) == Reason::malformed);
    CHECK(refusal_of(signed_token(Value::tagged(61, Value{Value::Map{{1, "eyevinn"}}}), key), eyevinn()) ==
          Reason::malformed);
    CHECK(refusal_of(signed_token(Value{Value::Map{{1, "eyevinn"}, {1, "eyevinn"}}}, key), eyevinn()) ==
          Reason::malformed);
}

TEST_CASE("a token says its issuer exactly when its key has one") {
    const Key& key = *eyevinn().keys().front();
    CHECK(refusal_of(signed_token(Value{Value::Map{}}, key), eyevinn()) == Reason::issuer);
    std::string nameless{auth0_hs256_key};
    nameless.replace(nameless.find(R"(,"iss":"auth0")"), 14, "");
    const KeyRing ring = ring_of({nameless});
    const Key& own = *ring.keys().front();
    CHECK(verified(signed_token(Value{Value::Map{}}, own), ring).has_value());
    CHECK(refusal_of(signed_token(Value{Value::Map{{1, "auth0"}}}, own), ring) == Reason::issuer);
}
