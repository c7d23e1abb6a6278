// The players' rules, against figures that were worked out by hand.
#include <cmath>

#include <doctest/doctest.h>

#include "bench/player/adaptation.hpp"
#include "bench/player/cmcd.hpp"
#include "bench/player/profile.hpp"
#include "bench/player/throughput.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

const std::vector<BitRate> doubling{BitRate{1'000'000}, BitRate{2'000'000}, BitRate{4'000'000}};

AdaptationFacts facts(Nanoseconds buffered, BitRate estimate = {}, std::optional<std::size_t> current = {}) {
    AdaptationFacts out;
    out.rates = doubling;
    out.usable = {true, true, true};
    out.current = current;
    out.buffered = buffered;
    out.segment = 4s;
    out.estimate = estimate;
    return out;
}

Verdict verdict(PlayerProfile player, FailureFacts about) { return after_failure(profile_of(player), about); }

}  // namespace

TEST_CASE("A moving average has half of a new value after its half-life, and is whole from the first on") {
    MovingAverage average{3s};
    CHECK(average.value() == 0);
    average.sample(8e6, 3s);
    CHECK(average.value() == doctest::Approx(8e6));
    average.sample(2e6, 3s);
    // Weights 1/4 and 1/2 of 3/4: (8/4 + 2/2)/(3/4) = 4.
    CHECK(average.value() == doctest::Approx(4e6));
    average.sample(2e6, 6s);
    // Three quarters are replaced: (3/4 + 2 * 3/4)/(15/16) = 2.4.
    CHECK(average.value() == doctest::Approx(2.4e6));
}

