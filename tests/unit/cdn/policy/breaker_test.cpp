#include "cdn/policy/breaker.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::policy;
using State = Breaker::State;

namespace {

constexpr BreakerRules rules{3, Milliseconds{10'000}, Milliseconds{4'000}};

struct Clocked {
    Breaker breaker{rules};
    SteadyTime now{Seconds{1000}};

    void pass(Milliseconds time) { now += time; }
    void fail() { breaker.fail(now, breaker.begin(now)); }
    void succeed() { breaker.succeed(now, breaker.begin(now)); }
    void fail_until_out() {
        for (unsigned i = 0; i < rules.eject_after; ++i) fail();
    }
    [[nodiscard]] State state() const { return breaker.state(now); }
    // How long from now it is left alone.
    [[nodiscard]] Milliseconds time_out() const {
        Milliseconds time{0};
        while (breaker.state(now + time) == State::ejected) time += Milliseconds{1'000};
        return time;
    }
};

}  // namespace

TEST_CASE("failures in a row take an origin out, and a success between them starts the count anew") {
    Clocked c;
    c.fail();
    c.fail();
    c.succeed();
    c.fail();
    c.fail();
    CHECK(c.state() == State::up);
    c.fail();
    CHECK(c.state() == State::ejected);
    CHECK_FALSE(c.breaker.may_try(c.now));
    CHECK(c.breaker.ejections() == 1);
}

TEST_CASE("when its time is over one request tries, and one only") {
    Clocked c;
    c.fail_until_out();
    c.pass(rules.eject_time - Milliseconds{1});
    CHECK_FALSE(c.breaker.may_try(c.now));
    c.pass(Milliseconds{1});
    CHECK(c.state() == State::probing);
    CHECK(c.breaker.may_try(c.now));
    CHECK(c.breaker.begin(c.now));
    CHECK_FALSE(c.breaker.may_try(c.now));
    CHECK_FALSE(c.breaker.begin(c.now));
}

TEST_CASE("a probe that nobody saw the end of leaves its place to another") {
    Clocked c;
    c.fail_until_out();
    c.pass(rules.eject_time);
    CHECK(c.breaker.begin(c.now));
    c.breaker.abandon(true);
    CHECK(c.breaker.may_try(c.now));
}

TEST_CASE("after a good probe the origin comes back slowly") {
    Clocked c;
    c.fail_until_out();
    c.pass(rules.eject_time);
    c.succeed();
    CHECK(c.state() == State::slow_start);
    CHECK(c.breaker.may_try(c.now));
    c.pass(rules.slow_start / 2);
    CHECK(c.breaker.share(c.now) == doctest::Approx(0.5));
    c.pass(rules.slow_start / 2);
    CHECK(c.breaker.share(c.now) == 1);
    CHECK(c.state() == State::up);
}

TEST_CASE("each bad probe doubles the time, up to eight times") {
    Clocked c;
    c.fail_until_out();
    for (const int times : {1, 2, 4, 8, 8}) {
        CHECK(c.time_out() == rules.eject_time * times);
        c.pass(c.time_out());
        c.fail();
    }
}

TEST_CASE("trouble soon after a return is the same trouble, and after a good while a new one") {
    Clocked c;
    c.fail_until_out();
    c.pass(rules.eject_time);
    c.succeed();
    c.pass(Milliseconds{1'000});
    c.fail_until_out();
    CHECK(c.time_out() == rules.eject_time * 2);
    c.pass(c.time_out());
    c.succeed();
    c.pass(rules.eject_time * 2 + rules.slow_start);
    c.fail_until_out();
    CHECK(c.time_out() == rules.eject_time);
}

TEST_CASE("what began before the ejection changes nothing") {
    Clocked c;
    const bool early_probe = c.breaker.begin(c.now);
    CHECK_FALSE(early_probe);
    c.fail_until_out();
    c.breaker.succeed(c.now, early_probe);
    CHECK(c.state() == State::ejected);
    c.breaker.fail(c.now, early_probe);
    CHECK(c.time_out() == rules.eject_time);
    c.pass(rules.eject_time);
    c.breaker.succeed(c.now, early_probe);
    CHECK(c.state() == State::probing);
}

TEST_CASE("two failed checks take an origin out until one succeeds, whatever requests say") {
    Clocked c;
    c.breaker.check(false, c.now);
    CHECK(c.state() == State::up);
    c.breaker.check(true, c.now);
    c.breaker.check(false, c.now);
    CHECK(c.state() == State::up);
    c.breaker.check(false, c.now);
    CHECK(c.state() == State::ejected);
    CHECK(c.breaker.ejections() == 1);
    c.breaker.succeed(c.now, false);
    c.pass(rules.eject_time * 10);
    CHECK_FALSE(c.breaker.may_try(c.now));
    c.breaker.check(true, c.now);
    CHECK(c.state() == State::slow_start);
    CHECK(c.breaker.may_try(c.now));
}

TEST_CASE("a good check does not end an ejection by requests") {
    Clocked c;
    c.fail_until_out();
    c.breaker.check(true, c.now);
    CHECK(c.state() == State::ejected);
}
