#include "bench/measure/recording.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

constexpr SteadyTime zero{std::chrono::hours{5}};

// A segment of 4 s that was due `due` after the beginning and took `took`; its first byte came half-way.
Exchange segment(Nanoseconds due, Nanoseconds took, Failure failure = Failure::none) {
    Exchange exchange;
    exchange.kind = RequestKind::segment;
    exchange.due = zero + due;
    exchange.first_byte = exchange.due + took / 2;
    exchange.done = exchange.due + took;
    exchange.bytes = 1000;
    exchange.media = 4s;
    exchange.failure = failure;
    exchange.status = 200;
    exchange.hit = true;
    return exchange;
}

Recording some_recording(Nanoseconds shift = 0ns) {
    Recording recording{zero, 1s};
    for (int i = 0; i < 40; ++i)
        recording.ended(
            segment(shift + i * 100ms, 10ms * (i + 1), i % 13 == 5 ? Failure::reset : Failure::none));
    recording.ended(segment(2500ms, 3s, Failure::timeout));
    recording.started(300ms, zero + 2s);
    recording.stalled(zero + 3s, 1500ms);
    recording.switched();
    recording.connected(2ms, true, false, zero + 1s);
    recording.connected(1ms, true, true, zero + 2s);
    recording.census(zero + 2900ms, 7, 1);
    recording.left(60s, 1'000'000, zero + 4s);
    return recording;
}

}  // namespace

TEST_CASE("a request's time runs from when it was due") {
    Recording recording{zero, 0ms};
    recording.ended(segment(500ms, 2s));
    CHECK(recording.request_time().max() == 2s);
    CHECK(recording.segment_time().max() == 2s);
    CHECK(recording.first_byte().max() == 1s);
    CHECK(recording.segment_part().max() == 500ms);  // 2 s of 4 s: half, and 1 is written as 1 s
}

TEST_CASE("a second of the run holds what ended in it") {
    Recording recording{zero, 0ms};
    recording.ended(segment(500ms, 2s));     // at 2.5 s
    recording.ended(segment(2900ms, 50ms));  // at 2.95 s
    recording.ended(segment(2900ms, 200ms, Failure::reset));
    REQUIRE(recording.slices().size() == 4);
    CHECK(recording.slices()[0].requests == 0);
    CHECK(recording.slices()[0].segment_times == nullptr);
    CHECK(recording.slices()[2].requests == 2);
    CHECK(recording.slices()[2].bytes == 2000);
    REQUIRE(recording.slices()[2].segment_times != nullptr);
    CHECK(recording.slices()[2].segment_times->max() == 2s);
    CHECK(recording.slices()[3].failures == 1);
    CHECK(recording.lasted() == 4s);
}

TEST_CASE("what was due in the warm-up is in its second only") {
    Recording recording{zero, 3s};
    recording.ended(segment(2999ms, 1500ms));
    recording.connected(1ms, false, false, zero + 2s);
    recording.started(1s, zero + 2s);
    recording.left(1s, 5, zero + 2s);
    CHECK(recording.slices()[4].requests == 1);
    CHECK(recording.totals().requests == 0);
    CHECK(recording.totals().bytes == 0);
    CHECK(recording.totals().statuses.empty());
    CHECK(recording.totals().connections == 0);
    CHECK(recording.totals().sessions == 0);
    CHECK(recording.request_time().count() == 0);
    CHECK(recording.start_up().count() == 0);
    recording.ended(segment(3s, 1s));
    CHECK(recording.totals().requests == 1);
    CHECK(recording.lasted() == 2s);  // five seconds, three of them warming up
}

TEST_CASE("a stall that reaches out of the warm-up counts, with the part that does") {
    Recording recording{zero, 3s};
    recording.stalled(zero + 1s, 1s);
    CHECK(recording.totals().stalls == 0);
    recording.stalled(zero + 2s, 1s);  // to its very end
    CHECK(recording.totals().stalls == 0);
    recording.stalled(zero + 2s, 1500ms);
    CHECK(recording.totals().stalls == 1);
    CHECK(recording.totals().stalled_for == 500ms);
    recording.stalled(zero + 4s, 2s);
    CHECK(recording.totals().stalls == 2);
    CHECK(recording.totals().stalled_for == 2500ms);
    CHECK(recording.slices()[2].stalls == 2);
}

