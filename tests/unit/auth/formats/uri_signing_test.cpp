#include <array>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "auth/formats/format.hpp"
#include "tests/unit/auth/formats/jwt.hpp"
#include "tests/unit/auth/formats/jwt_vectors.hpp"
#include "tests/unit/auth/keys/vectors.hpp"

using namespace outpost;
using namespace outpost::auth;

namespace {

const std::array<std::string, 2> audience{"dCDN LLC", "edge"};

Verdict<Claims> read(std::string_view token, const KeyRing& keys, std::size_t most_bytes = 4096) {
    const RequestFacts facts;
    return verify_uri_signing(token, Expected{keys, facts, audience, most_bytes});
}

std::shared_ptr<const Key> secret_key(std::string issuer = {}) {
    KeyFacts facts;
    facts.id = "shared";
    facts.issuer = std::move(issuer);
    return std::make_shared<const Key>(
        Key::from_secret(facts, Secret{std::string{"0123456789abcdef0123456789abcdef"}}).value());
}

constexpr std::string_view header = R"({"alg":"HS256","kid":"shared"})";

// "taken", or the reason and what it says beside.
std::string verdict(std::string_view payload, std::string issuer = {}) {
    const auto key = secret_key(std::move(issuer));
    const auto claims = read(signed_with(*key, header, payload), KeyRing{{key}});
    if (claims) return "taken";
    return fmt::format("{}: {}", to_text(claims.error().reason), claims.error().detail);
}

// With a cdniuc before it.
std::string claim(std::string_view more) {
    return verdict(fmt::format(R"({{"cdniuc":"regex:.*",{}}})", more));
}

Claims claims_of(std::string_view more) {
    const auto key = secret_key();
    auto claims =
        read(signed_with(*key, header, fmt::format(R"({{"cdniuc":"regex:.*",{}}})", more)), KeyRing{{key}});
    REQUIRE_MESSAGE(claims.has_value(), (claims ? std::string{} : claims.error().line()));
    return std::move(*claims);
}

bool fits_uri(const Claims& claims, std::string_view host, std::string_view path,
              std::string_view query = {}) {
    RequestFacts facts;
    facts.scheme = "http";
    facts.host = host;
    facts.raw_path = path;
    facts.path = path;
    facts.query = query;
    UriView uri{facts};
    return claims.uris.size() == 1 && matches(claims.uris.front(), uri);
}

WallTime at(std::int64_t milliseconds) { return WallTime{Milliseconds{milliseconds}}; }

}  // namespace

TEST_CASE("the token of RFC 9246's simple example says one URI and until when") {
    const auto claims = read(es256_token, ring_of({rfc9246_jwk}));
    REQUIRE(claims.has_value());
    CHECK(claims->key->id() == "P5UpOv0eMq1wcxLf7WxIg09JdSYGYFDOWkldueaImf0");
    CHECK(claims->issuer == "uCDN Inc");
    CHECK(claims->expires == at(1646867369000));
    CHECK(claims->renewal.by == Renewal::By::none);
    CHECK(fits_uri(*claims, "cdni.example", "/foo/bar"));
    CHECK_FALSE(fits_uri(*claims, "cdni.example", "/foo/bar/"));
    CHECK_FALSE(fits_uri(*claims, "cdni.example", "/foo/bar", "x"));
    CHECK_FALSE(fits_uri(*claims, "cdni.example", "/foo/baz"));
}

