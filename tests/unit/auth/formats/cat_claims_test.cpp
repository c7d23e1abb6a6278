// Claims between what a token carries and what it means; no keys here.
#include "auth/formats/cat_claims.hpp"

#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "auth/formats/format.hpp"
#include "base/base64.hpp"
#include "tests/unit/auth/formats/cat_vectors.hpp"

using namespace outpost;
using namespace outpost::auth;
using cbor::Value;
using namespace std::string_literals;

namespace {

WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds{seconds}}; }

Value bytes(std::string held) { return Value{Value::Bytes{std::move(held)}}; }
Value list(Value::Array items) { return Value{std::move(items)}; }
Value map(Value::Map entries) { return Value{std::move(entries)}; }

Claims claims_of(Value key, Value value) {
    auto claims = cat::read_claims(map({{std::move(key), std::move(value)}}));
    REQUIRE_MESSAGE(claims.has_value(), (claims ? std::string{} : claims.error().line()));
    return *claims;
}

Reason refusal_of(Value key, Value value) {
    const auto claims = cat::read_claims(map({{std::move(key), std::move(value)}}));
    REQUIRE(!claims);
    return claims.error().reason;
}

Claims again(const Claims& claims) {
    const auto payload = cat::write_claims(claims);
    REQUIRE_MESSAGE(payload.has_value(), (payload ? std::string{} : payload.error().line()));
    const auto read = cat::read_claims(*payload);
    REQUIRE(read.has_value());
    return *read;
}

std::string problem_of(const Claims& claims) {
    const auto payload = cat::write_claims(claims);
    REQUIRE(!payload);
    return payload.error().line();
}

TextRule rule(TextRule::Kind kind, std::string text) { return {kind, std::move(text), {}}; }
TextRule whole_pattern(std::string_view expression) {
    return {TextRule::Kind::regex, {}, Pattern::compile(expression).value()};
}

ComponentRules path_rules(std::vector<TextRule> rules) { return {{{UriComponent::path, std::move(rules)}}}; }

const std::vector<TextRule>& first_rules(const Claims& claims) {
    return std::get<ComponentRules>(claims.uris.at(0)).components.at(0).rules;
}

}  // namespace

TEST_CASE("a claim with a number that is not understood is refused, whatever it says") {
    for (const std::int64_t label :
         {0, 8, 9, 38, 39, 40, 282, 307, 309, 316, 317, 318, 320, 321, 322, 324, 400, -1, -65537, 70000}) {
        CAPTURE(label);
        CHECK(refusal_of(label, "x") == Reason::unsupported);
        CHECK(refusal_of(label, Value{}) == Reason::unsupported);
    }
    CHECK(refusal_of(Value::natural(UINT64_MAX), 1) == Reason::unsupported);
}

TEST_CASE("times are whole seconds or have a fraction, in years that there are") {
    CHECK(claims_of(4, 0).expires == at(0));
    CHECK(claims_of(4, 1796000000).expires == at(1796000000));
    CHECK(claims_of(5, 1443944944.5).not_before == at(1443944944) + std::chrono::milliseconds{500});
    CHECK(claims_of(6, std::int64_t{253402300799}).issued == at(253402300799));
    CHECK(refusal_of(4, -1) == Reason::malformed);
    CHECK(refusal_of(4, std::int64_t{253402300800}) == Reason::malformed);
    CHECK(refusal_of(4, INT64_MAX) == Reason::malformed);
    CHECK(refusal_of(4, Value::natural(UINT64_MAX)) == Reason::malformed);
    CHECK(refusal_of(4, -0.5) == Reason::malformed);
    CHECK(refusal_of(4, 1e300) == Reason::malformed);
    CHECK(refusal_of(4, std::numeric_limits<double>::infinity()) == Reason::malformed);
    CHECK(refusal_of(4, std::numeric_limits<double>::quiet_NaN()) == Reason::malformed);
    CHECK(refusal_of(4, "1796000000") == Reason::malformed);
    CHECK(refusal_of(4, Value::tagged(1, Value{1796000000})) == Reason::malformed);  // RFC 8392 section 2
}