TEST_CASE("a refusal is fast and hides no waiting; a time that ran out counts as long as it ran") {
    Recording recording{zero, 0ms};
    recording.ended(segment(0ms, 1ms, Failure::connect));
    recording.ended(segment(0ms, 1ms, Failure::status));
    CHECK(recording.request_time().count() == 0);
    Exchange late = segment(0ms, 8s, Failure::timeout);
    late.first_byte = {};
    recording.ended(late);
    CHECK(recording.request_time().max() == 8s);
    CHECK(recording.first_byte().max() == 8s);  // it waited as long, and more
    CHECK(recording.totals().failed() == 3);
    CHECK(recording.totals().failures[static_cast<std::size_t>(Failure::timeout)] == 1);
    CHECK(recording.totals().hits == 0);
}

TEST_CASE("merged recordings tell what one alone would have told") {
    Recording one{zero, 1s}, two{zero, 1s}, both{zero, 1s};
    for (int i = 0; i < 50; ++i) {
        const Exchange exchange = segment(i * 77ms, 5ms * i, i % 7 == 0 ? Failure::timeout : Failure::none);
        (i % 2 == 0 ? one : two).ended(exchange);
        both.ended(exchange);
    }
    one.census(zero + 1s, 3, 1);
    two.census(zero + 1s, 4, 0);
    both.census(zero + 1s, 7, 1);
    one.stalled(zero + 2s, 1s);
    both.stalled(zero + 2s, 1s);
    two.left(2s, 7, zero + 3s);
    both.left(2s, 7, zero + 3s);
    one.merge(two);
    CHECK(one.json() == both.json());
}

TEST_CASE("a recording reads back from its JSON whole") {
    const Recording recording = some_recording();
    const auto read = Recording::parse(recording.json(), "run.json");
    REQUIRE(read.has_value());
    CHECK(read->json() == recording.json());
    CHECK(read->lasted() == recording.lasted());
    CHECK(read->totals().requests == 31);  // due from 1 s on: 30 of the 40, and the late one
    CHECK(read->totals().stalled_for == 1500ms);
    CHECK(read->totals().statuses.at(200) == 31);
    CHECK(read->slices()[2].playing == 7);
    CHECK(read->segment_part().quantile(0.99) == recording.segment_part().quantile(0.99));
}

TEST_CASE("a recording with no request, and with none of a kind, reads back too") {
    const Recording recording{zero, 250ms};
    const auto read = Recording::parse(recording.json(), "run.json");
    REQUIRE(read.has_value());
    CHECK(read->json() == recording.json());
    CHECK(read->lasted() == 0ms);
}

TEST_CASE("JSON that no recording wrote is refused, and says where") {
    const std::string good = some_recording().json();
    const auto changed = [&good](std::string_view what, std::string_view into) {
        std::string text = good;
        const std::size_t at = text.find(what);
        REQUIRE(at != std::string::npos);
        return text.replace(at, what.size(), into);
    };
    for (const std::string& text : {
             std::string{},
             std::string{"[]"},
             std::string{"{}"},
             std::string{"{\"totals\":1}"},
             good + "x",
             good.substr(0, good.size() / 2),
             changed("\"requests\":31", "\"requests\":-31"),
             changed("\"requests\":31", "\"requests\":3.5"),
             changed("\"requests\":31", "\"requests\":\"31\""),
             changed("\"requests\":31", "\"requests\":18446744073709551615"),
             changed("\"200\":31", "\"20\":31"),
             changed("\"200\":31", "\"200\":null"),
             changed("\"hits\"", "\"hats\""),
             changed("\"first_byte\":\"", "\"first_byte\":\"7 "),
             changed("\"slices\":[", "\"slices\":[3,"),
             changed("\"slices\":[", "\"slices\":[{},"),
             changed("\"timeout\"", "\"timeouts\""),
         }) {
        CAPTURE(text.substr(0, 60));
        const auto read = Recording::parse(text, "run.json");
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().where == "run.json");
        CHECK_FALSE(read.error().what.empty());
    }
}

TEST_CASE("an end before the beginning, or years after it, makes no list of years") {
    Recording recording{zero, 0ms};
    recording.ended(segment(-10s, 1s));
    recording.ended(segment(100000h, 1s));
    CHECK(recording.slices().size() == 48 * 3600);
    CHECK(recording.slices().front().requests == 1);
    CHECK(recording.slices().back().requests == 1);
}
