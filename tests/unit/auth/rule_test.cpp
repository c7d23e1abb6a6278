#include "auth/rule.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;
using namespace std::chrono_literals;

namespace {

const WallTime noon = *parse_iso_time("2026-12-01T12:00:00Z");

RequestFacts request(std::string_view path = "/vod/film/1.m4s") {
    RequestFacts facts;
    facts.method = "GET";
    facts.scheme = "https";
    facts.host = "films.example";
    facts.raw_path = path;
    facts.path = path;
    facts.client = "10.20.0.7";
    facts.protocol = "http/1.1";
    facts.now = noon;
    return facts;
}

Rule open_rule() {
    Rule rule;
    rule.formats.fill(true);
    rule.places.fill(true);
    return rule;
}

std::string outcome(const std::optional<Refusal>& refusal) {
    return refusal ? std::string{to_text(refusal->reason)} : "passes";
}

}  // namespace

TEST_CASE("a requirement is a name, a name with a value, or a name with a part of the path") {
    CHECK(parse_requirement("sub")->kind == Requirement::Kind::present);
    CHECK(parse_requirement("site=north-12")->text == "north-12");
    CHECK(parse_requirement("asset={2}")->segment == 2);
    for (const char* wrong : {"", "=a", "site=", "asset={0}", "asset={65}", "asset={x}", "a b=1"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_requirement(wrong));
    }
}

TEST_CASE("required claims must be there, with the value that is asked for") {
    Rule rule = open_rule();
    Claims claims;
    claims.subject = "anna";
    claims.others = {{"asset", {"film", "series"}}, {"site", {"north-12"}}};
    const auto needs = [&](const char* requirement, std::string_view path = "/vod/film/1.m4s") {
        rule.required = {*parse_requirement(requirement)};
        return outcome(check_claims(rule, claims, request(path)));
    };
    CHECK(needs("sub") == "passes");
    CHECK(needs("sub=anna") == "passes");
    CHECK(needs("sub=ann") == "claims");
    CHECK(needs("jti") == "claims");
    CHECK(needs("asset={2}") == "passes");
    CHECK(needs("asset={2}", "/vod/other/1.m4s") == "claims");
    CHECK(needs("asset={9}") == "claims");
    CHECK(needs("site=north-12") == "passes");
    CHECK(needs("channel") == "claims");
}

TEST_CASE("a rule closes by time, method and network, token or not") {
    Rule rule = open_rule();
    CHECK(outcome(check_request(rule, request())) == "passes");
    rule.open = {*parse_time_window("2026-12-01T10:00:00Z/2026-12-01T12:00:00Z")};
    CHECK(outcome(check_request(rule, request())) == "closed");
    rule.open.push_back(*parse_time_window("2026-12-01T12:00:00Z/2026-12-01T12:00:01Z"));
    CHECK(outcome(check_request(rule, request())) == "passes");
    rule.methods = {"HEAD"};
    CHECK(outcome(check_request(rule, request())) == "method");
    rule.methods = {"GET", "HEAD"};
    rule.networks = {*parse_network("10.21.0.0/16")};
    CHECK(outcome(check_request(rule, request())) == "address");
    rule.networks.push_back(*parse_network("10.20.0.0/16"));
    CHECK(outcome(check_request(rule, request())) == "passes");
    rule.let = Rule::Let::nobody;
    CHECK(outcome(check_request(rule, request())) == "closed");
}

TEST_CASE("a rule that asks for a device's certificate takes only tokens that are bound to one") {
    Rule rule = open_rule();
    rule.device_certificate = true;
    Claims claims;
    CHECK(outcome(check_claims(rule, claims, request())) == "device");
    claims.certificate = Sha256{1};
    CHECK(outcome(check_claims(rule, claims, request())) == "passes");
    CHECK(outcome(check(claims, request(), 5s)) == "device");
    PeerCertificate shown{Sha256{1}, Sha256{2}};
    RequestFacts facts = request();
    facts.certificate = &shown;
    CHECK(outcome(check(claims, facts, 5s)) == "passes");
    claims.public_key = Sha256{3};
    CHECK(outcome(check(claims, facts, 5s)) == "device");
}

TEST_CASE("a token counts from its nbf to its exp, give or take the leeway") {
    Claims claims;
    claims.not_before = noon;
    claims.expires = noon + 60s;
    const auto at = [&](WallTime now) {
        RequestFacts facts = request();
        facts.now = now;
        return outcome(check(claims, facts, 5s));
    };
    CHECK(at(noon - 6s) == "not_yet");
    CHECK(at(noon - 5s) == "passes");
    CHECK(at(noon + 64s) == "passes");
    CHECK(at(noon + 65s) == "expired");
    CHECK(at(noon + 6000h) == "expired");
}

TEST_CASE("what a token says of method, address and protocol holds") {
    Claims claims;
    CHECK(outcome(check(claims, request(), 0s)) == "passes");
    claims.methods = {"HEAD"};
    CHECK(outcome(check(claims, request(), 0s)) == "method");
    claims.methods.clear();
    claims.networks = {*parse_network("10.20.0.8")};
    CHECK(outcome(check(claims, request(), 0s)) == "address");
    claims.networks.clear();
    claims.protocols = {"h2"};
    CHECK(outcome(check(claims, request(), 0s)) == "protocol");
}

TEST_CASE("the tighter of two caps holds, and none is no limit") {
    CHECK(both({720, BitRate{}}, {1080, 5_Mbps}) == Cap{720, 5_Mbps});
    CHECK(both({0, 8_Mbps}, {0, 5_Mbps}) == Cap{0, 5_Mbps});
    CHECK_FALSE(both({}, {}).limits());
}