TEST_CASE("issuer and subject are texts that say something") {
    CHECK(claims_of(1, "a").issuer == "a");
    CHECK(claims_of(2, "b").subject == "b");
    for (const int label : {1, 2}) {
        CHECK(refusal_of(label, "") == Reason::malformed);
        CHECK(refusal_of(label, bytes("a")) == Reason::malformed);
        CHECK(refusal_of(label, list({"a"})) == Reason::malformed);
        CHECK(refusal_of(label, std::string(most_text + 1, 'a')) == Reason::malformed);
        CHECK(cat::read_claims(map({{label, std::string(most_text, 'a')}})).has_value());
    }
}

TEST_CASE("an audience is a text or a list, and never empty") {
    CHECK(claims_of(3, "a").audience == std::vector<std::string>{"a"});
    CHECK(claims_of(3, list({"a", "b"})).audience == std::vector<std::string>{"a", "b"});
    CHECK(refusal_of(3, list({})) == Reason::malformed);
    CHECK(refusal_of(3, list({"a", 1})) == Reason::malformed);
    CHECK(refusal_of(3, list(Value::Array(most_values + 1, "a"))) == Reason::malformed);
}

TEST_CASE("an id is bytes, told as digits") {
    CHECK(claims_of(7, bytes("\x0b\x71")).id == "0b71");
    CHECK(refusal_of(7, "0b71") == Reason::malformed);
    CHECK(refusal_of(7, bytes("")) == Reason::malformed);
    CHECK(refusal_of(7, bytes(std::string(most_text / 2 + 1, 'a'))) == Reason::malformed);
}

TEST_CASE("replay is allowed, forbidden or detected") {
    CHECK(claims_of(308, 0).replay == Replay::allowed);
    CHECK(claims_of(308, 1).replay == Replay::forbidden);
    CHECK(claims_of(308, 2).replay == Replay::detected);
    CHECK(refusal_of(308, 3) == Reason::malformed);
    CHECK(refusal_of(308, -1) == Reason::malformed);
    CHECK(refusal_of(308, true) == Reason::malformed);
}

TEST_CASE("another version of CAT is refused") {
    CHECK(cat::read_claims(map({{310, 1}})).has_value());
    CHECK(refusal_of(310, 0) == Reason::unsupported);
    CHECK(refusal_of(310, 2) == Reason::unsupported);
    CHECK(refusal_of(310, "1") == Reason::unsupported);
}

TEST_CASE("networks are those of RFC 9164, or texts") {
    const auto network = [](Value value) { return to_text(claims_of(311, list({value})).networks.at(0)); };
    CHECK(network(Value::tagged(52, bytes("\xc0\x00\x02\x01"s))) == "192.0.2.1");
    CHECK(network(Value::tagged(52, list({24, bytes("\xc0\x00\x02"s)}))) == "192.0.2.0/24");
    CHECK(network(Value::tagged(52, list({0, bytes("")}))) == "0.0.0.0/0");
    CHECK(network(Value::tagged(54, list({32, bytes("\x20\x01\x0d\xb8")}))) == "2001:db8::/32");
    CHECK(network(Value::tagged(54, list({48, bytes("\x20\x01\x0d\xb8\x12\x34")}))) == "2001:db8:1234::/48");
    CHECK(network("198.51.100.0/24") == "198.51.100.0/24");
    CHECK(network("2001:db8::1") == "2001:db8::1");
}