TEST_CASE("Of a fast and a slow average the lower one is believed") {
    Throughput line{500_kbps, {3s, 9s}};
    CHECK(line.estimate() == 500_kbps);
    CHECK_FALSE(line.measured());
    line.downloaded(3'000'000, 3s);  // 8 Mb/s
    CHECK(line.estimate() == 8_Mbps);
    line.downloaded(750'000, 3s);  // 2 Mb/s: the fast one says 4, as above
    CHECK(line.estimate().bits_per_second() == doctest::Approx(4e6));
    Throughput up{500_kbps, {3s, 9s}};
    up.downloaded(750'000, 3s);
    up.downloaded(3'000'000, 3s);
    // Slow: old = 2^(-1/3); (2 old (1 - old) + 8 (1 - old))/(1 - old^2) = (2 old + 8)/(1 + old).
    const double old = std::exp2(-1.0 / 3);
    CHECK(up.estimate().bits_per_second() == doctest::Approx((2 * old + 8) / (1 + old) * 1e6));
}

TEST_CASE("ExoPlayer believes the median, weighted by the root of the bytes, once it has seen enough") {
    Throughput line{1_Mbps};
    line.downloaded(250'000, 500ms);  // 4 Mb/s, weight 500
    CHECK(line.estimate() == 1_Mbps);
    line.downloaded(1'000'000, 4s);  // 2 Mb/s, weight 1000: more than half of 1500
    CHECK(line.estimate() == 2_Mbps);
    line.downloaded(1'000'000, 1s);  // 8 Mb/s. Of 4: 0 left, 2: 1000, 8: 1000: half is reached with 2
    CHECK(line.estimate() == 2_Mbps);
    line.downloaded(1'000'000, 1s);
    CHECK(line.estimate() == 8_Mbps);
}

TEST_CASE("BOLA with 1, 2 and 4 Mb/s goes up at 6 and at 10 s of buffer") {
    // B = 18, u_max - 1 = ln 4, gp = ln 4/0.8, Vp = 10/gp = 8/ln 4. Vp (u - 1 + gp) is 10, 14 and 18: one
    // and two are alike where 2 (10 - Q) = 14 - Q, so Q = 6; two and three where 2 (14 - Q) = 18 - Q.
    CHECK(bola_buffer(3) == 18s);
    CHECK(bola_buffer(6) == 22s);
    CHECK(bola(facts(0s)) == 0);
    CHECK(bola(facts(5990ms)) == 0);
    CHECK(bola(facts(6010ms)) == 1);
    CHECK(bola(facts(9990ms)) == 1);
    CHECK(bola(facts(10'010ms)) == 2);
    CHECK(bola(facts(25s)) == 2);
}

TEST_CASE("BOLA takes none that is excluded, and the only one there is") {
    AdaptationFacts some = facts(12s);
    some.usable = {true, true, false};
    CHECK(bola(some) == 1);
    some.usable = {false, false, false};
    CHECK(bola(some) == 2);
    const std::vector<BitRate> one{3_Mbps};
    some.rates = one;
    some.usable = {true};
    CHECK(bola(some) == 0);
}

TEST_CASE("BOLA leaves it to the throughput until a segment is buffered") {
    CHECK(choose(Adaptation::bola, facts(3s, 10_Mbps)).rendition == 2);
    CHECK(choose(Adaptation::bola, facts(4s, 10_Mbps)).rendition == 0);
}

TEST_CASE("The throughput rule takes what nine tenths of the estimate hold") {
    CHECK(choose(Adaptation::throughput, facts(4s, 1_Mbps)).rendition == 0);  // the lowest there is
    CHECK(choose(Adaptation::throughput, facts(4s, BitRate{2'222'000})).rendition == 0);
    CHECK(choose(Adaptation::throughput, facts(4s, BitRate{2'223'000})).rendition == 1);
    CHECK(choose(Adaptation::throughput, facts(4s, 5_Mbps)).rendition == 2);
}

TEST_CASE("hls.js goes up on 0.7 of the estimate and stays on 0.95") {
    AdaptationFacts at = facts(10s, BitRate{4'300'000}, 2);  // 0.95: 4.085, 0.7: 3.01
    at.keep = 0.95;
    at.up = 0.7;
    CHECK(choose(Adaptation::throughput, at).rendition == 2);
    at.current = 1;
    CHECK(choose(Adaptation::throughput, at).rendition == 1);
    at.estimate = 4_Mbps;
    at.current = 2;
    CHECK(choose(Adaptation::throughput, at).rendition == 1);
    at.estimate = 6_Mbps;
    at.current = 1;
    CHECK(choose(Adaptation::throughput, at).rendition == 2);
}

TEST_CASE("DYNAMIC hands over to BOLA at 18 s and takes back below 9 s") {
    CHECK_FALSE(choose(Adaptation::dynamic, facts(17'999ms, 1_Mbps)).bola_on);
    const Choice on = choose(Adaptation::dynamic, facts(18s, 1_Mbps));
    CHECK(on.bola_on);
    CHECK(on.rendition == 2);  // by level; the throughput would hold the lowest only
    AdaptationFacts later = facts(9s, 1_Mbps);
    later.bola_on = true;
    CHECK(choose(Adaptation::dynamic, later).bola_on);
    CHECK(choose(Adaptation::dynamic, later).rendition == 1);
    later.buffered = 8'999ms;
    CHECK_FALSE(choose(Adaptation::dynamic, later).bola_on);
    CHECK(choose(Adaptation::dynamic, later).rendition == 0);
}

TEST_CASE("ExoPlayer goes up from 10 s of buffer on and down only below 25 s") {
    CHECK(choose(Adaptation::exoplayer, facts(0s, 6_Mbps)).rendition == 2);  // 0.7 hold 4.2
    CHECK(choose(Adaptation::exoplayer, facts(9'999ms, 6_Mbps, 0)).rendition == 0);
    CHECK(choose(Adaptation::exoplayer, facts(10s, 6_Mbps, 0)).rendition == 2);
    CHECK(choose(Adaptation::exoplayer, facts(25s, 1_Mbps, 2)).rendition == 2);
    CHECK(choose(Adaptation::exoplayer, facts(24'999ms, 1_Mbps, 2)).rendition == 0);
    AdaptationFacts excluded = facts(30s, 6_Mbps, 2);
    excluded.usable = {true, true, false};
    CHECK(choose(Adaptation::exoplayer, excluded).rendition == 1);
}

TEST_CASE("Fixed is the nearest from below, else the lowest; nothing asked is the highest") {
    AdaptationFacts at = facts(4s);
    CHECK(choose(Adaptation::fixed, at).rendition == 2);
    at.fixed = 3_Mbps;
    CHECK(choose(Adaptation::fixed, at).rendition == 1);
    at.fixed = 500_kbps;
    CHECK(choose(Adaptation::fixed, at).rendition == 0);
}

TEST_CASE("Buffer goals: 50 s, 30 s or 60 MB, 18 to 60 s, 10 s") {
    CHECK(buffer_goal(profile_of(PlayerProfile::exoplayer), {25_Mbps, true, 2h}) == 50s);
    CHECK(buffer_goal(profile_of(PlayerProfile::hlsjs), {25_Mbps, true, 2h}) == 30s);
    CHECK(buffer_goal(profile_of(PlayerProfile::hlsjs), {4_Mbps, true, 2h}) == 120s);  // 480 Mb at 4 Mb/s
    CHECK(buffer_goal(profile_of(PlayerProfile::hlsjs), {100_kbps, true, 2h}) == 600s);
    CHECK(buffer_goal(profile_of(PlayerProfile::dashjs), {25_Mbps, false, 2h}) == 18s);
    CHECK(buffer_goal(profile_of(PlayerProfile::dashjs), {25_Mbps, true, 60s}) == 30s);
    CHECK(buffer_goal(profile_of(PlayerProfile::dashjs), {25_Mbps, true, 2h}) == 60s);
    CHECK(buffer_goal(profile_of(PlayerProfile::shaka), {25_Mbps, true, 2h}) == 10s);
}

TEST_CASE("ExoPlayer excludes a rendition by 403, 404, 410, 416, 500 and 503 while there is another") {
    for (const int status : {403, 404, 410, 416, 500, 503}) {
        CAPTURE(status);
        CHECK(verdict(PlayerProfile::exoplayer, {RequestKind::segment, Failure::status, status, 1, true,
                                                 true}) == Verdict{Verdict::What::exclude, 60s});
        CHECK(verdict(PlayerProfile::exoplayer, {RequestKind::segment, Failure::status, status, 1, false,
                                                 true}) == Verdict{Verdict::What::retry, 0s});
    }
    CHECK(verdict(PlayerProfile::exoplayer, {RequestKind::segment, Failure::status, 502, 2, true, true}) ==
          Verdict{Verdict::What::retry, 1s});
    CHECK(verdict(PlayerProfile::exoplayer, {RequestKind::segment, Failure::reset, 0, 9, true, true}) ==
          Verdict{Verdict::What::retry, 5s});
    CHECK(verdict(PlayerProfile::exoplayer, {RequestKind::segment, Failure::reset, 0, 4, true, false}) ==
          Verdict{Verdict::What::give_up, 0s});
}

TEST_CASE("hls.js retries errors after 1, 2, 4, 8, 8 and 8 s and time-outs at once, then another level") {
    const std::vector<Milliseconds> waits{1s, 2s, 4s, 8s, 8s, 8s};
    for (unsigned n = 1; n <= 6; ++n) {
        CHECK(verdict(PlayerProfile::hlsjs, {RequestKind::segment, Failure::status, 500, n, true, true}) ==
              Verdict{Verdict::What::retry, waits[n - 1]});
    }
    CHECK(verdict(PlayerProfile::hlsjs, {RequestKind::segment, Failure::status, 500, 7, true, true}).what ==
          Verdict::What::exclude);
    CHECK(verdict(PlayerProfile::hlsjs, {RequestKind::segment, Failure::timeout, 0, 4, false, true}) ==
          Verdict{Verdict::What::retry, 0s});
    CHECK(verdict(PlayerProfile::hlsjs, {RequestKind::segment, Failure::timeout, 0, 5, false, true}).what ==
          Verdict::What::give_up);
}

TEST_CASE("CMCD is a list in the order of its keys, escaped for a query") {
    CmcdFacts facts;
    facts.object = CmcdObject::video;
    facts.session = "6e2fb550";
    facts.content = "/a\"b";
    facts.dash = true;
    facts.encoded = 3200_kbps;
    facts.top = 6_Mbps;
    facts.duration = 4004ms;
    facts.buffered = 21'349ms;  // to the nearest hundred
    facts.throughput = BitRate{25'449'000};
    facts.starved = true;
    facts.next = "3.m4s?a=b";
    CHECK(cmcd_list(facts) ==
          "bl=21300,br=3200,bs,cid=\"/a\\\"b\",d=4004,dl=21300,mtp=25400,nor=\"3.m4s%3Fa%3Db\",ot=v,sf=d,"
          "sid=\"6e2fb550\",st=v,tb=6000");
    CHECK(percent_encoded("br=3200,sid=\"6e\"") == "br%3D3200%2Csid%3D%226e%22");
}