TEST_CASE("a token that says all that can be said is read whole") {
    const auto read_claims = read(full_token, ring_of({shared_jwk}));
    REQUIRE(read_claims.has_value());
    const Claims& claims = *read_claims;
    CHECK(claims.format == Format::uri_signing);
    CHECK(claims.key->id() == "shared");
    CHECK(claims.id == "5DAafLhZAfhsbe");
    CHECK(claims.subject == "a subject");
    CHECK(claims.issuer.empty());
    CHECK(claims.audience == std::vector<std::string>{"dCDN LLC"});
    CHECK(claims.expires == at(1646867369000));
    CHECK(claims.issued == at(1646780969000));
    CHECK(claims.not_before == at(1646780969500));
    CHECK(fits_uri(claims, "cdni.example", "/foo/bar/123.ts"));
    CHECK_FALSE(fits_uri(claims, "cdni.example", "/foo/bar/1234.ts"));
    CHECK_FALSE(fits_uri(claims, "cdniXexample", "/foo/bar/123.ts"));
    CHECK(claims.renewal.by == Renewal::By::cookie);
    CHECK(claims.renewal.lifetime == Seconds{30});
    CHECK(claims.renewal.path_depth == 2);
    CHECK(claims.cap == Cap{720, BitRate{4'000'000}});
    REQUIRE(claims.others.size() == 4);
    const std::array<std::pair<std::string, std::vector<std::string>>, 4> wanted{
        {{"site", {"north-12"}}, {"channel", {"news", "sports"}}, {"live", {"true"}}, {"seats", {"3"}}}};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        CHECK(claims.others[i].name == wanted[i].first);
        CHECK(claims.others[i].values == wanted[i].second);
    }
}

TEST_CASE("tokens of all five algorithms are taken from their keys only") {
    CHECK(read(eddsa_token, ring_of({eddsa_vector.jwk})).has_value());
    CHECK(read(rs256_token, ring_of({rs256_jwk})).has_value());
    CHECK(read(ps256_token, ring_of({ps256_jwk})).has_value());
    CHECK(read(rs256_token, ring_of({ps256_jwk})).error().reason == Reason::algorithm);
    CHECK(read(ps256_token, ring_of({rs256_jwk})).error().reason == Reason::algorithm);
    CHECK(read(eddsa_token, ring_of({rs256_jwk})).error().reason == Reason::unknown_key);
}

TEST_CASE("a token with one byte changed is refused, whatever the byte and wherever") {
    const KeyRing keys = ring_of({shared_jwk});
    REQUIRE(read(full_token, keys).has_value());
    for (std::size_t i = 0; i < full_token.size(); ++i) {
        for (int step = 1; step < 256; ++step) {
            std::string other{full_token};
            other[i] = static_cast<char>(static_cast<unsigned char>(other[i]) + step);
            if (read(other, keys)) FAIL("byte " << i << " plus " << step);
        }
    }
}

TEST_CASE("a token with a byte more or less is refused") {
    const KeyRing keys = ring_of({shared_jwk});
    const std::string token{full_token};
    for (std::size_t i = 0; i < token.size(); ++i) {
        CHECK_FALSE(read(token.substr(0, i), keys).has_value());
        CHECK_FALSE(read(token.substr(i + 1), keys).has_value());
        for (const char c : {'A', '.', '=', '\0'}) {
            std::string longer = token;
            longer.insert(i, 1, c);
            CHECK_FALSE(read(longer, keys).has_value());
        }
    }
    for (const char c : {'A', '.', '=', '\0', ' ', '\n'}) CHECK_FALSE(read(token + c, keys).has_value());
    CHECK_FALSE(read(token + token, keys).has_value());
}

TEST_CASE("a token above the limit is not looked at") {
    const KeyRing keys = ring_of({shared_jwk});
    CHECK(read(full_token, keys, full_token.size()).has_value());
    CHECK(read(full_token, keys, full_token.size() - 1).error().reason == Reason::too_large);
    for (const char c : {'A', '.', '{', '\0'})
        CHECK(read(std::string(1 << 20, c), keys).error().reason == Reason::too_large);
    CHECK(read(std::string(1 << 20, 'A') + ".A.A", keys, 2 << 20).error().reason == Reason::malformed);
}

TEST_CASE("what others signed for something else is no URI Signing") {
    const auto joe = fmt::format("{}.{}", hs256_vector.text, hs256_vector.signature);
    CHECK(read(joe, ring_of({hs256_vector.jwk})).error().reason == Reason::claims);
    CHECK(verdict("{}") == "claims: cdniuc");
    CHECK(read(jwe_token, ring_of({shared_jwk})).error().reason == Reason::unsupported);
}

TEST_CASE("what a signature is over must be a JSON object with each member once") {
    for (const auto payload : {"", "[]", "null", "\"x\"", "{", R"({"cdniuc":"regex:.*"}x)",
                               R"({"cdniuc":"regex:a","cdniuc":"regex:.*"})",
                               R"({"exp":1,"cdniuc":"regex:.*","\u0065xp":9999999999})"})
        CHECK(verdict(payload) == "malformed: the claims are no object");
}