TEST_CASE("networks that are none, and lists that would allow nobody, are malformed") {
    const auto refused = [](Value value) { return refusal_of(311, list({value})); };
    CHECK(refused(Value::tagged(52, bytes("\xc0\x00\x02"s))) == Reason::malformed);  // an address cut short
    CHECK(refused(Value::tagged(54, bytes("\xc0\x00\x02\x01"s))) == Reason::malformed);
    CHECK(refused(Value::tagged(52, list({33, bytes("\xc0")}))) == Reason::malformed);
    CHECK(refused(Value::tagged(52, list({-1, bytes("\xc0")}))) == Reason::malformed);
    CHECK(refused(Value::tagged(52, list({8, bytes("\xc0\x01")}))) == Reason::malformed);  // bits behind it
    CHECK(refused(Value::tagged(52, list({8, bytes("\xc0\x00\x00\x00\x00"s)}))) == Reason::malformed);
    CHECK(refused(Value::tagged(52, list({bytes("\xc0\x00\x02\x01"s), 24}))) == Reason::malformed);
    CHECK(refused(Value::tagged(52, list({8}))) == Reason::malformed);
    CHECK(refused(Value::tagged(53, bytes("abcd"))) == Reason::malformed);
    CHECK(refused(bytes("abcd")) == Reason::malformed);
    CHECK(refused("AS64512") == Reason::malformed);
    CHECK(refused(64512) == Reason::unsupported);
    CHECK(refusal_of(311, list({})) == Reason::malformed);
    CHECK(refusal_of(311, "192.0.2.1") == Reason::malformed);
}

TEST_CASE("each component and each kind of match has its number") {
    const Value rules = map({{0, map({{0, "https"}})},
                             {1, map({{2, ".example"}})},
                             {2, map({{0, "443"}})},
                             {3, map({{1, "/a"}, {3, "b"}})},
                             {4, map({{4, list({"x=[0-9]"})}})},
                             {5, map({{-1, bytes(std::string(32, 'a'))}})},
                             {6, map({{-2, bytes(std::string(32, 'b'))}})},
                             {7, map({{4, "index"}})},
                             {8, map({{-1, std::string(64, 'a')}})}});
    const Claims claims = claims_of(312, rules);
    const auto& each = std::get<ComponentRules>(claims.uris.at(0)).components;
    REQUIRE(each.size() == 9);
    for (std::size_t i = 0; i < each.size(); ++i) {
        CHECK(each[i].component == static_cast<UriComponent>(i));
    }
    CHECK(each[0].rules.at(0).kind == TextRule::Kind::exact);
    CHECK(each[1].rules.at(0).kind == TextRule::Kind::suffix);
    CHECK(each[3].rules.at(0).kind == TextRule::Kind::prefix);
    CHECK(each[3].rules.at(1).kind == TextRule::Kind::contains);
    CHECK(each[4].rules.at(0).kind == TextRule::Kind::regex);
    CHECK(each[5].rules.at(0).kind == TextRule::Kind::sha256);
    CHECK(each[6].rules.at(0).kind == TextRule::Kind::sha512_256);
    CHECK(each[8].rules.at(0).text == std::string(32, '\xaa'));
}

TEST_CASE("an expression is searched for, and its ends are the text's") {
    const auto fits = [](const char* expression, std::string_view text) {
        return matches(first_rules(claims_of(312, map({{3, map({{4, list({expression})}})}}))).at(0), text);
    };
    CHECK(fits("/a[0-9]+/", "/vod/a12/x"));
    CHECK(fits("^/vod/", "/vod/a"));
    CHECK(!fits("^/a", "/vod/a"));
    CHECK(fits("m3u8$", "/a.m3u8"));
    CHECK(!fits("m3u8$", "/a.m3u8x"));
    CHECK(fits("^/a$|^/b$", "/b"));
    CHECK(!fits("^/a$|^/b$", "/bb"));
}

TEST_CASE("expressions that would leave their place, or have flags, are refused") {
    const auto refused = [](Value expression) {
        return refusal_of(312, map({{3, map({{4, std::move(expression)}})}}));
    };
    CHECK(refused(list({"a)|(b"})) == Reason::malformed);
    CHECK(refused(list({"("})) == Reason::malformed);
    CHECK(refused(list({"[a"})) != Reason::missing);
    CHECK(refused(list({"a\\"})) != Reason::missing);
    CHECK(refused(list({"a", "i"})) == Reason::unsupported);
    CHECK(refused(list({})) == Reason::malformed);
    CHECK(refused(list({bytes("a")})) == Reason::malformed);
    CHECK(refused(7) == Reason::malformed);
    CHECK(refused(std::string(most_text + 1, 'a')) == Reason::malformed);
}

