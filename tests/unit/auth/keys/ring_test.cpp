#include "auth/keys/ring.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;

namespace {

KeyFacts facts(std::string id, Algorithm algorithm = Algorithm::hs256) {
    KeyFacts out;
    out.id = std::move(id);
    out.algorithm = algorithm;
    return out;
}

std::shared_ptr<const Key> secret(KeyFacts facts, char letter = 'a') {
    return std::make_shared<const Key>(
        Key::from_secret(std::move(facts), Secret{std::string(32, letter)}).value());
}

WallTime at(int seconds) { return WallTime{Seconds{seconds}}; }

}  // namespace

TEST_CASE(
    "a key is found by its id and its algorithm, and the wrong algorithm is told from the unknown key") {
    const auto a = secret(facts("a")), b = secret(facts("b")),
               other = secret(facts("a", Algorithm::edge_auth));
    const KeyRing ring{{a, b, other}};
    CHECK(ring.size() == 3);
    CHECK(ring.find("a", Algorithm::hs256).value() == a);
    CHECK(ring.find("b", Algorithm::hs256).value() == b);
    CHECK(ring.find("a", Algorithm::edge_auth).value() == other);
    CHECK(ring.find("b", Algorithm::edge_auth).error().reason == Reason::algorithm);
    CHECK(ring.find("a", Algorithm::rs256).error().reason == Reason::algorithm);
    for (const auto id : {"", "c", "A", "a ", "../a"})
        CHECK(ring.find(id, Algorithm::hs256).error().reason == Reason::unknown_key);
    CHECK(KeyRing{}.find("a", Algorithm::hs256).error().reason == Reason::unknown_key);
}

TEST_CASE("a token that names no key is tried with eight keys of its algorithm at most") {
    std::vector<std::shared_ptr<const Key>> keys{secret(facts("other", Algorithm::edge_auth))};
    for (char c = 'a'; c <= 'l'; ++c) keys.push_back(secret(facts(std::string(1, c)), c));
    const KeyRing ring{keys};
    CHECK(ring.all(Algorithm::hs256).size() == 8);
    CHECK(ring.all(Algorithm::edge_auth).size() == 1);
    CHECK(ring.all(Algorithm::es256).empty());
    CHECK(verify_with(ring, "", Algorithm::hs256, "x", keys[8]->sign("x").value()).value() == keys[8]);
    CHECK(verify_with(ring, "", Algorithm::hs256, "x", keys[9]->sign("x").value()).error().reason ==
          Reason::signature);
    CHECK(verify_with(ring, "i", Algorithm::hs256, "x", keys[9]->sign("x").value()).value() == keys[9]);
}

TEST_CASE("a named key is the only one that is tried") {
    const auto a = secret(facts("a"), 'a'), b = secret(facts("b"), 'b');
    const KeyRing ring{{a, b}};
    const auto signature = a->sign("x").value();
    CHECK(verify_with(ring, "a", Algorithm::hs256, "x", signature).value() == a);
    CHECK(verify_with(ring, "b", Algorithm::hs256, "x", signature).error().reason == Reason::signature);
    CHECK(verify_with(ring, "c", Algorithm::hs256, "x", signature).error().reason == Reason::unknown_key);
    CHECK(verify_with(ring, "a", Algorithm::edge_auth, "x", signature).error().reason == Reason::algorithm);
    CHECK(verify_with(ring, "", Algorithm::rs256, "x", signature).error().reason == Reason::unknown_key);
}

TEST_CASE("a ring holds a key until its secret, its times, its issuer or its name are others") {
    KeyFacts told = facts("a");
    told.issuer = "i";
    told.not_after = at(100);
    const auto key = secret(told);
    CHECK(KeyRing{{secret(told)}}.holds(*key));
    CHECK_FALSE(KeyRing{}.holds(*key));
    CHECK_FALSE(KeyRing{{secret(told, 'b')}}.holds(*key));
    for (int i = 0; i < 4; ++i) {
        KeyFacts other = told;
        if (i == 0) other.id = "b";
        if (i == 1) other.issuer = "j";
        if (i == 2) other.not_after = at(101);
        if (i == 3) other.algorithm = Algorithm::edge_auth;
        CHECK_FALSE(KeyRing{{secret(other)}}.holds(*key));
    }
}

TEST_CASE("a key is valid from its nbf to before its exp, give or take the leeway") {
    KeyFacts key = facts("a");
    CHECK_FALSE(check_time(key, at(0), Seconds{0}).has_value());
    key.not_before = at(100);
    key.not_after = at(200);
    CHECK(check_time(key, at(99), Seconds{0})->reason == Reason::key_time);
    CHECK_FALSE(check_time(key, at(100), Seconds{0}).has_value());
    CHECK_FALSE(check_time(key, at(199), Seconds{0}).has_value());
    CHECK(check_time(key, at(200), Seconds{0})->reason == Reason::key_time);
    CHECK_FALSE(check_time(key, at(90), Seconds{10}).has_value());
    CHECK(check_time(key, at(89), Seconds{10}).has_value());
    CHECK_FALSE(check_time(key, at(209), Seconds{10}).has_value());
    CHECK(check_time(key, at(210), Seconds{10}).has_value());
}

TEST_CASE("the signer is the first key that can sign and is valid now") {
    KeyFacts past = facts("past"), future = facts("future");
    past.not_after = at(100);
    future.not_before = at(200);
    const auto now = secret(facts("now")), later = secret(facts("later"));
    const KeyRing ring{{secret(past), secret(future), now, later}};
    CHECK(ring.signer("", at(150)) == now);
    CHECK(ring.signer("", at(50))->id() == "past");
    CHECK(ring.signer("", at(250))->id() == "future");
    CHECK(ring.signer("later", at(150)) == later);
    CHECK(ring.signer("past", at(150)) == nullptr);
    CHECK(ring.signer("nobody", at(150)) == nullptr);
    CHECK(KeyRing{}.signer("", at(150)) == nullptr);
}
