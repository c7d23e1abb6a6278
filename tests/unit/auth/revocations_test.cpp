#include "auth/revocations.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;
using namespace std::chrono_literals;
using Added = Revocations::Added;

namespace {

const WallTime now{std::chrono::hours{500'000}};

Revocation of(RevocationKind kind, std::string value, WallTime until = now + 1h) {
    return {kind, std::move(value), until, now, "id", "node"};
}
Claims token_of(std::string id, std::string subject, std::vector<std::string> devices) {
    Claims claims;
    claims.id = std::move(id);
    claims.subject = std::move(subject);
    if (!devices.empty()) claims.others.push_back({"device", std::move(devices)});
    return claims;
}

}  // namespace

TEST_CASE(
    "a token falls by its id, its subject or any of its devices, and by nothing that only looks alike") {
    Revocations revocations;
    CHECK_FALSE(revocations.find(token_of("t", "s", {"d"})));
    REQUIRE(revocations.add(of(RevocationKind::token, "t")) == Added::yes);
    REQUIRE(revocations.add(of(RevocationKind::subject, "s")) == Added::yes);
    REQUIRE(revocations.add(of(RevocationKind::device, "d")) == Added::yes);
    CHECK(revocations.find(token_of("t", "", {}))->kind == RevocationKind::token);
    CHECK(revocations.find(token_of("x", "s", {}))->kind == RevocationKind::subject);
    CHECK(revocations.find(token_of("x", "x", {"e", "d"}))->kind == RevocationKind::device);
    CHECK_FALSE(revocations.find(token_of("s", "d", {"t"})));
    CHECK_FALSE(revocations.find(token_of("", "", {})));
    CHECK_FALSE(revocations.find(token_of("tt", "S", {"d "})));
}

TEST_CASE("of two revocations of one thing the longer counts, in whatever order they come") {
    Revocations a, b;
    CHECK(a.add(of(RevocationKind::token, "t", now + 1h)) == Added::yes);
    CHECK(a.add(of(RevocationKind::token, "t", now + 1h)) == Added::known);
    CHECK(a.add(of(RevocationKind::token, "t", now + 2h)) == Added::yes);
    CHECK(b.add(of(RevocationKind::token, "t", now + 2h)) == Added::yes);
    CHECK_FALSE(a.digest() == Revocations{}.digest());
    CHECK(b.add(of(RevocationKind::token, "t", now + 1h)) == Added::known);
    CHECK(a.digest() == b.digest());
    CHECK(a.size() == 1);
    CHECK(a.holds(RevocationKind::token, "t", now + 2h));
    CHECK_FALSE(a.holds(RevocationKind::token, "t", now + 3h));
    a.remove_expired(now + 1h);
    CHECK(a.find(token_of("t", "", {})));
}

TEST_CASE("what is past its end is forgotten, and leaves no trace") {
    Revocations revocations;
    for (int i = 0; i < 10; ++i)
        revocations.add(of(RevocationKind::subject, std::to_string(i), now + i * 1s));
    CHECK(revocations.remove_expired(now - 1ms) == 0);
    CHECK(revocations.remove_expired(now + 4s) == 5);
    CHECK(revocations.size() == 5);
    CHECK_FALSE(revocations.find(token_of("", "4", {})));
    CHECK(revocations.find(token_of("", "5", {})));
    CHECK(revocations.all().size() == 5);
    CHECK(revocations.remove_expired(now + 1h) == 5);
    CHECK(revocations.digest() == Revocations{}.digest());
}

TEST_CASE("the version tells of each change, and of nothing else") {
    Revocations revocations;
    const auto first = revocations.version();
    revocations.add(of(RevocationKind::token, "t"));
    const auto second = revocations.version();
    CHECK(second != first);
    revocations.add(of(RevocationKind::token, "t"));
    revocations.remove_expired(now);
    static_cast<void>(revocations.find(token_of("t", "", {})));
    CHECK(revocations.version() == second);
    revocations.remove_expired(now + 1h);
    CHECK(revocations.version() != second);
}

TEST_CASE(
    "when it is full further ones are refused, and those in force stay; one that holds longer is no further "
    "one") {
    Revocations revocations{2};
    REQUIRE(revocations.add(of(RevocationKind::token, "a")) == Added::yes);
    REQUIRE(revocations.add(of(RevocationKind::key, "b")) == Added::yes);
    CHECK(revocations.add(of(RevocationKind::token, "c")) == Added::full);
    CHECK(revocations.add(of(RevocationKind::token, "a")) == Added::known);
    CHECK(revocations.add(of(RevocationKind::token, "a", now + 2h)) == Added::yes);
    CHECK(revocations.find(token_of("a", "", {})));
    CHECK_FALSE(revocations.find(token_of("c", "", {})));
    revocations.remove_expired(now + 1h);
    CHECK(revocations.add(of(RevocationKind::token, "c", now + 3h)) == Added::yes);
}

TEST_CASE("sets that were told the same in different orders have equal digests, and others do not") {
    std::mt19937 random{20261125};
    std::vector<Revocation> told;
    for (int i = 0; i < 200; ++i)
        told.push_back(of(static_cast<RevocationKind>(random() % 4), std::to_string(random() % 50),
                          now + Milliseconds{random() % 5}));
    Revocations::Digest first;
    for (int round = 0; round < 5; ++round) {
        std::shuffle(told.begin(), told.end(), random);
        Revocations revocations;
        for (const Revocation& revocation : told) revocations.add(revocation);
        if (round == 0) first = revocations.digest();
        CHECK(revocations.digest() == first);
        revocations.add(of(RevocationKind::token, "one more"));
        CHECK_FALSE(revocations.digest() == first);
    }
    Revocations token, subject;
    token.add(of(RevocationKind::token, "a"));
    subject.add(of(RevocationKind::subject, "a"));
    CHECK_FALSE(token.digest() == subject.digest());
}

TEST_CASE("who sees the version of a change sees the change, from any thread") {
    Revocations revocations;
    std::atomic<bool> done{false}, missed{false};
    std::thread reader{[&] {
        const auto first = revocations.version();
        while (!done) {
            const bool changed = revocations.version() != first;
            const auto found = revocations.find(token_of("0", "", {}));
            if (changed && !found) missed = true;
        }
    }};
    for (int i = 0; i < 2000; ++i) revocations.add(of(RevocationKind::token, std::to_string(i)));
    done = true;
    reader.join();
    CHECK_FALSE(missed);
}