TEST_CASE("rules that fit nothing known, or say nothing, are refused") {
    CHECK(refusal_of(312, map({})) == Reason::malformed);
    CHECK(refusal_of(312, map({{3, map({})}})) == Reason::malformed);
    CHECK(refusal_of(312, map({{3, "/a"}})) == Reason::malformed);
    CHECK(refusal_of(312, map({{9, map({{0, "a"}})}})) == Reason::unsupported);
    CHECK(refusal_of(312, map({{-1, map({{0, "a"}})}})) == Reason::unsupported);
    CHECK(refusal_of(312, map({{"path", map({{0, "a"}})}})) == Reason::unsupported);
    CHECK(refusal_of(312, map({{3, map({{5, "a"}})}})) == Reason::unsupported);
    CHECK(refusal_of(312, map({{3, map({{-3, "a"}})}})) == Reason::unsupported);
    CHECK(refusal_of(312, map({{2, map({{0, 443}})}})) == Reason::malformed);
    CHECK(refusal_of(312, map({{3, map({{-1, bytes("short")}})}})) == Reason::malformed);
    CHECK(refusal_of(312, map({{3, map({{-2, std::string(128, 'a')}})}})) == Reason::malformed);
    CHECK(refusal_of(312, list({0, map({{0, "a"}})})) == Reason::malformed);
}

TEST_CASE("methods and protocols are lists that say something") {
    CHECK(claims_of(313, list({"GET"})).methods == std::vector<std::string>{"GET"});
    CHECK(claims_of(314, list({bytes("h2"), "http/1.1"})).protocols ==
          std::vector<std::string>{"h2", "http/1.1"});
    CHECK(claims_of(314, bytes("h2")).protocols == std::vector<std::string>{"h2"});
    for (const int label : {313, 314}) {
        CHECK(refusal_of(label, list({})) == Reason::malformed);
        CHECK(refusal_of(label, list({7})) == Reason::malformed);
    }
    CHECK(refusal_of(313, list({bytes("GET")})) == Reason::malformed);
}

TEST_CASE("all matches of a header field must fit, so each stands alone") {
    const Claims claims = claims_of(315, map({{"X-A", map({{1, "a"}, {2, "z"}})}, {"X-B", map({{0, "b"}})}}));
    REQUIRE(claims.fields.size() == 3);
    CHECK(claims.fields[0].name == "X-A");
    CHECK(claims.fields[1].name == "X-A");
    CHECK(claims.fields[0].rules.size() == 1);
    CHECK(refusal_of(315, map({})) == Reason::malformed);
    CHECK(refusal_of(315, map({{"X A", map({{0, "a"}})}})) == Reason::malformed);
    CHECK(refusal_of(315, map({{"", map({{0, "a"}})}})) == Reason::malformed);
    CHECK(refusal_of(315, map({{1, map({{0, "a"}})}})) == Reason::malformed);
    CHECK(refusal_of(315, map({{"X-A", map({})}})) == Reason::malformed);
}

TEST_CASE("a public key is a SHA-256, alone in a list at most") {
    const std::string digest(32, 'k');
    CHECK(claims_of(319, bytes(digest)).public_key->at(0) == 'k');
    CHECK(claims_of(319, list({bytes(digest)})).public_key->at(31) == 'k');
    CHECK(refusal_of(319, list({bytes(digest), bytes(digest)})) == Reason::unsupported);
    CHECK(refusal_of(319, list({})) == Reason::malformed);
    CHECK(refusal_of(319, bytes(digest + "k")) == Reason::malformed);
    CHECK(refusal_of(319, digest) == Reason::malformed);
}