TEST_CASE("the URI container is a SHA-256 or a regular expression") {
    CHECK(verdict(R"({"cdniuc":"hash:sha-256;2tderfWPa86Ku7YnzW51YUp7dGUjBS_3SW3ELx4hmWY"})") == "taken");
    CHECK(verdict(R"({"cdniuc":"hash:sha-256;2tderfWPa86Ku7YnzW51YUp7dGUjBS/3SW3ELx4hmWY"})") ==
          "malformed: cdniuc");
    CHECK(verdict(R"({"cdniuc":"hash:sha-256;2tderfWPa86Ku7YnzW51YUp7dGUjBS_3SW3ELx4hmWZ"})") ==
          "malformed: cdniuc");
    CHECK(verdict(R"({"cdniuc":"hash:sha-256;2tderfWPa86Ku7YnzW51YUp7dGUjBS_3SW3ELx4hmWY="})") ==
          "malformed: cdniuc");
    CHECK(verdict(R"({"cdniuc":"hash:sha-256;"})") == "malformed: cdniuc");
    CHECK(verdict(R"({"cdniuc":"hash:sha-256-128;2tderfWPa86Ku7YnzW51YQ"})") ==
          "unsupported: the hash of cdniuc");
    CHECK(verdict(R"({"cdniuc":"hash:md5;AA"})") == "unsupported: the hash of cdniuc");
    for (const auto other : {"uri:http://a/", "http://a/", "Regex:.*", "regex", ".*"})
        CHECK(verdict(fmt::format(R"({{"cdniuc":"{}"}})", other)) == "unsupported: the container of cdniuc");
    for (const auto other : {"5", "null", "[\"regex:.*\"]", "\"\""})
        CHECK(verdict(fmt::format(R"({{"cdniuc":{}}})", other)) == "malformed: cdniuc");
    CHECK(verdict(R"({"cdniuc":"regex:("})") != "taken");
    CHECK(verdict(R"({"cdniuc":"regex:(a)\\1"})") != "taken");
    CHECK(verdict(fmt::format(R"({{"cdniuc":"regex:{}"}})", std::string(2000, 'a'))) == "malformed: cdniuc");
}

TEST_CASE("an expression is for the whole URI, not for a part of it") {
    const auto key = secret_key();
    const auto claims =
        read(signed_with(*key, header, R"({"cdniuc":"regex:http://a/x|http://a/y"})"), KeyRing{{key}})
            .value();
    CHECK(fits_uri(claims, "a", "/x"));
    CHECK(fits_uri(claims, "a", "/y"));
    CHECK_FALSE(fits_uri(claims, "a", "/xy"));
    CHECK_FALSE(fits_uri(claims, "b", "/", "http://a/y"));
}

TEST_CASE("times are numbers of seconds from 1970 to 9999") {
    CHECK(claims_of(R"("exp":0)").expires == at(0));
    CHECK(claims_of(R"("exp":1.25)").expires == at(1250));
    CHECK(claims_of(R"("exp":1e3)").expires == at(1'000'000));
    CHECK(claims_of(R"("nbf":253402300799)").not_before == at(253'402'300'799'000));
    for (const auto name : {"exp", "nbf", "iat"}) {
        for (const auto value : {"-1", "-0.5", "253402300800", "1e300", "9223372036854775807",
                                 "18446744073709551615", "1e400", "\"5\"", "null", "true", "[5]", "{}"}) {
            CAPTURE(value);
            CHECK(claim(fmt::format("\"{}\":{}", name, value)) != "taken");
        }
        CHECK(claim(fmt::format("\"{}\":-1", name)) == fmt::format("malformed: {}", name));
    }
}

TEST_CASE("the issuer is the key's, or nobody") {
    constexpr std::string_view with = R"({"cdniuc":"regex:.*","iss":"a"})",
                               without = R"({"cdniuc":"regex:.*"})";
    CHECK(verdict(with, "a") == "taken");
    CHECK(verdict(without) == "taken");
    CHECK(verdict(with, "b") == "issuer: ");
    CHECK(verdict(with, "A") == "issuer: ");
    CHECK(verdict(with) == "issuer: ");
    CHECK(verdict(without, "a") == "issuer: ");
    CHECK(claim(R"("iss":["a"])") == "malformed: iss");
    CHECK(claim(R"("iss":"")") == "malformed: iss");
}

TEST_CASE("of an audience one must be us") {
    CHECK(claim(R"("aud":"edge")") == "taken");
    CHECK(claim(R"("aud":["other","edge"])") == "taken");
    CHECK(claim(R"("aud":"other")") == "audience: ");
    CHECK(claim(R"("aud":["Edge","edge "])") == "audience: ");
    for (const auto value : {"[]", "null", "5", "\"\"", "[\"edge\",5]", "[\"edge\",\"\"]", "{}"})
        CHECK(claim(fmt::format("\"aud\":{}", value)) == "malformed: aud");
}

TEST_CASE("what CDNI has and we don't is refused, and so is what is critical and unknown") {
    CHECK(claim(R"("cdniv":1)") == "taken");
    for (const auto value : {"0", "2", "-1", "1.0", "\"1\"", "null"})
        CHECK(claim(fmt::format("\"cdniv\":{}", value)) == "unsupported: cdniv");
    CHECK(claim(R"("cdniip":"[192.0.2.0/24]")") == "unsupported: a claim of CDNI");
    CHECK(claim(R"("cdnifuture":1)") == "unsupported: a claim of CDNI");
    CHECK(claim(R"("cdnifuture":null)") == "unsupported: a claim of CDNI");
    CHECK(claim(R"("cdnicrit":"cdniuc")") == "taken");
    CHECK(claim(R"("cdnicrit":"cdniuc, exp","exp":5)") == "taken");
    CHECK(claim(R"("cdnicrit":"cdniuc,exp")") == "malformed: cdnicrit");
    for (const auto list : {"site", "cdniip", "cdniuc,cdniip", "cdnicrit"})
        CHECK(claim(fmt::format(R"("site":"x","cdnicrit":"{}")", list)) ==
              "unsupported: a claim in cdnicrit");
    for (const auto value : {"\"\"", "\",\"", "\"cdniuc,\"", "[\"cdniuc\"]", "null", "1"})
        CHECK(claim(fmt::format("\"cdnicrit\":{}", value)) == "malformed: cdnicrit");
}

TEST_CASE("an encrypted subject can't be honoured, a plain one is taken") {
    CHECK(claims_of(R"("sub":"user 5")").subject == "user 5");
    CHECK(claim(fmt::format(R"("sub":"{}")", jwe_token)) == "unsupported: an encrypted sub");
    CHECK(claim(R"("sub":5)") == "malformed: sub");
}

TEST_CASE("renewal needs a way and a lifetime") {
    CHECK(claims_of(R"("cdnistt":1,"cdniets":30)").renewal.by == Renewal::By::cookie);
    const Renewal query = claims_of(R"("cdnistt":2,"cdniets":60,"cdnistd":0)").renewal;
    CHECK(query.by == Renewal::By::query);
    CHECK(query.lifetime == Seconds{60});
    CHECK(query.path_depth == 0);
    for (const auto more : {R"("cdnistt":0)", R"("cdnistt":0,"cdniets":30)", R"("cdnistt":1)",
                            R"("cdnistt":2,"cdnistd":1)", R"("cdniets":30)"})
        CHECK(claims_of(more).renewal.by == Renewal::By::none);
    for (const auto more : {R"("cdnistt":3)", R"("cdnistt":-1)"})
        CHECK(claim(more) == "unsupported: cdnistt");
    CHECK(claim(R"("cdnistt":"1")") == "malformed: cdnistt");
    for (const auto value : {"0", "-5", "1.5", "\"30\"", "1e3", "253402300800"})
        CHECK(claim(fmt::format(R"("cdnistt":1,"cdniets":{})", value)) == "malformed: cdniets");
    for (const auto value : {"-1", "65", "1.5", "\"2\""})
        CHECK(claim(fmt::format(R"("cdnistd":{})", value)) == "malformed: cdnistd");
}

TEST_CASE("a binding to a certificate is kept, and any other binding refused") {
    constexpr std::string_view digest = "2tderfWPa86Ku7YnzW51YUp7dGUjBS_3SW3ELx4hmWY";
    const Claims claims = claims_of(fmt::format(R"("cnf":{{"x5t#S256":"{}"}})", digest));
    REQUIRE(claims.certificate.has_value());
    CHECK(claims.certificate->front() == 0xDA);
    CHECK(claim(R"("cnf":{"jwk":{}})") == "unsupported: cnf");
    CHECK(claim(fmt::format(R"("cnf":{{"x5t#S256":"{}","jkt":"x"}})", digest)) == "unsupported: cnf");
    for (const auto value : {"null", "{}", "\"x\"", R"({"x5t#S256":"AAAA"})", R"({"x5t#S256":5})"})
        CHECK(claim(fmt::format("\"cnf\":{}", value)) == "malformed: cnf");
}

TEST_CASE("a limit that can't be read refuses the token instead of being forgotten") {
    CHECK(claims_of(R"("max_height":1080)").cap == Cap{1080, {}});
    CHECK(claims_of(R"("max_bandwidth":5000000)").cap == Cap{0, BitRate{5'000'000}});
    for (const auto value : {"0", "-1", "1080.5", "\"1080\"", "null", "[720]", "4294967296"})
        CHECK(claim(fmt::format(R"("max_height":{})", value)) == "malformed: max_height");
    for (const auto value : {"0", "-1", "1e6", "\"1\"", "18446744073709551615"})
        CHECK(claim(fmt::format(R"("max_bandwidth":{})", value)) == "malformed: max_bandwidth");
}

TEST_CASE(
    "claims of the operator's own are texts, and what is no text, number or list of texts is left out") {
    const Claims claims = claims_of(
        R"("device":"d1","n":-5,"big":18446744073709551615,"no":false,"list":["a","b"],"object":{"a":1},"null":null,"fraction":1.5,"mixed":["a",1],"none":[],"empty":"")");
    REQUIRE(claims.others.size() == 5);
    CHECK(claims.others[0].values == std::vector<std::string>{"d1"});
    CHECK(claims.others[1].values == std::vector<std::string>{"-5"});
    CHECK(claims.others[2].values == std::vector<std::string>{"18446744073709551615"});
    CHECK(claims.others[3].values == std::vector<std::string>{"false"});
    CHECK(claims.others[4].values == std::vector<std::string>{"a", "b"});
}

TEST_CASE("what a token may hold has bounds") {
    const auto key = secret_key();
    const auto taken = [&](const std::string& more) {
        const auto payload = fmt::format(R"({{"cdniuc":"regex:.*"{}}})", more);
        return read(signed_with(*key, header, payload), KeyRing{{key}}, 1 << 20).has_value();
    };
    const auto claims = [](std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) out += fmt::format(R"(,"c{}":"v")", i);
        return out;
    };
    const auto list = [](std::string_view name, std::size_t count) {
        std::string out = fmt::format(R"(,"{}":["edge")", name);
        for (std::size_t i = 1; i < count; ++i) out += R"(,"v")";
        return out + "]";
    };
    const auto text = [](std::string_view name, std::size_t size) {
        return fmt::format(R"(,"{}":"{}")", name, std::string(size, 'v'));
    };
    CHECK(taken(claims(most_others)));
    CHECK_FALSE(taken(claims(most_others + 1)));
    for (const auto name : {"site", "aud"}) {
        CHECK(taken(list(name, most_values)));
        CHECK_FALSE(taken(list(name, most_values + 1)));
    }
    for (const auto name : {"site", "sub", "jti"}) {
        CHECK(taken(text(name, most_text)));
        CHECK_FALSE(taken(text(name, most_text + 1)));
    }
    CHECK(taken(text(std::string(most_text, 'n'), 1)));
    CHECK_FALSE(taken(text(std::string(most_text + 1, 'n'), 1)));
    CHECK_FALSE(taken(",\"deep\":" + std::string(100, '[') + std::string(100, ']')));
}