TEST_CASE("renewal needs a type and a lifetime, and names that break no header") {
    const auto renewal = [](Value::Map parts) { return claims_of(323, map(std::move(parts))).renewal; };
    CHECK(renewal({{0, 1}, {1, 60}}).by == Renewal::By::cookie);
    CHECK(renewal({{0, 2}, {1, 60}, {2, 30}, {4, "x-cat"}}).name == "x-cat");
    CHECK(renewal({{0, 2}, {1, 60}, {3, "cookie"}}).name.empty());
    CHECK(renewal({{0, 2}, {1, 60}, {6, "a=b"}}).by == Renewal::By::none);
    CHECK(renewal({{0, 3}, {1, 60}, {7, 307}}).by == Renewal::By::none);
    const auto refused = [](Value::Map parts) { return refusal_of(323, map(std::move(parts))); };
    CHECK(refused({}) == Reason::malformed);
    CHECK(refused({{0, 1}}) == Reason::malformed);
    CHECK(refused({{1, 60}}) == Reason::malformed);
    CHECK(refused({{0, 4}, {1, 60}}) == Reason::malformed);
    CHECK(refused({{0, "cookie"}, {1, 60}}) == Reason::malformed);
    CHECK(refused({{0, 1}, {1, 0}}) == Reason::malformed);
    CHECK(refused({{0, 1}, {1, -60}}) == Reason::malformed);
    CHECK(refused({{0, 1}, {1, INT64_MAX}}) == Reason::malformed);
    CHECK(refused({{0, 1}, {1, 60}, {2, -1}}) == Reason::malformed);
    CHECK(refused({{0, 1}, {1, 60}, {3, "a\r\nSet-Cookie: b"}}) == Reason::malformed);
    CHECK(refused({{0, 2}, {1, 60}, {4, "a b"}}) == Reason::malformed);
    CHECK(refused({{0, 1}, {1, 60}, {8, 1}}) == Reason::unsupported);
    CHECK(refusal_of(323, list({1, 60})) == Reason::malformed);
}

TEST_CASE("claims of the issuer's own are kept, and two of them limit the rendition") {
    using Values = std::vector<std::string>;
    const auto values = [](const char* name, Value value) {
        return claims_of(name, value).others.at(0).values;
    };
    CHECK(claims_of("site", "north").others.at(0).name == "site");
    CHECK(values("site", "north") == Values{"north"});
    CHECK(values("asset", list({"a", "b"})) == Values{"a", "b"});
    CHECK(values("age", 18) == Values{"18"});
    CHECK(values("trial", false) == Values{"false"});
    CHECK(claims_of("max_height", 1080).cap.height == 1080);
    CHECK(claims_of("max_bandwidth", 4000000).cap.bandwidth == BitRate{4000000});
    CHECK(refusal_of("max_height", 0) == Reason::malformed);
    CHECK(refusal_of("max_height", std::int64_t{1} << 32) == Reason::malformed);
    CHECK(refusal_of("max_height", "1080") == Reason::malformed);
    CHECK(refusal_of("max_bandwidth", -1) == Reason::malformed);
    CHECK(refusal_of("", "a") == Reason::malformed);
    CHECK(refusal_of("a", list({})) == Reason::malformed);
    CHECK(refusal_of("a", map({{1, 1}})) == Reason::unsupported);
    CHECK(refusal_of("a", bytes("a")) == Reason::unsupported);
    CHECK(refusal_of("a", list({list({"a"})})) == Reason::unsupported);
    CHECK(refusal_of("a", 1.5) == Reason::unsupported);
    Value::Map many;
    for (std::size_t i = 0; i < most_others; ++i) many.push_back({std::to_string(i), "a"});
    CHECK(cat::read_claims(map(many)).has_value());
    many.push_back({"more", "a"});
    CHECK(!cat::read_claims(map(many)));
}

// ---- writing

TEST_CASE("what is written is read as what it was") {
    Claims claims;
    claims.issuer = "issuer";
    claims.subject = "subject";
    claims.audience = {"one", "two"};
    claims.id = "00ff";
    claims.expires = at(1796000000);
    claims.not_before = at(1795000000);
    claims.issued = at(1795000001);
    claims.replay = Replay::detected;
    claims.methods = {"GET", "HEAD"};
    for (const std::string_view text : {"192.0.2.1", "198.51.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::1"}) {
        claims.networks.push_back(parse_network(text).value());
    }
    claims.protocols = {"h2", "http/1.1"};
    claims.fields = {{"X-A", {rule(TextRule::Kind::prefix, "a")}},
                     {"x-a", {rule(TextRule::Kind::suffix, "z")}}};
    claims.public_key.emplace().fill(7);
    claims.renewal = {Renewal::By::header, Seconds{600}, Seconds{60}, {}, "x-cat"};
    claims.cap = {720, BitRate{3000000}};
    claims.others = {{"site", {"north"}}, {"asset", {"a", "b"}}};
    claims.uris = {path_rules({rule(TextRule::Kind::prefix, "/vod/"), rule(TextRule::Kind::contains, "x")})};
    const Claims read = again(claims);
    CHECK(read.issuer == claims.issuer);
    CHECK(read.subject == claims.subject);
    CHECK(read.audience == claims.audience);
    CHECK(read.id == claims.id);
    CHECK(read.expires == claims.expires);
    CHECK(read.not_before == claims.not_before);
    CHECK(read.issued == claims.issued);
    CHECK(read.replay == claims.replay);
    CHECK(read.methods == claims.methods);
    CHECK(read.networks == claims.networks);
    CHECK(read.protocols == claims.protocols);
    CHECK(read.fields.size() == 2);
    CHECK(read.public_key == claims.public_key);
    CHECK(read.renewal.by == Renewal::By::header);
    CHECK(read.renewal.lifetime == Seconds{600});
    CHECK(read.renewal.deadline == Seconds{60});
    CHECK(read.renewal.name == "x-cat");
    CHECK(read.cap == claims.cap);
    REQUIRE(read.others.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(read.others[i].name == claims.others[i].name);
        CHECK(read.others[i].values == claims.others[i].values);
    }
    CHECK(describe(read.uris.at(0)) == describe(claims.uris.at(0)));
}

TEST_CASE("a prefix is written without the zeros at its end") {
    Claims claims;
    claims.networks = {parse_network("10.0.0.0/8").value()};
    const Value payload = cat::write_claims(claims).value();
    CHECK(payload.find(311)->array()->at(0) == Value::tagged(52, list({8, bytes("\x0a")})));
}

TEST_CASE("parts of a second never make a token good for longer") {
    Claims claims;
    claims.expires = at(100) + std::chrono::milliseconds{900};
    claims.not_before = at(50) + std::chrono::milliseconds{1};
    CHECK(again(claims).expires == at(100));
    CHECK(again(claims).not_before == at(51));
}

TEST_CASE("an expression of a token stays what it is, one of ours stays for the whole") {
    Claims claims = claims_of(312, map({{3, map({{4, list({"/a|/b"})}})}}));
    CHECK(first_rules(again(claims)).at(0).text == "/a|/b");
    claims.uris = {path_rules({whole_pattern("/a|/b")})};
    const Claims read = again(claims);
    CHECK(matches(first_rules(read).at(0), "/a"));
    CHECK(matches(first_rules(read).at(0), "/b"));
    CHECK(!matches(first_rules(read).at(0), "/ab"));
    CHECK(!matches(first_rules(read).at(0), "/c/b"));
    claims.uris = {path_rules({whole_pattern(".*(/a).*")})};
    CHECK(matches(first_rules(again(claims)).at(0), "/c/a/d"));
}

TEST_CASE("what a CAT has no word for is a Problem, never left out") {
    const auto problem = [](auto change) {
        Claims claims;
        change(claims);
        return problem_of(claims);
    };
    CHECK(problem([](Claims& c) { c.certificate.emplace(); }).find("certificate") != std::string::npos);
    CHECK(problem([](Claims& c) { c.renewal.by = Renewal::By::query; }).find("query") != std::string::npos);
    CHECK(problem([](Claims& c) {
              c.renewal = {Renewal::By::cookie, Seconds{60}, Seconds{0}, 2, ""};
          }).find("path") != std::string::npos);
    CHECK(problem([](Claims& c) { c.uris = {ExactUri{"https://a/b"}}; }).find("components") !=
          std::string::npos);
    CHECK(problem([](Claims& c) { c.uris = {WildcardUri{"*"}}; }).find("components") != std::string::npos);
    const ComponentRules one = path_rules({rule(TextRule::Kind::exact, "/a")});
    CHECK(problem([&](Claims& c) { c.uris = {one, one}; }).find("one rule") != std::string::npos);
    CHECK(problem([](Claims& c) {
              c.uris = {path_rules({rule(TextRule::Kind::exact, "/a"), rule(TextRule::Kind::exact, "/b")})};
          }).find("one kind") != std::string::npos);
    CHECK(problem([](Claims& c) {
              c.fields = {{"a", {rule(TextRule::Kind::exact, "a"), rule(TextRule::Kind::exact, "b")}}};
          }).find("any of several") != std::string::npos);
    CHECK(
        problem([](Claims& c) {
            c.fields = {{"a", {rule(TextRule::Kind::exact, "a")}}, {"A", {rule(TextRule::Kind::exact, "b")}}};
        }).find("one kind") != std::string::npos);
    CHECK(problem([](Claims& c) { c.id = "session-1"; }).find("hexadecimal") != std::string::npos);
    CHECK(problem([](Claims& c) { c.id = "0B"; }).find("hexadecimal") != std::string::npos);
    CHECK(problem([](Claims& c) {
              c.others = {{"a", {"1"}}, {"a", {"2"}}};
          }).find("twice") != std::string::npos);
    CHECK(problem([](Claims& c) { c.others = {{"max_height", {"1"}}}; }).find("limit") != std::string::npos);
}

TEST_CASE("what a reader would refuse is not written") {
    const auto refused = [](auto change) {
        Claims claims;
        change(claims);
        return problem_of(claims).find("would be refused") != std::string::npos;
    };
    CHECK(refused([](Claims& c) { c.subject = std::string(most_text + 1, 'a'); }));
    CHECK(refused([](Claims& c) { c.subject = "\xff"; }));
    CHECK(refused([](Claims& c) { c.others = {{"a", {}}}; }));
    CHECK(refused([](Claims& c) { c.methods.assign(most_values + 1, "GET"); }));
    CHECK(refused([](Claims& c) { c.uris = {ComponentRules{}}; }));
    CHECK(refused([](Claims& c) { c.expires = at(-1); }));
    CHECK(refused([](Claims& c) { c.renewal.by = Renewal::By::cookie; }));
    CHECK(refused([](Claims& c) { c.fields = {{"a b", {rule(TextRule::Kind::exact, "a")}}}; }));
}

TEST_CASE("a minted token is verified, for each algorithm that a CAT may have") {
    for (const Algorithm algorithm :
         {Algorithm::hs256, Algorithm::es256, Algorithm::eddsa, Algorithm::ps256}) {
        KeyFacts facts;
        facts.id = "k";
        facts.algorithm = algorithm;
        facts.issuer = "us";
        const auto key = std::make_shared<const Key>(Key::generate(facts).value());
        Claims claims;
        claims.expires = at(1796000000);
        claims.uris = {path_rules({rule(TextRule::Kind::prefix, "/vod/")})};
        const auto token = mint_cat(claims, *key);
        REQUIRE_MESSAGE(token.has_value(), (token ? std::string{} : token.error().line()));
        const KeyRing ring{{key}};
        const RequestFacts request;
        const auto read = verify_cat(*token, {ring, request, {}});
        REQUIRE(read.has_value());
        CHECK(read->issuer == "us");
        CHECK(read->key == key);
        CHECK(read->expires == claims.expires);
        CHECK(first_rules(*read).at(0).text == "/vod/");
    }
}

TEST_CASE("a token of a secret is the same each time") {
    const KeyRing ring = ring_of({eyevinn_key});
    Claims claims;
    claims.subject = "s";
    CHECK(mint_cat(claims, *ring.keys()[0]).value() == mint_cat(claims, *ring.keys()[0]).value());
}

TEST_CASE("keys of other formats, public keys and another's issuer mint nothing") {
    KeyFacts facts;
    facts.algorithm = Algorithm::rs256;
    CHECK(!mint_cat({}, Key::generate(facts).value()));
    facts.algorithm = Algorithm::edge_auth;
    CHECK(!mint_cat({}, Key::generate(facts).value()));
    CHECK(!mint_cat({}, *ring_of({cwt_signing_key}).keys()[0]));
    Claims claims;
    claims.issuer = "someone";
    CHECK(!mint_cat(claims, *ring_of({eyevinn_key}).keys()[0]));
}
